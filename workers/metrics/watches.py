"""Taking figures of one book, in the thread that works on it.

After a doubt the book is read anew: until that is done, what was known of its contents before stays. Whoever
stands by reads a book that is another's, and leaves it to its owner to tell what waits.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from schemas import instants
from schemas.envelope import NotAMessage, decode_message
from schemas.messages import TOPICS
from schemas.streams import HOUSE_BOOK, inbox_stream
from schemas.tagged import type_name
from workers.executor import Executor
from workers.log.engine import Engine, Entry, LogError
from workers.metrics.figures import (
    AccountFigures,
    BookFigures,
    Contents,
    Holds,
    Inbox,
    LedgerFigures,
    Readbacks,
)
from workers.runner import Runner
from workers.settlement import Settlement


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock as an instant, and seconds that never go back."""

    now: Callable[[], str]
    monotonic: Callable[[], float]


class Watch(Protocol):
    """Takes the figures of one book."""

    def figures(self) -> BookFigures:
        """Return them as they are now."""
        ...


class LedgerWatch:
    """Takes the figures of a ledger book."""

    def __init__(self, engine: Engine, settlement: Settlement, clock: Clock) -> None:
        self._engine = engine
        self._settlement = settlement
        self._clock = clock
        self._contents: Contents | None = None
        self._inboxes: tuple[Inbox, ...] = ()
        # By topic: up to where it was decided when something waited first, and since when it stands there.
        self._standing: dict[str, tuple[int, float]] = {}

    def figures(self) -> BookFigures:
        """Return the figures; of a log that does not answer, what was known of it before."""
        runner = self._settlement.runner
        if runner.read_through:
            self._read_inboxes()
            figures = LedgerFigures(self._inboxes, self._deficits(), self._holds())
            self._contents = _contents(runner, figures)
        return _figures(runner, self._contents)

    def _read_inboxes(self) -> None:
        runner = self._settlement.runner
        if not runner.around.owned(runner.book):
            self._inboxes = ()
            self._standing.clear()
            return
        with suppress(LogError):
            self._inboxes = tuple(self._inbox(topic) for topic in TOPICS)

    def _inbox(self, topic: str) -> Inbox:
        decided = self._settlement.decided(topic)
        end = self._engine.end(inbox_stream(topic, self._settlement.partition))
        waiting = max(0, end - decided)
        return Inbox(topic, decided, waiting, self._oldest(topic, decided) if waiting else 0.0)

    def _oldest(self, topic: str, decided: int) -> float:
        """Return the age of the oldest input that waits.

        At least as long as it was seen to wait here: what it says of its own time may be anything.
        """
        now = self._clock.monotonic()
        stands_at, since = self._standing.get(topic, (-1, now))
        if stands_at != decided:
            since = now
            self._standing[topic] = (decided, since)
        return max(now - since, self._told(self._settlement.next_input(topic)))

    def _told(self, entry: Entry | None) -> float:
        """Return the age of an input by its own time of receipt; 0 where it tells none."""
        try:
            message = None if entry is None else decode_message(entry.value)
        except NotAMessage:
            return 0.0
        return 0.0 if message is None else instants.seconds_between(message.received_at, self._clock.now())

    def _deficits(self) -> tuple[tuple[str, int], ...]:
        books = self._settlement.runner.loop.state.instruments
        return tuple((name, book.deficit) for name, book in sorted(books.items()) if book.deficit)

    def _holds(self) -> tuple[Holds, ...]:
        """Count holds; the wide ones, which every book knows, in the book of the house alone."""
        runner = self._settlement.runner
        state = runner.loop.state
        counted = Counter(
            ("instrument", str(hold.reason))
            for book in state.instruments.values()
            for hold in book.holds.values()
        )
        if runner.book == HOUSE_BOOK:
            counted.update((type_name(type(wide.scope)), "operators") for wide in state.rules.holds.values())
        return tuple(Holds(scope, reason, count) for (scope, reason), count in sorted(counted.items()))


class AccountWatch:
    """Takes the figures of a signing account's book."""

    def __init__(self, executor: Executor, clock: Clock) -> None:
        self._executor = executor
        self._clock = clock
        self._contents: Contents | None = None

    def figures(self) -> BookFigures:
        """Return the figures."""
        runner = self._executor.runner
        if runner.read_through:
            now = self._clock.now()
            operations = [each.operation for each in self._executor.work.open.values()]
            late = sum(each.deadline < now for each in operations)
            self._contents = _contents(runner, AccountFigures(len(operations), late))
        return _figures(runner, self._contents)


def _contents(runner: Runner[Any, Any], of: LedgerFigures | AccountFigures) -> Contents:
    chain = runner.loop.chain
    return Contents(records=chain.seq, voids=chain.voids, takeovers=chain.takeovers, of=of)


def _figures(runner: Runner[Any, Any], contents: Contents | None) -> BookFigures:
    counts = runner.counts
    return BookFigures(
        book=runner.book,
        owned=runner.owning,
        doubts=counts.doubts,
        appended=counts.appended,
        pending=runner.loop.pending,
        readbacks=Readbacks(tuple(counts.readback.counts), counts.readback.sum_seconds),
        contents=contents,
    )
