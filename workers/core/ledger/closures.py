"""Closures: a block that proved that an operation cannot act is gone, so it may act, or have acted.

Where nothing took its place it is open again. Else it is doubled: whatever it may have made is counted beside
what took its place, and a deficit says so until its account has the next last word.
"""

from collections.abc import Callable
from typing import Any

from schemas import amounts
from schemas.events import ClosureContradicted, DoubleClosed, DoubleFinalized, DoubleReopened
from schemas.events.transactions import OperationKind
from schemas.messages import ClosureSeenContradicted, OperationSeenClosed, OperationSeenFinal
from workers.core.ledger import places
from workers.core.ledger.redeeming import Authorized, Burn, Doubled, FinalOperation, Transfer
from workers.core.ledger.state import Closure, InstrumentBook, State


def is_of(seen: ClosureSeenContradicted, closure: Closure) -> bool:
    """Return whether what is contradicted is what closed the operation."""
    operation = closure.operation
    said = (seen.kind, seen.account, seen.chain, seen.block_height, seen.block_hash)
    known = (kind_of(operation), operation.account, operation.chain, closure.block_height, closure.block_hash)
    return said == known and seen.hash_now != seen.block_hash


def kind_of(operation: Authorized) -> OperationKind:
    """Return what an operation does to units."""
    return (
        "burn" if isinstance(operation, Burn) else "transfer" if isinstance(operation, Transfer) else "mint"
    )


def contradicted(
    book: InstrumentBook, instrument: str, closure: Closure, seen: ClosureSeenContradicted
) -> ClosureContradicted:
    """Return that the operation may act, and whether something took its place."""
    return ClosureContradicted(
        operation=seen.operation,
        kind=seen.kind,
        instrument=instrument,
        chain=seen.chain,
        units=amounts.text(closure.operation.units),
        outcome="reopened" if places.is_free(book, closure.operation) else "doubled",
        block_height=seen.block_height,
        block_hash=seen.block_hash,
        hash_now=seen.hash_now,
        account_seq=seen.record.seq,
    )


def acted(instrument: str, operation: Doubled, seen: OperationSeenFinal) -> DoubleFinalized:
    """Return that a doubled operation acted."""
    return DoubleFinalized(
        operation=operation.operation,
        kind=operation.kind,
        instrument=instrument,
        chain=seen.chain,
        units=seen.units,
        transaction=seen.transaction,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )


def closed_again(instrument: str, operation: Doubled, seen: OperationSeenClosed) -> DoubleClosed:
    """Return that a doubled operation cannot act."""
    assert seen.block_height is not None and seen.block_hash is not None, "it was signed once"  # noqa: PT018
    return DoubleClosed(
        operation=operation.operation,
        kind=operation.kind,
        instrument=instrument,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )


def closure_contradicted(state: State, event: ClosureContradicted) -> None:
    """Open the operation again in its place, or beside what took it."""
    book = state.book_of(event.instrument)
    operation = book.closures.pop(event.operation).operation
    book.reopened[event.operation] = event.account_seq
    book.closed_mints.pop(event.operation, None)
    book.closed_operations.pop(event.operation, None)
    if event.outcome == "doubled":
        book.doubled[event.operation] = Doubled(
            event.operation, event.kind, event.chain, operation.account, operation.units, operation
        )
        return
    places.take(book, event.operation, operation)


def double_finalized(state: State, event: DoubleFinalized) -> None:
    """Count units that exist without shares, or that are gone a second time: somebody else misses them."""
    book = state.book_of(event.instrument)
    doubled = book.doubled.pop(event.operation)
    book.final_operations[event.operation] = FinalOperation(
        doubled, event.transaction, event.block_height, event.block_hash
    )
    if doubled.kind == "mint":
        book.closed_mints[event.operation] = event.transaction
        book.supply[event.chain] = book.supply.get(event.chain, 0) + doubled.units
        return
    book.closed_operations[event.operation] = (doubled.kind, event.transaction)
    book.gone_twice += doubled.units
    if doubled.kind == "burn":
        book.supply[event.chain] = book.supply.get(event.chain, 0) - doubled.units


def double_reopened(state: State, event: DoubleReopened) -> None:
    """Take back what it did, and let it act beside what took its place."""
    book = state.book_of(event.instrument)
    doubled = places.undo_final_double(book, event.operation)
    book.reopened[event.operation] = event.account_seq
    book.doubled[event.operation] = doubled


def double_closed(state: State, event: DoubleClosed) -> None:
    """Count nothing of it any more; its proof may be contradicted again."""
    book = state.book_of(event.instrument)
    doubled = book.doubled.pop(event.operation)
    if doubled.kind == "mint":
        book.closed_mints[event.operation] = None
    else:
        book.closed_operations[event.operation] = (doubled.kind, None)
    book.keep_closure(event.operation, doubled.authorized, (event.block_height, event.block_hash))


EVOLVE: dict[type, Callable[[State, Any], None]] = {
    ClosureContradicted: closure_contradicted,
    DoubleFinalized: double_finalized,
    DoubleClosed: double_closed,
    DoubleReopened: double_reopened,
}
