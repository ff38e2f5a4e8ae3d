"""The loop: own a book, take over, decide, append, read back, act. Every runtime drives this one.

It does no input or output itself. Its driver hands it what stands in the book (`follow`), asks it for records
(`take_over`, `decide`), appends them, and acts only on what `follow` returns as settled: records that were
read back from the book as valid. The state runs ahead of that, the effects wait.

After any doubt the driver drops the loop and begins a new one under a new owner id. No append is retried.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, Protocol, TypeVar

from schemas.canonical import digest
from schemas.envelope import Source, encode_record
from schemas.events import OffsetsAbsent, OwnerStarted
from schemas.registry import Event
from workers.log.engine import Entry
from workers.log.rule import Chain, Valid, Void

S = TypeVar("S")
G = TypeVar("G")
G_contra = TypeVar("G_contra", contravariant=True)


class Decider(Protocol[S, G_contra]):
    """What decides a kind of book: pure functions over a state that belongs to one book."""

    def initial(self, book: str) -> S:
        """Return the state of a book without records."""
        ...

    def decide(self, state: S, given: G_contra) -> Iterator[Event]:
        """Yield what the input means; each event is applied before the next is asked for."""
        ...

    def evolve(self, state: S, event: Event) -> None:
        """Apply an event."""
        ...

    def set_aside(self, given: G_contra, error: str) -> Iterator[Event]:
        """Yield what stands for a decision that raised."""
        ...


class Phase(Enum):
    """Reading the book, waiting for one's own `owner_started`, owning it."""

    READING = auto()
    STARTING = auto()
    OWNING = auto()


class Doubt(Exception):  # noqa: N818 - it names the state of mind
    """Something says that this owner's picture is not the book's: drop it and take over afresh."""


class DecisionRaised(Exception):  # noqa: N818
    """The decider raised: the state is unusable, and the input is to be set aside after a takeover."""

    def __init__(self, source: Source, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.source = source


@dataclass(frozen=True, slots=True)
class Settled(Generic[G]):
    """A valid record of the book, as read back; `given` is its input where this owner decided it."""

    record: Valid
    own: bool
    given: G | None


@dataclass(frozen=True, slots=True)
class _Pending(Generic[G]):
    data: bytes
    record: Valid
    given: G | None


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[S]):
    """A state up to the record `chain.head`, which stands at `head_position`; `position` is read next."""

    chain: Chain
    head_position: int
    position: int
    state: S


class Loop(Generic[S, G]):
    """One owner's view of one book.

    `position` is where to read the book next. `state` and `ahead` include what was decided and is not read
    back yet; `chain` is what was read.
    """

    def __init__(
        self,
        book: str,
        decider: Decider[S, G],
        *,
        owner: str,
        program: str,
        recorded_at: Callable[[], str],
        snapshot: Snapshot[S] | None = None,
    ) -> None:
        self.book = book
        self.owner = owner
        self.phase = Phase.READING
        self.position = 0 if snapshot is None else snapshot.position
        self.chain = Chain(book) if snapshot is None else snapshot.chain
        self.ahead = self.chain
        self.state = decider.initial(book) if snapshot is None else snapshot.state
        self._decider = decider
        self._program = program
        self._recorded_at = recorded_at
        self._pending: deque[_Pending[G]] = deque()

    @property
    def pending(self) -> int:
        """Return how many records were appended and not read back yet."""
        return len(self._pending)

    def follow(self, entries: Sequence[Entry]) -> list[Settled[G]]:
        """Read the book's next entries; raise `Doubt` where they are not what this owner expects."""
        settled: list[Settled[G]] = []
        for entry in entries:
            self.position = entry.position + 1
            found = self._follow(entry.value)
            if found is not None:
                settled.append(found)
        return settled

    def take_over(self) -> bytes:
        """Return the record that claims the book; reading it back as valid is owning the book."""
        self.phase = Phase.STARTING
        self.ahead = self.chain.copy()
        return self._append(None, (OwnerStarted(program=self._program),), None)

    def stand_back(self, owner: str) -> bool:
        """Let the book go and read on as somebody who owns nothing; the next takeover is under another id.

        False where records wait to be read back: the state runs ahead of the book, and is to be dropped.
        """
        if self._pending:
            return False
        self.owner, self.phase = owner, Phase.READING
        return True

    def decide(self, source: Source, given: G) -> bytes | None:
        """Return the record that decides an input; None where an observation changes nothing."""
        try:
            events = tuple(self._apply(self._decider.decide(self.state, given)))
        except Exception as error:
            raise DecisionRaised(source, error) from error
        return self._append(source, events, given) if events or source is not None else None

    def set_aside(self, source: Source, given: G, error: str) -> bytes:
        """Return the record that sets an input aside whose decision raised before."""
        return self._append(source, tuple(self._apply(self._decider.set_aside(given, error))), given)

    def absent(self, source: Source, count: int) -> bytes:
        """Return the record that consumes offsets which fetching proved to hold nothing."""
        return self._append(source, (OffsetsAbsent(count=count),), None)

    def _follow(self, data: bytes) -> Settled[G] | None:
        if self._pending and data == self._pending[0].data:
            return self._own()
        found = self.chain.advance(data)
        if isinstance(found, Void):
            self._check_void(data, found)
            return None
        if self.phase is Phase.OWNING:
            raise Doubt(f"{found.owner} appended {self.book} seq {found.seq}")
        if self.phase is Phase.STARTING:
            raise Doubt(f"{found.owner} appended {self.book} seq {found.seq} before this owner's start")
        for event in found.events:
            self._decider.evolve(self.state, event)
        return Settled(found, own=False, given=None)

    def _own(self) -> Settled[G]:
        """Move the chain over one's own record: it follows by construction, so nothing is decoded."""
        pending = self._pending.popleft()
        self.chain.accept(pending.record)
        if self.phase is Phase.STARTING:
            self.phase = Phase.OWNING
        return Settled(pending.record, own=True, given=pending.given)

    def _check_void(self, data: bytes, void: Void) -> None:
        """Doubt where a record that waits is void; a second copy of one that was read back is harmless."""
        if void.owner == self.owner and any(pending.data == data for pending in self._pending):
            raise Doubt(f"a record of this owner is void: {void.why}")

    def _apply(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            self._decider.evolve(self.state, event)
            yield event

    def _append(self, source: Source, events: tuple[Event, ...], given: G | None) -> bytes:
        recorded_at = self._recorded_at()
        data = encode_record(
            book=self.book,
            seq=self.ahead.seq + 1,
            prev=self.ahead.head,
            owner=self.owner,
            recorded_at=recorded_at,
            source=source,
            events=events,
        )
        record = Valid(self.ahead.seq + 1, digest(data), self.owner, recorded_at, source, events)
        self.ahead.accept(record)
        self._pending.append(_Pending(data, record, given))
        return data
