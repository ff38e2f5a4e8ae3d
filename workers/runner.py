"""Running one book: a loop, and what becomes of it after a doubt. Neither clock nor log is chosen here."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
import structlog

from schemas.envelope import InboxSource, Source
from workers.counts import Counts
from workers.log.engine import Engine
from workers.log.rule import Valid, is_takeover
from workers.loop import Decider, DecisionRaised, Doubt, Loop, Phase, Settled, Snapshot

S = TypeVar("S")
G = TypeVar("G")

READ_LIMIT = 2_000

Told = Callable[[str, Sequence[Settled[Any]]], None]
"""What is told of a book's records that were read back, this owner's and others'."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a runner takes from outside, so that a simulation can supply it.

    `now` is the wall clock as an instant, `monotonic` seconds for timeouts, `new_owner` a fresh owner id,
    `pause` the random seconds to wait after a doubt, `owned` whether membership says a book is ours,
    `tell_records` whether a line is logged for each record that came back, `told` who else hears of them.
    """

    now: Callable[[], str]
    monotonic: Callable[[], float]
    new_owner: Callable[[], str]
    pause: Callable[[], float]
    owned: Callable[[str], bool] = field(default=lambda _book: True)
    program: str = "tallystick"
    readback_timeout_seconds: float = 10.0
    pending_max: int = 2_000
    tell_records: bool = False
    told: Told | None = None


class Runner(Generic[S, G]):
    """One book in one process: takes it over, keeps it, drops it after a doubt and begins anew.

    `keeps_state` is for those who keep nothing beside the fold: a book that is another's now is read on, and
    owned again without being read again. `behind` says that more of the book stands there than was read, and
    `read_through` that its end was reached since the state was last dropped. `counts` go on over doubts.
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
        self.read_through = False
        self._keeps_state = keeps_state
        self._snapshot = snapshot
        self._engine = engine
        self._decider = decider
        self._poison: dict[Source, str] = {}
        self._made_at: deque[float] = deque()
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
            append(self.book, [self._made(self.loop.take_over())])
            self.counts.takeovers += 1
        elif self._overdue():
            self.doubt("an appended record was not read back in time")
            return []
        return settled

    def decide(self, source: Source, given: G) -> bytes | None:
        """Decide one input; None where nothing is to be appended (an observation, or a doubt arose)."""
        self._waiting()
        if source in self._poison:
            return self._made(self.loop.set_aside(source, given, self._poison[source]))
        try:
            record = self.loop.decide(source, given)
        except DecisionRaised as raised:
            self._poison[raised.source] = type(raised.__cause__).__name__
            self._log.exception("decision_raised", source=msgspec.to_builtins(raised.source), **self._last())
            self.doubt(f"a decision raised {raised}")
            return None
        return None if record is None else self._made(record)

    def absent(self, source: InboxSource, count: int) -> bytes:
        """Consume offsets that hold nothing."""
        self._waiting()
        return self._made(self.loop.absent(source, count))

    def doubt(self, why: str) -> None:
        """Drop the state; the book is taken over afresh after a random pause."""
        self.counts.doubts += 1
        self._log.warning("doubt", why=why, owner=self.loop.owner, **self._last())
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
        self.read_through = self.read_through or not self.behind
        self.counts.voids += self.loop.chain.voids - voids
        self.counts.settled += len(settled)
        if settled:
            self._waiting_since = self.around.monotonic()
            self._count(settled)
            if self.around.told is not None:
                self.around.told(self.book, settled)
        return settled

    def _made(self, record: bytes) -> bytes:
        """Note when a record was made, so that its way to the log and back can be timed."""
        self.counts.appended += 1
        self._made_at.append(self.around.monotonic())
        return record

    def _count(self, settled: Sequence[Settled[G]]) -> None:
        now = self.around.monotonic()
        for each in settled:
            if each.own:
                self.counts.readback.add(now - self._made_at.popleft())
                self._tell(each.record)

    def _tell(self, record: Valid) -> None:
        """Log a record of this owner that came back."""
        if is_takeover(record):
            self._log.info("book_taken_over", owner=record.owner, seq=record.seq, sha256=record.sha256)
        elif self.around.tell_records:
            self._log.debug(
                "recorded",
                seq=record.seq,
                sha256=record.sha256,
                source=msgspec.to_builtins(record.source),
                events=[event.type for event in record.events],
            )

    def _last(self) -> dict[str, int | str]:
        """Return the coordinates of the last record that was read, besides the book's name."""
        return {"seq": self.loop.chain.seq, "sha256": self.loop.chain.head}

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
        self._made_at.clear()
        self.read_through = False
        return Loop(
            self.book,
            self._decider,
            owner=self.around.new_owner(),
            program=self.around.program,
            recorded_at=self.around.now,
            snapshot=self._snapshot(),
        )
