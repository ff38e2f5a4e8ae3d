"""The ledger's states as a reader folds them: every book's valid records, and nothing that it decides."""

from schemas.messages import TOPICS
from schemas.streams import inbox_stream, ledger_book, partition_number
from workers.core import ledger
from workers.core.ledger import State
from workers.log.engine import Engine
from workers.log.follower import Follower


class LedgerView:
    """All ledger books of a log, as far as they have been read."""

    def __init__(self, engine: Engine, partitions: int) -> None:
        self.states: list[State] = [ledger.initial(number) for number in range(partitions)]
        self.followers = [Follower(engine, ledger_book(number)) for number in range(partitions)]
        self._engine = engine

    def advance(self) -> None:
        """Read every book on to its present end."""
        for state, follower in zip(self.states, self.followers, strict=True):
            for record in follower.advance():
                for event in record.events:
                    ledger.evolve(state, event)

    def decided(self) -> int:
        """Return how many inbox offsets are decided."""
        return sum(sum(follower.chain.next_offsets.values()) for follower in self.followers)

    def undecided(self) -> int:
        """Return how many inbox offsets wait for a decision."""
        waiting = 0
        for follower in self.followers:
            number = partition_number(follower.chain.book)
            for topic in TOPICS:
                end = self._engine.end(inbox_stream(topic, number))
                waiting += max(0, end - follower.chain.next_offset(topic, number))
        return waiting

    def open_mints(self) -> int:
        """Return how many mints are authorized and not closed."""
        return sum(len(book.mints) for state in self.states for book in state.instruments.values())
