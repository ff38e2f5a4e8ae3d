"""Folding the events into facts. What breaks an invariant is folded as far as it makes sense, never raised."""

from collections.abc import Callable
from typing import Any

from schemas import amounts
from schemas.events import (
    HoldPlaced,
    HoldReleased,
    HouseRuleApplied,
    HouseRuleDecided,
    IssuanceAccepted,
    IssuanceClosed,
    IssuanceCompleted,
    IssuanceExpired,
    IssuanceFunded,
    IssuanceRefused,
    LotMoved,
    LotReceived,
    LotSplit,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    ProposalConfirmed,
    ProposalMade,
    TimeAdvanced,
)
from workers.core.invariants.confirmations import identity_of, told
from workers.core.invariants.facts import (
    Facts,
    InstrumentFacts,
    IssuanceFacts,
    LotFacts,
    MintFacts,
    ProposalFacts,
)
from workers.core.invariants.house_facts import apply_rule
from workers.core.invariants.predicate import Record


def fold(facts: Facts, record: Record, event: Any) -> None:  # noqa: ANN401 - any event
    """Take an event of a ledger book into the facts."""
    handler = _FOLD.get(type(event))
    if handler is not None:
        handler(facts, record, event)


def _lot_received(facts: Facts, record: Record, event: LotReceived) -> None:
    found = facts.instruments[event.instrument]
    _put(found, event.lot, LotFacts(amounts.parse(event.shares), event.state, event.reference))
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
        lot = LotFacts(amounts.parse(part.shares), whole.state, whole.reference, whole.issuance, event.lot)
        _put(found, part.lot, lot)


def _lot_moved(facts: Facts, _record: Record, event: LotMoved) -> None:
    found = facts.instruments[event.instrument]
    lot = _take(found, event.lot)
    if lot is None:
        return
    lot.state = event.to_state
    lot.issuance = event.issuance
    _put(found, event.lot, lot)


def _mint_authorized(facts: Facts, _record: Record, event: MintAuthorized) -> None:
    found = facts.instruments[event.instrument]
    taken = {lot: facts_of for lot in event.lots if (facts_of := _take(found, lot)) is not None}
    mint = MintFacts(event, amounts.parse(event.units), amounts.parse(event.shares_in), taken)
    facts.mints[event.mint] = "authorized"
    found.open_mints[event.mint] = mint
    found.pool += mint.shares_in
    found.authorized += mint.units
    found.multiplier = max(found.multiplier, amounts.parse(event.multiplier))
    issuance = found.issuances.get(event.issuance)
    if issuance is not None:
        _adjust_owed(found, issuance, -mint.shares_in)
        issuance.in_pool += mint.shares_in
        issuance.open_mints += 1
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
        issuance.open_mints -= 1
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
    issuance = found.issuances.get(event.issuance)
    if issuance is not None:
        issuance.open_mints -= 1
        issuance.in_pool -= mint.shares_in
        _adjust_owed(found, issuance, mint.shares_in)
    for lot, lot_facts in mint.lots.items():
        _put(found, lot, lot_facts)


def _issuance_accepted(facts: Facts, _record: Record, event: IssuanceAccepted) -> None:
    found = facts.instruments[event.instrument]
    issuance = IssuanceFacts(event, amounts.parse(event.shares))
    found.issuances[event.issuance] = issuance
    found.requests[event.issuance] = event.request
    found.references.add(event.settlement_reference)
    _adjust_owed(found, issuance, issuance.shares)


def _issuance_refused(facts: Facts, _record: Record, event: IssuanceRefused) -> None:
    facts.instruments[event.instrument].requests.setdefault(event.issuance, event.request)


def _issuance_funded(facts: Facts, _record: Record, event: IssuanceFunded) -> None:
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is not None:
        issuance.funded = True


def _issuance_expired(facts: Facts, _record: Record, event: IssuanceExpired) -> None:
    found = facts.instruments[event.instrument]
    issuance = found.issuances.get(event.issuance)
    if issuance is not None:
        _adjust_owed(found, issuance, -issuance.missing)
        issuance.expired = True


def _issuance_over(facts: Facts, _record: Record, event: IssuanceCompleted | IssuanceClosed) -> None:
    found = facts.instruments[event.instrument]
    found.issuances.pop(event.issuance, None)
    found.over.add(event.issuance)


def _hold_placed(facts: Facts, _record: Record, event: HoldPlaced) -> None:
    facts.instruments[event.instrument].holds.add(event.hold)


def _hold_released(facts: Facts, _record: Record, event: HoldReleased) -> None:
    facts.instruments[event.instrument].holds.discard(event.hold)


def _time_advanced(facts: Facts, record: Record, event: TimeAdvanced) -> None:
    facts.books[record.book].time = event.to


def _proposal_made(facts: Facts, record: Record, event: ProposalMade) -> None:
    facts.books[record.book].proposals[event.proposal] = ProposalFacts(event.operator, event.order)


def _proposal_confirmed(facts: Facts, record: Record, event: ProposalConfirmed) -> None:
    book = facts.books[record.book]
    proposal = book.proposals.get(event.proposal)
    if proposal is not None:
        proposal.confirmed = True
        book.ordered = proposal.order


def _house_rule_decided(facts: Facts, _record: Record, event: HouseRuleDecided) -> None:
    facts.decided.setdefault(event.number, event.rule)
    apply_rule(facts.house, event.number, event.rule)


def _house_rule_applied(facts: Facts, record: Record, event: HouseRuleApplied) -> None:
    apply_rule(facts.books[record.book].rules, event.number, event.rule)


def _put(found: InstrumentFacts, name: str, lot: LotFacts) -> None:
    found.lots[name] = lot
    found.known_lots.add(name)
    found.by_state[lot.state] += lot.shares
    issuance = found.issuances.get(lot.issuance or "")
    if issuance is not None:
        issuance.reserved += lot.shares
        _adjust_owed(found, issuance, -lot.shares)


def _take(found: InstrumentFacts, name: str) -> LotFacts | None:
    lot = found.lots.pop(name, None)
    if lot is None:
        return None
    found.by_state[lot.state] -= lot.shares
    issuance = found.issuances.get(lot.issuance or "")
    if issuance is not None:
        issuance.reserved -= lot.shares
        _adjust_owed(found, issuance, lot.shares)
    return lot


def _adjust_owed(found: InstrumentFacts, issuance: IssuanceFacts, shares: int) -> None:
    """Keep count of what open treasury issuances are still to draw: the sum of what they miss."""
    if issuance.event.funding == "treasury" and not issuance.expired:
        found.owed_from_treasury += shares


_FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    LotReceived: _lot_received,
    LotSplit: _lot_split,
    LotMoved: _lot_moved,
    MintAuthorized: _mint_authorized,
    MintFinalized: _mint_finalized,
    MintFailed: _mint_failed,
    IssuanceAccepted: _issuance_accepted,
    IssuanceRefused: _issuance_refused,
    IssuanceFunded: _issuance_funded,
    IssuanceExpired: _issuance_expired,
    IssuanceCompleted: _issuance_over,
    IssuanceClosed: _issuance_over,
    HoldPlaced: _hold_placed,
    HoldReleased: _hold_released,
    TimeAdvanced: _time_advanced,
    ProposalMade: _proposal_made,
    ProposalConfirmed: _proposal_confirmed,
    HouseRuleDecided: _house_rule_decided,
    HouseRuleApplied: _house_rule_applied,
}
