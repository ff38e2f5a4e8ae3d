"""What the ledger has authorized and not closed: the work of the signing accounts.

It is folded from the valid records of all ledger books, so an executor that starts anew finds the same work.
"""

from collections import defaultdict
from dataclasses import dataclass

from schemas.events import (
    BridgeMintFailed,
    BridgeMintFinalized,
    MintFailed,
    MintFinalized,
    OperationTaken,
)
from schemas.events.operations import AUTHORIZES
from schemas.events.transactions import OperationKind
from schemas.messages import RecordName
from schemas.registry import Event
from schemas.streams import ledger_book
from workers.log.engine import Engine
from workers.log.follower import Follower
from workers.operations import operation_of
from workers.watched import Watched


@dataclass(frozen=True, slots=True)
class Authorization:
    """An authorized operation on an instrument's units, and the record that authorized it."""

    source: RecordName
    instrument: str
    operation: OperationTaken


class Authorizations:
    """Open authorizations by signing account and operation, in the order of the books.

    `watched` is what the same books say of units that others move.
    """

    def __init__(self, engine: Engine, partitions: int) -> None:
        self.open: dict[str, dict[str, Authorization]] = defaultdict(dict)
        self._account_of: dict[str, str] = {}
        self.watched = Watched(partitions)
        self._followers = [Follower(engine, ledger_book(number)) for number in range(partitions)]

    def advance(self) -> None:
        """Read every ledger book on to its present end."""
        for follower in self._followers:
            for record in follower.advance():
                name = RecordName(book=follower.chain.book, seq=record.seq, sha256=record.sha256)
                for event in record.events:
                    self._apply(name, event)
                    self.watched.apply(name.book, event)

    def _apply(self, name: RecordName, event: Event) -> None:
        if type(event) in AUTHORIZES:
            operation = operation_of(event)
            authorization = Authorization(name, event.instrument, operation)
            self.open[event.account][operation.operation] = authorization
            self._account_of[operation.operation] = event.account
        elif type(event) in _CLOSING:
            closed = getattr(event, _CLOSING[type(event)])
            self.open[self._account_of.pop(closed)].pop(closed)


_CLOSING: dict[type, OperationKind] = {
    MintFinalized: "mint",
    MintFailed: "mint",
    BridgeMintFinalized: "mint",
    BridgeMintFailed: "mint",
}
"""What ends an authorization; the operation's id stands in the field that is named as its kind."""
