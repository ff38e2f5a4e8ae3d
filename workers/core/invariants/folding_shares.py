"""Folding lots, pool and supply: what shares are where, and what they are behind."""

from collections.abc import Callable
from typing import Any

from schemas import amounts
from schemas.events import (
    FinalityContradicted,
    LotMoved,
    LotReceived,
    LotSplit,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    MintRecallRequested,
)
from workers.core.invariants.confirmations import identity_of, told
from workers.core.invariants.facts import Facts, InstrumentFacts, IssuanceFacts, LotFacts, MintFacts, Told
from workers.core.invariants.predicate import Record


def _lot_received(facts: Facts, record: Record, event: LotReceived) -> None:
    found = facts.instruments[event.instrument]
    put(found, event.lot, LotFacts(amounts.parse(event.shares), event.state, event.reference))
    confirmation = record.body("settlement_confirmed")
    if confirmation is None:
        return
    # What came in is the message's word, so that a lot of another quantity does not add up.
    found.custody += amounts.parse(confirmation.quantity)
    keep(found, identity_of(event.instrument, confirmation), told(event.instrument, confirmation, event.lot))


def keep(found: InstrumentFacts, identity: tuple[Any, ...], movement: Told) -> None:
    """Keep a movement that was told."""
    found.told.setdefault(identity, []).append(movement)
    found.movements[movement.made] = movement


def _lot_split(facts: Facts, _record: Record, event: LotSplit) -> None:
    found = facts.instruments[event.instrument]
    whole = take(found, event.lot)
    if whole is None:
        return
    for part in event.parts:
        lot = LotFacts(
            amounts.parse(part.shares),
            whole.state,
            whole.reference,
            whole.issuance,
            event.lot,
            whole.reserved_from,
        )
        put(found, part.lot, lot)


def _lot_moved(facts: Facts, _record: Record, event: LotMoved) -> None:
    found = facts.instruments[event.instrument]
    lot = take(found, event.lot)
    if lot is None:
        return
    if event.to_state == "reserved":
        lot.reserved_from = lot.state
    lot.state = event.to_state
    lot.issuance = event.issuance
    put(found, event.lot, lot)


def _mint_authorized(facts: Facts, record: Record, event: MintAuthorized) -> None:
    found = facts.instruments[event.instrument]
    taken = {lot: facts_of for lot in event.lots if (facts_of := take(found, lot)) is not None}
    mint = MintFacts(event, amounts.parse(event.units), amounts.parse(event.shares_in), taken)
    facts.mints[event.mint] = "authorized"
    facts.books[record.book].instruments[event.instrument] = None
    found.open_mints[event.mint] = mint
    found.pool += mint.shares_in
    found.authorized += mint.units
    found.multiplier = max(found.multiplier, amounts.parse(event.multiplier))
    issuance = found.issuances.get(event.issuance)
    if issuance is not None:
        adjust_owed(found, issuance, -mint.shares_in)
        issuance.in_pool += mint.shares_in
        issuance.open_parts.add(event.part)
        issuance.attempts[event.part] = event.attempt


def _mint_finalized(facts: Facts, _record: Record, event: MintFinalized) -> None:
    found = facts.instruments[event.instrument]
    facts.mints[event.mint] = "finalized"
    mint = found.open_mints.pop(event.mint, None)
    if mint is None:
        return
    found.authorized -= mint.units
    found.supply[event.chain] += amounts.parse(event.units)
    found.final_mints[event.mint] = mint
    facts.finalized[event.mint] = (event.chain, event.transaction, mint.units)
    issuance = found.issuances.get(event.issuance)
    if issuance is not None:
        issuance.open_parts.discard(mint.event.part)
        issuance.minted_shares += mint.shares_in
        issuance.minted_units += mint.units


def _mint_failed(facts: Facts, _record: Record, event: MintFailed) -> None:
    found = facts.instruments[event.instrument]
    facts.mints[event.mint] = "failed"
    mint = found.open_mints.pop(event.mint, None)
    if mint is None:
        return
    found.authorized -= mint.units
    issuance = found.issuances.get(event.issuance)
    if issuance is not None:
        issuance.open_parts.discard(mint.event.part)
        issuance.in_pool -= mint.shares_in
        adjust_owed(found, issuance, mint.shares_in)
    for lot, lot_facts in mint.lots.items():
        if issuance is None:  # it was over: the shares are nobody's any more
            lot_facts.state, lot_facts.issuance = lot_facts.reserved_from, None
        gone = _gone(found, lot_facts, mint.taken[lot])
        lot_facts.shares = min(lot_facts.shares - gone, found.pool)
        found.pool -= lot_facts.shares
        if lot_facts.shares:
            put(found, lot, lot_facts)


def _gone(found: InstrumentFacts, lot: LotFacts, taken: int) -> int:
    """Return what was taken of a consumed lot and did not settle again: the lot comes back without it."""
    if lot.reference is None or lot.reference not in found.references:
        return taken
    gone = min(taken, found.short[lot.reference])
    found.short[lot.reference] -= gone
    return gone


def _mint_recalled(facts: Facts, _record: Record, event: MintRecallRequested) -> None:
    mint = facts.instruments[event.instrument].open_mints.get(event.mint)
    if mint is not None:
        mint.recalled = True


def _finality_contradicted(facts: Facts, _record: Record, event: FinalityContradicted) -> None:
    found = facts.instruments[event.instrument]
    mint = found.final_mints.pop(event.mint, None)
    if mint is None:
        return
    facts.mints[event.mint] = "reopened"
    facts.finalized.pop(event.mint, None)
    found.open_mints[event.mint] = mint
    mint.recalled = False
    found.authorized += mint.units
    found.supply[event.chain] -= mint.units
    issuance = found.issuances.get(event.issuance)
    if issuance is not None:
        issuance.open_parts.add(mint.event.part)
        issuance.minted_shares -= mint.shares_in
        issuance.minted_units -= mint.units


def put(found: InstrumentFacts, name: str, lot: LotFacts) -> None:
    """Add a lot to what its state and its issuance hold."""
    found.lots[name] = lot
    found.known_lots.add(name)
    found.by_state[lot.state] += lot.shares
    issuance = found.issuances.get(lot.issuance or "")
    if issuance is not None:
        issuance.reserved += lot.shares
        adjust_owed(found, issuance, -lot.shares)


def take(found: InstrumentFacts, name: str) -> LotFacts | None:
    """Remove a lot from what its state and its issuance hold."""
    lot = found.lots.pop(name, None)
    if lot is None:
        return None
    found.by_state[lot.state] -= lot.shares
    issuance = found.issuances.get(lot.issuance or "")
    if issuance is not None:
        issuance.reserved -= lot.shares
        adjust_owed(found, issuance, lot.shares)
    return lot


def adjust_owed(found: InstrumentFacts, issuance: IssuanceFacts, shares: int) -> None:
    """Keep count of what open treasury issuances are still to draw: the sum of what they miss."""
    if issuance.event.funding == "treasury" and issuance.ended is None:
        found.owed_from_treasury += shares


FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    LotReceived: _lot_received,
    LotSplit: _lot_split,
    LotMoved: _lot_moved,
    MintAuthorized: _mint_authorized,
    MintFinalized: _mint_finalized,
    MintFailed: _mint_failed,
    MintRecallRequested: _mint_recalled,
    FinalityContradicted: _finality_contradicted,
}
