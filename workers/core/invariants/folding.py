"""Folding the events into facts: what breaks an invariant is folded too, as far as it makes sense."""

from collections.abc import Callable
from typing import Any

from schemas import amounts
from schemas.events import (
    ApprovalRequired,
    HoldEnded,
    HoldPlaced,
    HoldReleased,
    HouseRuleApplied,
    HouseRuleDecided,
    IssuanceAccepted,
    IssuanceApproved,
    IssuanceCancelled,
    IssuanceClosed,
    IssuanceCompleted,
    IssuanceExpired,
    IssuanceFunded,
    IssuanceRefused,
    IssuanceUnfunded,
    IssuanceWaits,
    MultiplierActivated,
    MultiplierChangeCancelled,
    MultiplierChangeScheduled,
    ProposalConfirmed,
    ProposalMade,
    TimeAdvanced,
)
from schemas.house import PlaceHold, PlaceWideHold
from schemas.statement import HoldingsStated
from workers.core.invariants import (
    folding_bridges,
    folding_movements,
    folding_redemption,
    folding_shares,
    lanes,
    statements,
    units,
)
from workers.core.invariants.facts import Facts, IssuanceFacts, ProposalFacts
from workers.core.invariants.folding_shares import adjust_owed
from workers.core.invariants.house_facts import apply_rule
from workers.core.invariants.predicate import Record


def fold(facts: Facts, record: Record, event: Any) -> None:  # noqa: ANN401 - any event
    """Take an event of a ledger book into the facts."""
    handler = _FOLD.get(type(event))
    if handler is not None:
        handler(facts, record, event)


def _issuance_accepted(facts: Facts, _record: Record, event: IssuanceAccepted) -> None:
    found = facts.instruments[event.instrument]
    issuance = IssuanceFacts(event, amounts.parse(event.shares))
    found.issuances[event.issuance] = issuance
    found.requests[event.issuance] = event.request
    found.references.add(event.settlement_reference)
    adjust_owed(found, issuance, issuance.shares)


def _issuance_refused(facts: Facts, _record: Record, event: IssuanceRefused) -> None:
    facts.instruments[event.instrument].requests.setdefault(event.issuance, event.request)


def _issuance_funded(facts: Facts, _record: Record, event: IssuanceFunded) -> None:
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is not None:
        issuance.funded = True


def _approval_required(facts: Facts, _record: Record, event: ApprovalRequired) -> None:
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is not None:
        issuance.approve_by = event.expires_at


def _issuance_approved(facts: Facts, _record: Record, event: IssuanceApproved) -> None:
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is not None:
        issuance.approved = True


def _issuance_waits(facts: Facts, _record: Record, event: IssuanceWaits) -> None:
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is not None:
        issuance.waits_for = event.why


def _issuance_unfunded(facts: Facts, _record: Record, event: IssuanceUnfunded) -> None:
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is not None:
        issuance.funded = False


def _issuance_ended(facts: Facts, _record: Record, event: IssuanceExpired | IssuanceCancelled) -> None:
    found = facts.instruments[event.instrument]
    if isinstance(event, IssuanceCancelled):
        found.cancelled.add(event.issuance)
        found.cancelling.add(event.issuance)
    issuance = found.issuances.get(event.issuance)
    if issuance is not None:
        adjust_owed(found, issuance, -issuance.missing)
        issuance.ended = "cancelled" if isinstance(event, IssuanceCancelled) else "expired"


def _issuance_over(facts: Facts, _record: Record, event: IssuanceCompleted | IssuanceClosed) -> None:
    found = facts.instruments[event.instrument]
    issuance = found.issuances.pop(event.issuance, None)
    found.cancelling.discard(event.issuance)
    if issuance is not None:
        adjust_owed(found, issuance, -issuance.missing)


def _hold_placed(facts: Facts, _record: Record, event: HoldPlaced) -> None:
    facts.instruments[event.instrument].holds[event.hold] = event


def _hold_released(facts: Facts, _record: Record, event: HoldReleased) -> None:
    facts.instruments[event.instrument].holds.pop(event.hold, None)


def _hold_ended(facts: Facts, record: Record, event: HoldEnded) -> None:
    if event.instrument is None:
        facts.books[record.book].rules.holds.pop(event.hold, None)
    else:
        facts.instruments[event.instrument].holds.pop(event.hold, None)


def _change_scheduled(facts: Facts, _record: Record, event: MultiplierChangeScheduled) -> None:
    found = facts.instruments[event.instrument]
    found.nonce, found.change = event.nonce, event


def _change_cancelled(facts: Facts, _record: Record, event: MultiplierChangeCancelled) -> None:
    facts.instruments[event.instrument].change = None


def _activated(facts: Facts, _record: Record, event: MultiplierActivated) -> None:
    found = facts.instruments[event.instrument]
    found.multiplier, found.change = amounts.parse(event.after), None


def _time_advanced(facts: Facts, record: Record, event: TimeAdvanced) -> None:
    facts.books[record.book].time = event.to


def _proposal_made(facts: Facts, record: Record, event: ProposalMade) -> None:
    book = facts.books[record.book]
    book.proposals[event.proposal] = ProposalFacts(event.operator, event.order)
    if isinstance(event.order, PlaceHold | PlaceWideHold):
        # Stopping is the safe direction: one operator is enough.
        book.proposals[event.proposal].confirmed = True
        book.ordered = event.order


def _proposal_confirmed(facts: Facts, record: Record, event: ProposalConfirmed) -> None:
    book = facts.books[record.book]
    proposal = book.proposals.get(event.proposal)
    if proposal is not None:
        proposal.confirmed = True
        book.ordered = proposal.order


def _house_rule_decided(facts: Facts, _record: Record, event: HouseRuleDecided) -> None:
    facts.decided.setdefault(event.number, event.rule)
    if isinstance(event.rule, HoldingsStated):
        statements.believe(facts, event.rule)
    apply_rule(facts.house, event.number, event.rule)


def _house_rule_applied(facts: Facts, record: Record, event: HouseRuleApplied) -> None:
    book = facts.books[record.book]
    lanes.rule_changes(book, event.rule)
    apply_rule(book.rules, event.number, event.rule)


_FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    **folding_shares.FOLD,
    **units.LEDGER_FOLD,
    **folding_bridges.FOLD,
    **folding_movements.FOLD,
    **folding_redemption.FOLD,
    **statements.FOLD,
    IssuanceAccepted: _issuance_accepted,
    IssuanceRefused: _issuance_refused,
    IssuanceFunded: _issuance_funded,
    ApprovalRequired: _approval_required,
    IssuanceApproved: _issuance_approved,
    IssuanceWaits: _issuance_waits,
    IssuanceUnfunded: _issuance_unfunded,
    IssuanceExpired: _issuance_ended,
    IssuanceCancelled: _issuance_ended,
    IssuanceCompleted: _issuance_over,
    IssuanceClosed: _issuance_over,
    HoldPlaced: _hold_placed,
    HoldReleased: _hold_released,
    HoldEnded: _hold_ended,
    MultiplierChangeScheduled: _change_scheduled,
    MultiplierChangeCancelled: _change_cancelled,
    MultiplierActivated: _activated,
    TimeAdvanced: _time_advanced,
    ProposalMade: _proposal_made,
    ProposalConfirmed: _proposal_confirmed,
    HouseRuleDecided: _house_rule_decided,
    HouseRuleApplied: _house_rule_applied,
}
