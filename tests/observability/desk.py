"""One ledger book, what others wrote into it, and its figures."""

from tests.observability.scrape import Scrape, Watched

# isort: split
from loop_words import Clock, around, record, until

from schemas.envelope import InboxSource
from schemas.events import DeficitOpened, HoldPlaced, OwnerStarted
from schemas.messages import CUSTODY
from schemas.registry import Event
from schemas.streams import inbox_stream, ledger_book
from workers.log.commit import GroupCommit
from workers.log.memory import MemoryEngine
from workers.log.rule import Chain, Valid
from workers.settlement import Settlement

BOOK = ledger_book(0)


class Desk:
    """One ledger book, what others wrote into it, and its figures."""

    def __init__(self, *others: Event, partition: int = 0) -> None:
        self.engine = MemoryEngine()
        self.clock = Clock()
        self.book = ledger_book(partition)
        self.partition = partition
        self._chain = Chain(self.book)
        for event in others:
            self.write(event)
        self.is_ours = True
        self.settlement = Settlement(
            self.engine, partition, around(self.clock, "desk", owned=lambda _book: self.is_ours)
        )
        self.watched = Watched(self.engine, self.clock, self.settlement, books=(self.book,))

    def write(self, event: Event) -> None:
        """Append a record of somebody else."""
        offset = self._chain.next_offset(CUSTODY, self.partition)
        source = InboxSource(topic=CUSTODY, partition=self.partition, offset=offset, sha256="c" * 64)
        data = record(self._chain, event, source=None if isinstance(event, OwnerStarted) else source)
        assert isinstance(self._chain.advance(data), Valid)
        self.engine.append({self.book: [data]})
        if not isinstance(event, OwnerStarted):
            self.engine.append({inbox_stream(CUSTODY, self.partition): [b"decided"]})

    def round(self) -> None:
        commit = GroupCommit()
        self.settlement.advance(commit)
        commit.flush(self.engine)

    def owning(self) -> "Desk":
        until(lambda: self.settlement.runner.owning, self.round)
        return self

    def now(self) -> Scrape:
        return self.watched.now()


def hold(number: int, reason: str = "operators", instrument: str = "AAPLx") -> HoldPlaced:
    return HoldPlaced(
        hold=f"{number:064x}",
        instrument=instrument,
        reason=reason,  # type: ignore[arg-type]
        owner="somebody",
        text="why",
        until=None,
    )


def deficit(shares: str, instrument: str) -> DeficitOpened:
    return DeficitOpened(instrument=instrument, shares=shares, cure_shares=shares, cure_units=shares)
