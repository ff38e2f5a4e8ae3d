"""Places: what a burn, a return or a bridge's mint is to act for. One operation has a place at a time.

Who lost it and may act all the same is doubled. It has its place again as soon as that is free: nothing is
authorized for a place while something else may act for it, or has.
"""

from collections.abc import Callable, Iterator
from typing import Any

from schemas import amounts
from schemas.events import DoubleResumed
from schemas.registry import Event
from workers.core.ledger import arrivals
from workers.core.ledger.burning import burn_final, transfer_final
from workers.core.ledger.in_flight import BridgeMint
from workers.core.ledger.redeeming import (
    Authorized,
    Burn,
    Doubled,
    Finality,
    FinalOperation,
    Transfer,
)
from workers.core.ledger.state import InstrumentBook, State


def is_free(book: InstrumentBook, operation: Authorized) -> bool:
    """Return whether nothing acts for what it was to; an issuance's mint gave its lots back for good."""
    if isinstance(operation, Burn):
        return book.redemptions[operation.redemption].wants_burn
    if isinstance(operation, Transfer):
        returned = book.returns.get(operation.cause)
        return returned is not None and returned.transfer is None and returned.units == operation.units
    if not isinstance(operation, BridgeMint):
        return False
    bridge = book.in_flight.bridges.get(operation.bridge)
    if bridge is None or bridge.mint is not None:
        return False
    return (bridge.leg, bridge.carried) == (operation.leg, operation.units)


def resume(state: State, instrument: str) -> Iterator[Event]:
    """Give free places back to what is doubled; what has acted comes before what may."""
    book = state.book_of(instrument)
    acted = [each for each in book.final_operations.values() if isinstance(each.operation, Doubled)]
    for final in acted:
        assert isinstance(final.operation, Doubled), "it was just asked"
        if is_free(book, final.operation.authorized):
            yield _resumed(instrument, final.operation)
            yield from _final(state, instrument, final.operation, final)
    for doubled in list(book.doubled.values()):
        if is_free(book, doubled.authorized):
            yield _resumed(instrument, doubled)


def _resumed(instrument: str, doubled: Doubled) -> DoubleResumed:
    return DoubleResumed(
        operation=doubled.operation,
        kind=doubled.kind,
        instrument=instrument,
        chain=doubled.chain,
        units=amounts.text(doubled.units),
    )


def _final(state: State, instrument: str, doubled: Doubled, final: FinalOperation) -> Iterator[Event]:
    """Say in its place what it did beside it."""
    operation, units = doubled.authorized, amounts.text(doubled.units)
    word = Finality(doubled.chain, units, final.transaction, final.block_height, final.block_hash)
    if isinstance(operation, Burn):
        yield from burn_final(state, instrument, operation, word)
    elif isinstance(operation, Transfer):
        yield from transfer_final(state, instrument, operation, word)
    elif isinstance(operation, BridgeMint):
        yield from arrivals.arrived(instrument, operation, word)


def take(book: InstrumentBook, name: str, operation: Authorized) -> None:
    """Open an operation in its place."""
    if isinstance(operation, Burn):
        book.burns[name] = operation
        book.redemptions[operation.redemption].burn = name
        book.stand_ready(operation.redemption)
    elif isinstance(operation, Transfer):
        book.transfers[name] = operation
        book.returns[operation.cause].transfer = name
        book.stand_ready(operation.cause)
    elif isinstance(operation, BridgeMint):
        _take_bridge(book, operation)


def _take_bridge(book: InstrumentBook, mint: BridgeMint) -> None:
    in_flight = book.in_flight
    bridge = in_flight.bridges[mint.bridge]
    mint.recall, bridge.mint = None, mint.mint
    in_flight.ready.pop(mint.bridge, None)
    in_flight.dequeue(bridge)
    in_flight.mints[mint.mint] = mint
    in_flight.unasked[mint.mint] = None


def double_resumed(state: State, event: DoubleResumed) -> None:
    """Count what is doubled no more beside its place, but in it."""
    book = state.book_of(event.instrument)
    doubled = book.doubled.pop(event.operation, None)
    if doubled is None:
        doubled = undo_final_double(book, event.operation)
    take(book, event.operation, doubled.authorized)


def undo_final_double(book: InstrumentBook, name: str) -> Doubled:
    """Take back what a doubled operation did."""
    doubled = book.final_operations.pop(name).operation
    assert isinstance(doubled, Doubled), "the event's type says what was final"
    book.closed_mints.pop(name, None)
    book.closed_operations.pop(name, None)
    if doubled.kind == "mint":
        book.supply[doubled.chain] -= doubled.units
        return doubled
    book.gone_twice -= doubled.units
    if doubled.kind == "burn":
        book.supply[doubled.chain] += doubled.units
    return doubled


EVOLVE: dict[type, Callable[[State, Any], None]] = {DoubleResumed: double_resumed}
