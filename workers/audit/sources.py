"""Where a log is read from: an engine, or the folder of an export. Everything in this package reads both."""

from collections.abc import Iterator
from typing import Protocol

from schemas.streams import is_book, is_ledger, partition_number
from workers.log.engine import Engine, Entry, LogBusy

READ_LIMIT = 2_000
_TRIES = 10_000


class Source(Protocol):
    """A log at rest: what it holds does not change while it is read."""

    def books(self) -> list[str]:
        """Return the names of all books: the ledger's in the order of their numbers, then the others."""
        ...

    def inboxes(self) -> list[str]:
        """Return the names of all partitions of inbox topics."""
        ...

    def records(self, book: str) -> Iterator[bytes]:
        """Yield every line of a book as stored, void ones included."""
        ...

    def messages(self, inbox: str) -> Iterator[Entry]:
        """Yield every entry of an inbox as stored, in the order of its file or stream."""
        ...


class EngineSource:
    """A log as it stood at one moment, whoever appends to it meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ends = _ends_at_one_moment(engine)

    def books(self) -> list[str]:
        """Return the names of all books: the ledger's in the order of their numbers, then the others."""
        return in_order(name for name in self.ends if is_book(name))

    def inboxes(self) -> list[str]:
        """Return the names of all partitions of inbox topics."""
        return sorted(name for name in self.ends if not is_book(name))

    def records(self, book: str) -> Iterator[bytes]:
        """Yield every line of a book as stored, void ones included."""
        for entries in self._pages(book):
            for entry in entries:
                yield entry.value

    def messages(self, inbox: str) -> Iterator[Entry]:
        """Yield every entry of an inbox as stored, in order."""
        for entries in self._pages(inbox):
            yield from entries

    def _pages(self, stream: str) -> Iterator[list[Entry]]:
        position, end = 0, self.ends.get(stream, 0)
        while position < end:
            entries = self.engine.read(stream, position, min(READ_LIMIT, end - position))
            if not entries:
                return  # a hole at the end: its offsets were given out and hold nothing
            position = entries[-1].position + 1
            yield entries if position <= end else [entry for entry in entries if entry.position < end]


def in_order(books: Iterator[str]) -> list[str]:
    """Return books in the order of cause: the ledger's by number, then those that take their work."""
    return sorted(
        books, key=lambda name: (0, partition_number(name), "") if is_ledger(name) else (1, 0, name)
    )


def _ends_at_one_moment(engine: Engine) -> dict[str, int]:
    """Return every stream's end as of one moment, so that no effect is read without its cause.

    Two readings that agree bracket a moment at which all of it was so. LogBusy where none ever agree.
    """
    before = _ends(engine)
    for _ in range(_TRIES):
        after = _ends(engine)
        if after == before:
            return after
        before = after
    raise LogBusy("the log is written to without a pause; export it again when it is quieter")


def _ends(engine: Engine) -> dict[str, int]:
    return {stream: engine.end(stream) for stream in engine.streams()}
