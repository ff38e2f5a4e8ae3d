"""Folding lots, pool and supply: what shares are where, and what they are behind."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from schemas import amounts, instants
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
from workers.core.invariants.facts import (
    Facts,
    InstrumentFacts,
    IssuanceFacts,
    LotFacts,
    MintFacts,
    Told,
    leave_pool,
)
from workers.core.invariants.predicate import Record


def _lot_received(facts: Facts, record: Record, event: LotReceived) -> None:
    found = facts.instruments[event.instrument]
    place = (event.servicer, event.account)
    put(found, event.lot, LotFacts(amounts.parse(event.shares), event.state, event.reference, place))
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
        shares = amounts.parse(part.shares)
        put(found, part.lot, replace(whole, shares=shares, parent=event.lot))


def _lot_moved(facts: Facts, _record: Record, event: LotMoved) -> None:
    found = facts.instruments[event.instrument]
    lot = take(found, event.lot)
    if lot is None:
        return
    if event.to_state == "reserved":
        lot.reserved_from = lot.state
    giving = found.issuances.get(lot.issuance or "")
    if giving is not None and event.cause == "release":
        giving.giving_back = True
    lot.state = event.to_state
    lot.issuance = event.issuance
    put(found, event.lot, lot)


def _mint_authorized(facts: Facts, record: Record, event: MintAuthorized) -> None:
    found = facts.instruments[event.instrument]
    taken = {lot: facts_of for lot in event.lots if (facts_of := take(found, lot)) is not None}
    issuance = found.issuances.get(event.issuance)
    client = "" if issuance is None else issuance.event.client
    day = instants.day(facts.books[record.book].time or "")
    units, shares_in = amounts.parse(event.units), amounts.parse(event.shares_in)
    mint = MintFacts(event, units, shares_in, taken, day, client)
    found.minted_on[day][client] += shares_in
    facts.mints[event.mint] = "authorized"
    facts.books[record.book].instruments[event.instrument] = None
    found.open_mints[event.mint] = mint
    found.pool += mint.shares_in
    for lot in taken.values():
        found.pool_at[lot.place] += lot.shares
    found.authorized += mint.units
    if issuance is not None:
        issuance.waits_for = None
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
    if event.block_height is not None:
        found.closures[event.mint] = mint.event
    found.authorized -= mint.units
    found.minted_on[mint.day][mint.client] -= mint.shares_in
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
        leave_pool(found, lot_facts.shares, lot_facts.place)
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
