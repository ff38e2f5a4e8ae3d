"""Deciding a signing account's book.

An operation is taken once. A transaction is signed again only when every earlier one provably does nothing
any more, and an operation is closed once: either confirmed by the guard at finality, or closed by a proof.
One that the ledger asks back is not signed from then on; its guard is cancelled, which the chain may refuse.
A feed is read on from where it was read to: no sighting is recorded twice, and none is left out.
"""

from collections.abc import Callable, Iterator
from typing import Any

from schemas.events import (
    ClosureReopened,
    FeedRead,
    FeedReopened,
    OperationClosed,
    OperationConfirmed,
    OperationRecalled,
    OperationReopened,
    OperationTaken,
    SightingContradicted,
    TransactionDead,
    TransactionIncluded,
    TransactionReorganized,
    TransactionReverted,
    TransactionSent,
    TransactionSigned,
    UnitsBridgedOut,
    UnitsBurned,
    UnitsReceived,
)
from schemas.registry import Event
from workers.core.transactions.state import (
    Attempt,
    AttemptStatus,
    Observation,
    OpenOperation,
    ReadFeed,
    Reading,
    Recall,
    Rereading,
    Sighting,
    State,
    Work,
)

FINAL_KEPT = 200
"""How many are looked at again: of operations the latest confirmed and closed, of each feed the sightings."""


def initial() -> State:
    """Return the state of a book without records."""
    return State()


def decide(state: State, given: Work | Recall | Observation | Reading | Rereading) -> Iterator[Event]:
    """Take work on, take it back, or record an observation or what a feed tells where it is news."""
    if isinstance(given, Reading):
        yield from _read_on(state, given)
        return
    if isinstance(given, Rereading):
        yield from _read_again(state, given)
        return
    if isinstance(given, Observation):
        if _is_news(state, given.event):
            yield given.event
        return
    if isinstance(given, Recall):
        yield from _take_back(state, given.operation)
        return
    if state.knows(given.operation.operation):
        return
    yield given.operation
    yield TransactionSigned(
        operation=given.operation.operation,
        purpose="act",
        attempt=1,
        transaction=given.transaction,
        data=given.data,
        valid_until=given.valid_until,
    )


def _take_back(state: State, taken: OperationTaken) -> Iterator[Event]:
    """Stop an open operation; what was never taken on is closed at once, and never will be."""
    operation = state.open.get(taken.operation)
    if operation is not None:
        if not operation.recalled:
            yield OperationRecalled(operation=taken.operation)
        return
    if state.knows(taken.operation):
        return
    yield OperationClosed(
        operation=taken.operation,
        kind=taken.kind,
        proof="never_signed",
        block_height=None,
        block_hash=None,
        block_time=None,
    )


def _read_on(state: State, given: Reading) -> Iterator[Event]:
    """Record what a feed told after what is read already, each sighting once."""
    mark = given.mark
    if mark.after_height != _feed(state, mark).read_through:
        return
    yield from {sighting.sighting: sighting for sighting in given.sightings}.values()
    yield mark


def _read_again(state: State, given: Rereading) -> Iterator[Event]:
    """Take back all that a feed told after the last block that stands, so that it is told anew."""
    feed, after = _feed(state, given.mark), given.mark.after_height
    told = {name for name, each in feed.sightings.items() if each.block_height > after}
    if after >= feed.read_through or {each.sighting for each in given.gone} != told:
        return
    yield from given.gone
    yield given.mark


def _feed(state: State, of: FeedRead | FeedReopened) -> ReadFeed:
    return state.feeds.get((of.chain, of.token)) or ReadFeed()


def evolve(state: State, event: Event) -> None:
    """Apply an event."""
    handler = _EVOLVE.get(type(event))
    if handler is not None:
        handler(state, event)


def _is_news(state: State, event: Event) -> bool:
    if isinstance(event, OperationReopened | ClosureReopened):
        kept = state.final if isinstance(event, OperationReopened) else state.closed
        return event.operation in kept and _same_block(state.outcomes[event.operation], event)
    operation = state.open.get(event.operation)
    if operation is None:
        return False
    if isinstance(event, OperationConfirmed | OperationClosed):
        return True
    if isinstance(event, TransactionSigned):
        return _is_next(operation, event)
    attempt = _attempt(operation, event.transaction)
    return attempt is not None and _FOLLOWS[type(event)](attempt, event)


def _is_next(operation: OpenOperation, event: TransactionSigned) -> bool:
    may_be = operation.wanted == event.purpose and operation.idle(event.purpose)
    return may_be and event.attempt == len(operation.attempts) + 1


def _same_block(
    outcome: OperationConfirmed | OperationClosed, event: OperationReopened | ClosureReopened
) -> bool:
    was = (outcome.block_height, outcome.block_hash)
    return was == (event.block_height, event.block_hash) and event.hash_now != event.block_hash


def _attempt(operation: OpenOperation, transaction: str) -> Attempt | None:
    return next((each for each in operation.attempts if each.transaction == transaction), None)


_FOLLOWS: dict[type, Callable[[Attempt, Any], bool]] = {
    TransactionSent: lambda attempt, _: attempt.status == "signed",
    TransactionIncluded: lambda attempt, event: not attempt.over and attempt.block_hash != event.block_hash,
    TransactionReorganized: lambda attempt, _: attempt.status == "included",
    TransactionReverted: lambda attempt, _: not attempt.over,
    TransactionDead: lambda attempt, _: not attempt.over,
}


def _operation_taken(state: State, event: OperationTaken) -> None:
    state.open[event.operation] = OpenOperation(event)


def _transaction_signed(state: State, event: TransactionSigned) -> None:
    attempt = Attempt(event.purpose, event.transaction, event.data, event.valid_until)
    state.open[event.operation].attempts.append(attempt)


def _becomes(status: AttemptStatus) -> Callable[[State, Any], None]:
    def apply(state: State, event: Any) -> None:  # noqa: ANN401 - any event of a transaction
        attempt = _attempt(state.open[event.operation], event.transaction)
        assert attempt is not None, "the decision knew the transaction"
        attempt.status = status
        attempt.block_hash = getattr(event, "block_hash", None)

    return apply


def _closed(state: State, event: OperationConfirmed | OperationClosed) -> None:
    operation = state.open.pop(event.operation, None)
    state.outcomes[event.operation] = event
    if operation is None:
        return
    kept = state.final if isinstance(event, OperationConfirmed) else state.closed
    kept[event.operation] = operation
    if len(kept) > FINAL_KEPT:
        kept.popitem(last=False)


def _recalled(state: State, event: OperationRecalled) -> None:
    state.open[event.operation].recalled = True


def _reopened(state: State, event: OperationReopened | ClosureReopened) -> None:
    """Open it again; whatever was said of its transactions at a finality that broke is not known now."""
    kept = state.final if isinstance(event, OperationReopened) else state.closed
    operation = kept.pop(event.operation)
    del state.outcomes[event.operation]
    operation.reopened = True
    for attempt in operation.attempts:
        attempt.status, attempt.block_hash = "sent", None
    state.open[event.operation] = operation


def _sighted(state: State, event: Sighting) -> None:
    feed = state.feeds.setdefault((event.chain, event.token), ReadFeed())
    feed.sightings[event.sighting] = event
    if len(feed.sightings) > FINAL_KEPT:
        feed.forgotten = feed.sightings.popitem(last=False)[1].block_height


def _sighting_contradicted(state: State, event: SightingContradicted) -> None:
    del state.feeds[event.chain, event.token].sightings[event.sighting]


def _feed_read(state: State, event: FeedRead) -> None:
    feed = state.feeds.setdefault((event.chain, event.token), ReadFeed())
    feed.read_through = event.block_height
    feed.marks[event.block_height] = event.block_hash
    if len(feed.marks) > FINAL_KEPT:
        feed.marks.popitem(last=False)


def _feed_reopened(state: State, event: FeedReopened) -> None:
    feed = state.feeds[event.chain, event.token]
    feed.read_through = event.after_height
    for height in [each for each in feed.marks if each > event.after_height]:
        del feed.marks[height]


_EVOLVE: dict[type, Callable[[State, Any], None]] = {
    OperationTaken: _operation_taken,
    TransactionSigned: _transaction_signed,
    TransactionSent: _becomes("sent"),
    TransactionIncluded: _becomes("included"),
    TransactionReorganized: _becomes("sent"),
    TransactionReverted: _becomes("reverted"),
    TransactionDead: _becomes("dead"),
    OperationConfirmed: _closed,
    OperationClosed: _closed,
    OperationRecalled: _recalled,
    OperationReopened: _reopened,
    ClosureReopened: _reopened,
    UnitsReceived: _sighted,
    UnitsBurned: _sighted,
    UnitsBridgedOut: _sighted,
    SightingContradicted: _sighting_contradicted,
    FeedRead: _feed_read,
    FeedReopened: _feed_reopened,
}

__all__ = ["Observation", "Reading", "Recall", "Rereading", "State", "Work", "decide", "evolve", "initial"]
