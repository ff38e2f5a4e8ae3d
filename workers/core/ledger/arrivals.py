"""Arrivals: the chain's word on a bridge's mint: it is over, tried again, turned back, or open once more."""

from collections.abc import Iterator

from schemas import amounts
from schemas.events import (
    BridgeCompleted,
    BridgeFinalityContradicted,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeTurnedBack,
    BridgeVoided,
    HoldPlaced,
)
from schemas.events.bridge import BridgeOutcome
from schemas.messages import OperationSeenClosed, OperationSeenFinal
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger.departures import go_on
from workers.core.ledger.in_flight import Bridge, BridgeMint, FinalBridgeMint
from workers.core.ledger.minting import FINAL_MINTS_KEPT
from workers.core.ledger.redeeming import Finality
from workers.core.ledger.state import InstrumentBook, State


def arrived(instrument: str, mint: BridgeMint, seen: OperationSeenFinal | Finality) -> Iterator[Event]:
    """Close a mint with the chain's word that it happened: nothing of its bridge is in flight any more."""
    yield BridgeMintFinalized(
        mint=mint.mint,
        bridge=mint.bridge,
        instrument=instrument,
        leg=mint.leg,
        chain=seen.chain,
        units=seen.units,
        transaction=seen.transaction,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    outcome: BridgeOutcome = "minted" if mint.leg == "destination" else "refunded"
    yield BridgeCompleted(bridge=mint.bridge, instrument=instrument, outcome=outcome, units=seen.units)


def failed(state: State, instrument: str, mint: BridgeMint, seen: OperationSeenClosed) -> Iterator[Event]:
    """Take a mint back that provably never happened; a bridge that was never burned ends with it."""
    yield BridgeMintFailed(
        mint=mint.mint,
        bridge=mint.bridge,
        instrument=instrument,
        leg=mint.leg,
        proof=seen.proof,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    unburned = state.book_of(instrument).in_flight.contradicted.get(mint.bridge)
    if unburned is not None:
        yield voided(state, instrument, unburned)


def after_failure(state: State, instrument: str, mint: BridgeMint) -> Iterator[Event]:
    """Try again, turn back, or leave a refund to people, where nothing else may act for the bridge."""
    is_ready = mint.bridge in state.book_of(instrument).in_flight.ready
    if is_ready and mint.recall is None and mint.attempt >= state.policy.mint_attempts_max:
        yield from _given_up(state, instrument, mint)
    yield from go_on(state, instrument)


def voided(state: State, instrument: str, bridge: Bridge) -> BridgeVoided:
    """Return the end of a bridge that was never burned, and of which nothing can be minted."""
    remainders = state.book_of(instrument).in_flight.remainders
    before = remainders.get((bridge.source, bridge.holder), 0)
    kept = bridge.units - bridge.carried
    return BridgeVoided(
        bridge=bridge.bridge,
        instrument=instrument,
        chain=bridge.source,
        holder=bridge.holder,
        units=amounts.text(bridge.carried),
        before=amounts.text(before),
        # What another bridge carried of it since cannot be taken from its owner any more.
        remainder=amounts.text(max(0, before - kept)),
    )


def _given_up(state: State, instrument: str, mint: BridgeMint) -> Iterator[Event]:
    hold = derive("hold", "refund_failed_too_often", mint.mint)
    if mint.leg == "destination":
        yield BridgeTurnedBack(bridge=mint.bridge, instrument=instrument, why="destination_failed")
        return
    if hold in state.book_of(instrument).holds:  # it was closed before, and that did not hold
        return
    yield HoldPlaced(
        hold=hold,
        instrument=instrument,
        reason="refund_failed_too_often",
        owner=mint.mint,
        until=None,
        text=f"the refund of bridge {mint.bridge} on {mint.chain} failed {mint.attempt} times",
    )


def bridge_mint_finalized(state: State, event: BridgeMintFinalized) -> None:
    """Count the units as supply, and in flight no more."""
    book = state.book_of(event.instrument)
    in_flight, bridge = book.in_flight, book.in_flight.bridges[event.bridge]
    mint = _close(book, event.mint, event.transaction)
    in_flight.units -= mint.units
    book.supply[event.chain] = book.supply.get(event.chain, 0) + mint.units
    in_flight.final_mints[event.mint] = FinalBridgeMint(
        mint, bridge, event.transaction, event.block_height, event.block_hash
    )
    if len(in_flight.final_mints) > FINAL_MINTS_KEPT:
        in_flight.final_mints.popitem(last=False)


def bridge_mint_failed(state: State, event: BridgeMintFailed) -> None:
    """Let the bridge be minted again."""
    book = state.book_of(event.instrument)
    mint = _close(book, event.mint, None)
    book.keep_closure(event.mint, mint, (event.block_height, event.block_hash))
    if event.bridge not in book.in_flight.contradicted:
        book.in_flight.ready[event.bridge] = None


def bridge_mint_reopened(state: State, event: BridgeFinalityContradicted) -> None:
    """Take the units out of supply; they are in flight again, with their bridge and its mint."""
    book = state.book_of(event.instrument)
    in_flight, final = book.in_flight, book.in_flight.final_mints.pop(event.mint)
    del book.closed_mints[event.mint]
    book.reopened[event.mint] = event.account_seq
    book.supply[event.chain] -= final.mint.units
    in_flight.units += final.mint.units
    final.mint.recall, final.bridge.mint = None, event.mint
    in_flight.bridges[event.bridge] = final.bridge
    in_flight.mints[event.mint] = final.mint
    in_flight.unasked[event.mint] = None


def bridge_voided(state: State, event: BridgeVoided) -> None:
    """Let nothing of it be in flight, or its owner's, but what cannot be taken back."""
    in_flight = state.book_of(event.instrument).in_flight
    bridge = in_flight.contradicted[event.bridge]
    in_flight.bridges.pop(event.bridge, None)
    bridge.voided = True
    in_flight.units -= amounts.parse(event.units)
    remainder = amounts.parse(event.remainder)
    in_flight.remainder += remainder - amounts.parse(event.before)
    in_flight.remainders[event.chain, event.holder] = remainder
    if remainder == 0:
        del in_flight.remainders[event.chain, event.holder]


def _close(book: InstrumentBook, name: str, closed_as: str | None) -> BridgeMint:
    mint = book.in_flight.mints.pop(name)
    book.closed_mints[name] = closed_as
    book.in_flight.bridges[mint.bridge].mint = None
    book.in_flight.unasked.pop(name, None)
    return mint


EVOLVE = {
    BridgeMintFinalized: bridge_mint_finalized,
    BridgeMintFailed: bridge_mint_failed,
    BridgeVoided: bridge_voided,
    BridgeFinalityContradicted: bridge_mint_reopened,
}
