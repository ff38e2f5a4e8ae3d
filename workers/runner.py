"""Running one book: a loop, and what becomes of it after a doubt. Neither clock nor log is chosen here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog

from schemas.envelope import InboxSource, Source
from workers.log.engine import Engine
from workers.loop import Decider, DecisionRaised, Doubt, Loop, Phase, Settled
from workers.snapshots import Snapshot

S = TypeVar("S")
G = TypeVar("G")

READ_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a runner takes from outside, so that a simulation can supply it.

    `now` is the wall clock as an instant, `monotonic` seconds for timeouts, `new_owner` a fresh owner id,
    `pause` the random seconds to wait after a doubt, `owned` whether membership says a book is ours.
    """

    now: Callable[[], str]
    monotonic: Callable[[], float]
    new_owner: Callable[[], str]
    pause: Callable[[], float]
    owned: Callable[[str], bool] = field(default=lambda _book: True)
    program: str = "tallystick"
    readback_timeout_seconds: float = 10.0
    pending_max: int = 2_000


@dataclass(slots=True)
class Counts:
    """What happened to a book while it was run here."""

    takeovers: int = 0
    doubts: int = 0
    voids: int = 0
    settled: int = 0


class Runner(Generic[S, G]):
    """One book in one process: takes it over, keeps it, drops it after a doubt and begins anew.

    `keeps_state` is for those who keep nothing beside the fold: a book that is another's now is read on, and
    owned again without being read again. `behind` says that more of the book stands there than was read.
    """

    def __init__(
        self,
        engine: Engine,
        book: str,
        decider: Decider[S, G],
        around: Surroundings,
        *,
        keeps_state: bool = False,
        snapshot: Callable[[], Snapshot[S] | None] = lambda: None,
    ) -> None:
        self.book = book
        self.around = around
        self.counts = Counts()
        self.behind = False
        self._keeps_state = keeps_state
        self._snapshot = snapshot
        self._engine = engine
        self._decider = decider
        self._poison: dict[Source, str] = {}
        self._log = structlog.get_logger("tallystick.book").bind(book=book)
        self._resume_at = around.monotonic()
        self.loop = self._fresh()

    @property
    def owning(self) -> bool:
        """Return whether decisions may be appended now."""
        return self.loop.phase is Phase.OWNING and self.around.owned(self.book)

    @property
    def room(self) -> int:
        """Return how many further records may be appended before the first is read back."""
        return self.around.pending_max - self.loop.pending if self.owning else 0

    def advance(self, append: Callable[[str, Sequence[bytes]], None]) -> list[Settled[G]]:
        """Read the book on, take it over where it is nobody's here, and return what is settled."""
        if self.around.monotonic() < self._resume_at:
            return []
        try:
            settled = self._read()
        except Doubt as doubt:
            self.doubt(str(doubt))
            return []
        if not self.around.owned(self.book):
            return settled if self._stands_back() else []
        if self.behind:
            return settled
        if self.loop.phase is Phase.READING:
            self._waiting()
            append(self.book, [self.loop.take_over()])
            self.counts.takeovers += 1
        elif self._overdue():
            self.doubt("an appended record was not read back in time")
            return []
        return settled

    def decide(self, source: Source, given: G) -> bytes | None:
        """Decide one input; None where nothing is to be appended (an observation, or a doubt arose)."""
        self._waiting()
        if source in self._poison:
            return self.loop.set_aside(source, given, self._poison[source])
        try:
            return self.loop.decide(source, given)
        except DecisionRaised as raised:
            self._poison[raised.source] = type(raised.__cause__).__name__
            self._log.exception("decision_raised", source=raised.source)
            self.doubt(f"a decision raised {raised}")
            return None

    def absent(self, source: InboxSource, count: int) -> bytes:
        """Consume offsets that hold nothing."""
        self._waiting()
        return self.loop.absent(source, count)

    def doubt(self, why: str) -> None:
        """Drop the state; the book is taken over afresh after a random pause."""
        self.counts.doubts += 1
        self._log.warning("doubt", why=why, owner=self.loop.owner, seq=self.loop.chain.seq)
        self._resume_at = self.around.monotonic() + self.around.pause()
        self.loop = self._fresh()

    def _read(self) -> list[Settled[G]]:
        settled: list[Settled[G]] = []
        voids = self.loop.chain.voids
        while True:
            entries = self._engine.read(self.book, self.loop.position, READ_LIMIT)
            settled += self.loop.follow(entries)
            self.behind = len(entries) == READ_LIMIT and self.loop.phase is Phase.READING
            # Who owns nothing reads a stretch at a time: other books of this process have work to do.
            if self.behind or len(entries) < READ_LIMIT:
                break
        self.counts.voids += self.loop.chain.voids - voids
        self.counts.settled += len(settled)
        if settled:
            self._waiting_since = self.around.monotonic()
        return settled

    def _stands_back(self) -> bool:
        """Let the book go, once what was appended is read back; False after a doubt."""
        if self.loop.phase is Phase.READING:
            return True
        if not self._keeps_state:
            self.doubt("membership says that the book is another's")
        elif self.loop.stand_back(self.around.new_owner()):
            self._log.info("book_let_go", seq=self.loop.chain.seq, sha256=self.loop.chain.head)
            return True
        elif self._overdue():
            self.doubt("an appended record was not read back in time")
        else:
            return True
        return False

    def _waiting(self) -> None:
        """Start to count the wait for a read-back where nothing else waits already."""
        if not self.loop.pending:
            self._waiting_since = self.around.monotonic()

    def _overdue(self) -> bool:
        waited = self.around.monotonic() - self._waiting_since
        return self.loop.pending > 0 and waited > self.around.readback_timeout_seconds

    def _fresh(self) -> Loop[S, G]:
        self._waiting_since = self.around.monotonic()
        return Loop(
            self.book,
            self._decider,
            owner=self.around.new_owner(),
            program=self.around.program,
            recorded_at=self.around.now,
            snapshot=self._snapshot(),
        )
