"""Following a book that somebody else owns: its valid records, in order, and nothing else."""

from collections.abc import Iterator

from workers.log.engine import Engine
from workers.log.rule import Chain, Valid

READ_LIMIT = 2_000


class Follower:
    """A reader's place in one book."""

    def __init__(self, engine: Engine, book: str) -> None:
        self.chain = Chain(book)
        self.position = 0
        self._engine = engine

    def advance(self) -> Iterator[Valid]:
        """Yield the valid records from this place to the book's present end."""
        while True:
            entries = self._engine.read(self.chain.book, self.position, READ_LIMIT)
            for entry in entries:
                self.position = entry.position + 1
                found = self.chain.advance(entry.value)
                if isinstance(found, Valid):
                    yield found
            if len(entries) < READ_LIMIT:
                return
