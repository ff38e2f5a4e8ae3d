"""What the ledger has authorized and not closed: the work of the signing accounts, and what it asks back.

It is folded from the valid records of all ledger books, so an executor that starts anew finds the same work.
"""

from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field, replace

from schemas.envelope import InboxSource
from schemas.events import (
    BridgeFinalityContradicted,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeMintRecallRequested,
    BurnFailed,
    BurnFinalized,
    BurnReopened,
    ClosureContradicted,
    DoubleClosed,
    DoubleFinalized,
    DoubleReopened,
    FinalityContradicted,
    LastWordWithdrawn,
    MintFailed,
    MintFinalized,
    MintRecallRequested,
    OperationTaken,
    ReturnFailed,
    ReturnFinalized,
    ReturnReopened,
)
from schemas.events.operations import AUTHORIZES
from schemas.messages import RecordName
from schemas.registry import Event
from schemas.streams import ledger_book
from workers.log.engine import Engine
from workers.log.follower import Follower
from workers.log.rule import Valid
from workers.operations import operation_of
from workers.watched import Watched

OVER_KEPT = 4_096
"""Of each account: the operations that the ledger called final or closed last, and could open again."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """An operation on an instrument's units, and the record that authorized it, or asks it back.

    `message` is what that record decided, and `authorized_at` when.
    """

    source: RecordName
    instrument: str
    operation: OperationTaken
    message: InboxSource | None
    authorized_at: str


@dataclass(frozen=True, slots=True)
class Over:
    """An operation that the ledger calls final or closed, and the block that made it so, if any did."""

    authorization: Authorization
    block_hash: str | None


@dataclass(slots=True)
class AccountWork:
    """The work of one signing account, by operation, in the order of the books.

    `contradicted` says up to which record of the account the ledger knows that a last word did not hold.
    """

    open: dict[str, Authorization] = field(default_factory=dict)
    recalled: dict[str, Authorization] = field(default_factory=dict)
    over: OrderedDict[str, Over] = field(default_factory=OrderedDict)
    contradicted: dict[str, int] = field(default_factory=dict)


class Authorizations:
    """The signing accounts' work, folded from the ledger.

    `watched` is what the same books say of units that others move.
    """

    def __init__(self, engine: Engine, partitions: int) -> None:
        self.of: dict[str, AccountWork] = defaultdict(AccountWork)
        self._account_of: dict[str, str] = {}
        self.watched = Watched(partitions)
        self._followers = [Follower(engine, ledger_book(number)) for number in range(partitions)]

    def advance(self) -> None:
        """Read every ledger book on to its present end."""
        for follower in self._followers:
            for record in follower.advance():
                name = RecordName(book=follower.chain.book, seq=record.seq, sha256=record.sha256)
                for event in record.events:
                    self._apply(name, record, event)
                    self.watched.apply(name.book, event)

    def find(self, operation: str) -> Authorization | None:
        """Return an operation's authorization, while it is open or could open again."""
        work = self.of[self._account_of.get(operation, "")]
        over = work.over.get(operation)
        return work.open.get(operation) or (None if over is None else over.authorization)

    def _apply(self, name: RecordName, record: Valid, event: Event) -> None:
        if type(event) in AUTHORIZES:
            operation = operation_of(event)
            message = record.source if isinstance(record.source, InboxSource) else None
            authorization = Authorization(name, event.instrument, operation, message, record.recorded_at)
            self.of[event.account].open[operation.operation] = authorization
            self._account_of[operation.operation] = event.account
        elif isinstance(event, MintRecallRequested | BridgeMintRecallRequested):
            self._recall(name, event)
        elif type(event) in _OVER:
            self._end(getattr(event, _OVER[type(event)]), event.block_hash)
        elif isinstance(event, LastWordWithdrawn):
            self._withdraw(event)
        elif type(event) in _REOPENED:
            self._reopen(getattr(event, _REOPENED[type(event)]), event.account_seq)

    def _recall(self, name: RecordName, event: MintRecallRequested | BridgeMintRecallRequested) -> None:
        work = self.of[self._account_of.get(event.mint, "")]
        authorization = work.open.get(event.mint)
        if authorization is not None:
            work.recalled[event.mint] = replace(authorization, source=name)

    def _end(self, operation: str, block_hash: str | None) -> None:
        account = self._account_of.get(operation)
        if account is None:
            return
        work = self.of[account]
        if operation in work.over:  # it acted beside its place, and has that now
            return
        work.over[operation] = Over(self._close(work, operation), block_hash)
        if len(work.over) > OVER_KEPT:
            oldest, _ = work.over.popitem(last=False)
            del self._account_of[oldest]

    def _reopen(self, operation: str, account_seq: int) -> None:
        account = self._account_of.get(operation)
        if account is None:  # so old that the account's book has let go of it: nobody there says more of it
            return
        work = self.of[account]
        work.open[operation] = work.over.pop(operation).authorization
        work.contradicted[operation] = account_seq

    def _withdraw(self, event: LastWordWithdrawn) -> None:
        account = self._account_of.get(event.operation)
        if account is not None:
            self.of[account].contradicted[event.operation] = event.account_seq

    def _close(self, work: AccountWork, operation: str) -> Authorization:
        work.recalled.pop(operation, None)
        return work.open.pop(operation)


# The operation's id stands in the field that is named as its kind, or says so.
_OVER: dict[type, str] = {
    MintFailed: "mint",
    BridgeMintFailed: "mint",
    BurnFailed: "burn",
    ReturnFailed: "transfer",
    MintFinalized: "mint",
    BridgeMintFinalized: "mint",
    BurnFinalized: "burn",
    ReturnFinalized: "transfer",
    DoubleClosed: "operation",
    DoubleFinalized: "operation",
}
_REOPENED: dict[type, str] = {
    FinalityContradicted: "mint",
    BridgeFinalityContradicted: "mint",
    BurnReopened: "burn",
    ReturnReopened: "transfer",
    ClosureContradicted: "operation",
    DoubleReopened: "operation",
}
