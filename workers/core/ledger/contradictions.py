"""Contradictions: a block in which others moved units is gone, and what was made of it is undone.

As far as it can be: what an operation was authorized with, and what was minted, stays, and a deficit says so.
Nothing is minted again by itself.
"""

from collections.abc import Callable, Iterator
from typing import Any

from schemas import amounts
from schemas.envelope import Message
from schemas.events import (
    BridgeContradicted,
    HolderBurnContradicted,
    ReceiptContradicted,
    ReceiptRepeated,
    SightingRepeated,
)
from schemas.events.contradictions import ReceiptOutcome
from schemas.messages import ClosureSeenContradicted, SightingSeenContradicted
from schemas.registry import Event
from workers.core.ledger import closures, collateral
from workers.core.ledger.arrivals import voided
from workers.core.ledger.finality import hold
from workers.core.ledger.holds import set_aside
from workers.core.ledger.in_flight import Bridge
from workers.core.ledger.movements import FinalSighting
from workers.core.ledger.receipts import speaks_for_its_account
from workers.core.ledger.redemption import await_again
from workers.core.ledger.state import Given, InstrumentBook, State
from workers.core.ledger.withdrawals import withdrawn


def sighting_contradicted(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Undo what a sighting made, and hold the instrument: people look before anything is authorized."""
    seen = message.body
    assert isinstance(seen, SightingSeenContradicted), "the message's type decides its body"
    if not (yield from speaks_for_its_account(state, message, seen.account)):
        return
    instrument = message.instrument or ""
    book = state.book_of(instrument)
    if seen.record.seq <= book.reopened.get(seen.sighting, 0):
        yield SightingRepeated(sighting=seen.sighting)
        return
    token, final = state.rules.token(instrument, seen.chain), book.final_sightings.get(seen.sighting)
    watches = None if token is None else (token.token, token.account)
    if final is None or watches != (seen.token, seen.account) or not _is_of(seen, final):
        yield from set_aside(given, "receipt_contradicts", f"{seen.sighting} was not final like this")
        return
    yield from _undoing(state, instrument, final, seen)
    yield hold(instrument, seen.sighting, seen)


def closure_contradicted(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Let an operation act that was closed, in its place or beside what took it, and hold the instrument."""
    seen = message.body
    assert isinstance(seen, ClosureSeenContradicted), "the message's type decides its body"
    if not (yield from speaks_for_its_account(state, message, seen.account)):
        return
    instrument = message.instrument or ""
    book = state.book_of(instrument)
    if seen.record.seq <= book.reopened.get(seen.operation, 0):
        yield ReceiptRepeated(operation=seen.operation)
        return
    unheard = withdrawn(book, instrument, seen)
    if unheard is not None:
        yield unheard
        return
    closure = book.closures.get(seen.operation)
    if closure is None or not closures.is_of(seen, closure):
        text = f"{seen.kind} {seen.operation} was not closed like this"
        yield from set_aside(given, "receipt_contradicts", text)
        return
    yield closures.contradicted(book, instrument, closure, seen)
    yield hold(instrument, seen.operation, seen)


def _is_of(seen: SightingSeenContradicted, final: FinalSighting) -> bool:
    said = (seen.chain, seen.transaction, seen.block_height, seen.block_hash)
    known = (final.chain, final.transaction, final.block_height, final.block_hash)
    return said == known and seen.hash_now != seen.block_hash


def _undoing(
    state: State, instrument: str, final: FinalSighting, seen: SightingSeenContradicted
) -> Iterator[Event]:
    book = state.book_of(instrument)
    said: dict[str, Any] = {
        "sighting": seen.sighting,
        "instrument": instrument,
        "chain": seen.chain,
        "units": amounts.text(final.units),
        "transaction": seen.transaction,
        "block_height": seen.block_height,
        "block_hash": seen.block_hash,
        "hash_now": seen.hash_now,
        "account_seq": seen.record.seq,
    }
    if final.bridge is not None:
        yield BridgeContradicted(bridge=final.bridge.bridge, **said)
        if _is_over_unminted(book, final.bridge):
            yield voided(state, instrument, final.bridge)
    elif final.cause is not None:
        redemption = final.cause if final.cause in book.redemptions else None
        outcome = _outcome(book, final.cause, seen.sighting)
        yield ReceiptContradicted(redemption=redemption, outcome=outcome, **said)
    else:
        yield HolderBurnContradicted(shares=amounts.text(final.shares), **said)


def _is_over_unminted(book: InstrumentBook, bridge: Bridge) -> bool:
    """Return whether nothing of a bridge was minted, or may be: it waits, or all of it is a remainder."""
    return bridge.mint is None and (bridge.bridge in book.in_flight.bridges or bridge.carried == 0)


def _outcome(book: InstrumentBook, cause: str, sighting: str) -> ReceiptOutcome:
    """Return what becomes of tokens that are not there: nothing may have been authorized with them."""
    returned, redemption = book.returns.get(cause), book.redemptions.get(cause)
    is_untouched = returned is not None and returned.attempts == 0
    if redemption is None:
        return "forgotten" if is_untouched or sighting in book.parked_receipts else "missing"
    all_returnable = is_untouched or redemption.units == redemption.burn_units
    never_burned = redemption.stage == "received" and redemption.burn_attempts == 0
    return "awaited" if all_returnable and never_burned else "missing"


def holder_burn_contradicted(state: State, event: HolderBurnContradicted) -> None:
    """Count the units again, and put their shares behind them, on the accounts that they had left."""
    book = state.book_of(event.instrument)
    final = _withdraw(book, event)
    book.supply[event.chain] = book.supply.get(event.chain, 0) + final.units
    book.unclaimed -= final.shares
    book.pool += final.shares
    collateral.come_back(book, final.at)
    collateral.changed(state, event.instrument)


def receipt_contradicted(state: State, event: ReceiptContradicted) -> None:
    """Have nothing more done with the tokens; a redemption waits for its tokens again."""
    book = state.book_of(event.instrument)
    final = _withdraw(book, event)
    cause = final.cause or event.sighting
    if event.outcome == "missing":
        book.unfounded[cause] = final.units
    else:
        book.parked_receipts.pop(event.sighting, None)
        book.returns.pop(cause, None)
    if event.redemption is not None:
        redemption = book.redemptions[event.redemption]
        if event.outcome == "awaited":
            redemption.stage = "accepted"
        await_again(state, book, redemption)
    book.stand_ready(cause)


def bridge_contradicted(state: State, event: BridgeContradicted) -> None:
    """Count the units at the source again; the bridge is minted no more."""
    book = state.book_of(event.instrument)
    bridge = _withdraw(book, event).bridge
    assert bridge is not None, "the event's type says what was final"
    book.supply[event.chain] = book.supply.get(event.chain, 0) + bridge.units
    book.in_flight.dequeue(bridge)
    book.in_flight.ready.pop(event.bridge, None)
    book.in_flight.contradicted[event.bridge] = bridge


def _withdraw(
    book: InstrumentBook, event: HolderBurnContradicted | ReceiptContradicted | BridgeContradicted
) -> FinalSighting:
    book.reopened[event.sighting] = event.account_seq
    final = book.withdrawn[event.sighting] = book.final_sightings.pop(event.sighting)
    return final


DECIDE = {"sighting_contradicted": sighting_contradicted, "closure_contradicted": closure_contradicted}
EVOLVE: dict[type, Callable[[State, Any], None]] = {
    HolderBurnContradicted: holder_burn_contradicted,
    ReceiptContradicted: receipt_contradicted,
    BridgeContradicted: bridge_contradicted,
}
