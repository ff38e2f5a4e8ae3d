"""Folding lots, pool and supply: what shares are where, and what they are behind."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from schemas import amounts, instants
from schemas.events import LotMoved, LotReceived, LotSplit, MintAuthorized, MintFailed, MintFinalized
from workers.core.invariants.confirmations import identity_of, told
from workers.core.invariants.facts import Facts, InstrumentFacts, IssuanceFacts, LotFacts, MintFacts
from workers.core.invariants.predicate import Record


def _lot_received(facts: Facts, record: Record, event: LotReceived) -> None:
    found = facts.instruments[event.instrument]
    place = (event.servicer, event.account)
    _put(found, event.lot, LotFacts(amounts.parse(event.shares), event.state, event.reference, place))
    confirmation = record.body("settlement_confirmed")
    if confirmation is None:
        return
    # What came in is the message's word, so that a lot of another quantity does not add up.
    found.received += amounts.parse(confirmation.quantity)
    identity = identity_of(event.instrument, confirmation)
    found.told.setdefault(identity, []).append(told(event.instrument, confirmation, event.lot))


def _lot_split(facts: Facts, _record: Record, event: LotSplit) -> None:
    found = facts.instruments[event.instrument]
    whole = _take(found, event.lot)
    if whole is None:
        return
    for part in event.parts:
        shares = amounts.parse(part.shares)
        _put(found, part.lot, replace(whole, shares=shares, parent=event.lot))


def _lot_moved(facts: Facts, _record: Record, event: LotMoved) -> None:
    found = facts.instruments[event.instrument]
    lot = _take(found, event.lot)
    if lot is None:
        return
    if event.to_state == "reserved":
        lot.reserved_from = lot.state
    lot.state = event.to_state
    lot.issuance = event.issuance
    _put(found, event.lot, lot)


def _mint_authorized(facts: Facts, record: Record, event: MintAuthorized) -> None:
    found = facts.instruments[event.instrument]
    taken = {lot: facts_of for lot in event.lots if (facts_of := _take(found, lot)) is not None}
    issuance = found.issuances.get(event.issuance)
    client = "" if issuance is None else issuance.event.client
    day = instants.day(facts.books[record.book].time or "")
    units, shares_in = amounts.parse(event.units), amounts.parse(event.shares_in)
    mint = MintFacts(event, units, shares_in, taken, day, client)
    found.minted_on[day][client] += shares_in
    facts.mints[event.mint] = "authorized"
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
    found.pool -= mint.shares_in
    found.minted_on[mint.day][mint.client] -= mint.shares_in
    issuance = found.issuances.get(event.issuance)
    if issuance is not None:
        issuance.open_parts.discard(mint.event.part)
        issuance.in_pool -= mint.shares_in
        adjust_owed(found, issuance, mint.shares_in)
    for lot, lot_facts in mint.lots.items():
        _put(found, lot, lot_facts)
        found.pool_at[lot_facts.place] -= lot_facts.shares


def _put(found: InstrumentFacts, name: str, lot: LotFacts) -> None:
    found.lots[name] = lot
    found.known_lots.add(name)
    found.by_state[lot.state] += lot.shares
    issuance = found.issuances.get(lot.issuance or "")
    if issuance is not None:
        issuance.reserved += lot.shares
        adjust_owed(found, issuance, -lot.shares)


def _take(found: InstrumentFacts, name: str) -> LotFacts | None:
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
    if issuance.event.funding == "treasury" and not issuance.expired:
        found.owed_from_treasury += shares


FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    LotReceived: _lot_received,
    LotSplit: _lot_split,
    LotMoved: _lot_moved,
    MintAuthorized: _mint_authorized,
    MintFinalized: _mint_finalized,
    MintFailed: _mint_failed,
}
