"""Folding redemptions: what waits for tokens, what is burned and returned, what is promised and delivered."""

from collections.abc import Callable
from typing import Any

from schemas import amounts
from schemas.events import (
    BurnAuthorized,
    BurnFailed,
    BurnFinalized,
    BurnReopened,
    DeliveryCancelled,
    DeliveryInstructed,
    DeliveryRestored,
    DeliverySettled,
    ReceiptMatched,
    ReceiptReturnOrdered,
    RedemptionAccepted,
    RedemptionCancelled,
    RedemptionCompleted,
    RedemptionEnded,
    RedemptionExpired,
    RedemptionRefused,
    ReturnAuthorized,
    ReturnFailed,
    ReturnFinalized,
    ReturnReopened,
    TokensReceived,
)
from workers.core.invariants.facts import Facts, InstrumentFacts, leave_pool
from workers.core.invariants.predicate import Record
from workers.core.invariants.redemption_facts import (
    Authorized,
    InstructionFacts,
    RedemptionFacts,
    ReturnFacts,
)


def operation_named(event: Any) -> str:  # noqa: ANN401 - an event of a burn or a return
    """Return the operation that an event of a burn or a return is about."""
    named: str = event.burn if hasattr(event, "burn") else event.transfer
    return named


def _keep_sighting(facts: Facts, event: TokensReceived) -> None:
    """Remember what a sighting was recorded as."""
    units = amounts.parse(event.units)
    facts.sightings[event.sighting] = (event.chain, event.transaction, "tokens_received", units)


def _accepted(facts: Facts, _record: Record, event: RedemptionAccepted) -> None:
    found = facts.instruments[event.instrument]
    found.redemptions[event.redemption] = RedemptionFacts(event)
    found.requests[event.redemption] = event.request
    found.delivery_references.add(event.settlement_reference)


def _refused(facts: Facts, _record: Record, event: RedemptionRefused) -> None:
    facts.instruments[event.instrument].requests.setdefault(event.redemption, event.request)


def _over(facts: Facts, _record: Record, event: RedemptionExpired | RedemptionCancelled) -> None:
    found = facts.instruments[event.instrument]
    redemption = found.redemptions.get(event.redemption)
    if redemption is not None:
        redemption.stage = "expired" if isinstance(event, RedemptionExpired) else "cancelled"
    if isinstance(event, RedemptionCancelled):
        found.cancelled.add(event.redemption)


def _received(facts: Facts, _record: Record, event: TokensReceived | ReceiptMatched) -> None:
    found = facts.instruments[event.instrument]
    if isinstance(event, TokensReceived):
        _keep_sighting(facts, event)
    found.parked.pop(event.sighting, None)
    found.arrivals[event.sighting] = event.redemption
    redemption = found.redemptions.get(event.redemption)
    if found.unfounded.pop(event.redemption, None) is not None or redemption is None:
        return
    redemption.stage = "received"
    terms = redemption.event
    rest = amounts.parse(terms.units) - amounts.parse(terms.burn_units)
    if rest > 0:
        found.returns[event.redemption] = ReturnFacts(terms.chain, terms.wallet, rest)


def _ended(facts: Facts, _record: Record, event: RedemptionEnded) -> None:
    found = facts.instruments[event.instrument]
    redemption = found.redemptions.get(event.redemption)
    if redemption is None:
        return
    redemption.stage = "ended"
    terms, units = redemption.event, amounts.parse(event.units)
    found.returns[event.redemption] = ReturnFacts(
        terms.chain, terms.wallet, units, redemption.return_attempts
    )


def _return_ordered(facts: Facts, _record: Record, event: ReceiptReturnOrdered) -> None:
    found = facts.instruments[event.instrument]
    parked = found.parked.pop(event.sighting, None)
    if parked is not None:
        found.returns[event.sighting] = ReturnFacts(parked.chain, parked.sender, amounts.parse(parked.units))


def _authorized(facts: Facts, _record: Record, event: Authorized) -> None:
    found, operation = facts.instruments[event.instrument], operation_named(event)
    facts.mints[operation] = "authorized"
    found.open_operations[operation] = event
    opened = operation_owner(found, event)
    if opened is not None:
        opened.attempts, opened.open = event.attempt, operation
    redemption = None if isinstance(event, BurnAuthorized) else found.redemptions.get(event.cause)
    if redemption is not None:
        redemption.return_attempts = event.attempt


def operation_owner(found: InstrumentFacts, event: Authorized) -> RedemptionFacts | ReturnFacts | None:
    """Return what a burn or a return is for."""
    if isinstance(event, BurnAuthorized):
        return found.redemptions.get(event.redemption)
    return found.returns.get(event.cause)


def _failed(facts: Facts, _record: Record, event: BurnFailed | ReturnFailed) -> None:
    found, operation = facts.instruments[event.instrument], operation_named(event)
    facts.mints[operation] = "failed"
    authorized = found.open_operations.pop(operation, None)
    opened = None if authorized is None else operation_owner(found, authorized)
    if authorized is not None and event.block_height is not None:
        found.closures[operation] = authorized
    if opened is not None:
        opened.open = None


def _finalized(facts: Facts, _record: Record, event: BurnFinalized | ReturnFinalized) -> None:
    found, operation = facts.instruments[event.instrument], operation_named(event)
    facts.mints[operation] = "finalized"
    authorized = found.open_operations.pop(operation, None)
    if authorized is None:
        return
    found.final_operations[operation] = authorized
    found.double_words.pop(operation, None)
    facts.finalized[operation] = (event.chain, event.transaction, amounts.parse(event.units))
    if isinstance(event, ReturnFinalized):
        returned = found.returns.pop(event.cause, None)
        found.return_attempts[event.cause] = 0 if returned is None else returned.attempts
        return
    found.supply[event.chain] -= amounts.parse(event.units)
    shares = amounts.parse(event.shares)
    redemption = found.redemptions.get(event.redemption)
    terms = None if redemption is None else redemption.event
    leave_pool(found, amounts.parse(event.pool), None if terms is None else (terms.servicer, terms.account))
    found.owed += amounts.parse(event.owed)
    found.promised += shares
    if redemption is not None:
        redemption.stage, redemption.open = "burned", None
        redemption.promised += shares


def _reopened(facts: Facts, _record: Record, event: BurnReopened | ReturnReopened) -> None:
    found, operation = facts.instruments[event.instrument], operation_named(event)
    authorized = found.final_operations.pop(operation, None)
    if authorized is None:
        return
    facts.mints[operation] = "reopened"
    facts.finalized.pop(operation, None)
    found.open_operations[operation] = authorized
    units = amounts.parse(authorized.units)
    if isinstance(authorized, BurnAuthorized):
        found.supply[event.chain] += units
        burned = found.redemptions.get(authorized.redemption)
        if burned is not None:
            burned.stage, burned.open = "received", operation
        return
    found.returns[authorized.cause] = ReturnFacts(
        authorized.chain,
        authorized.recipient,
        units,
        found.return_attempts[authorized.cause],
        operation,
    )
    redemption = found.redemptions.get(authorized.cause)
    if redemption is not None and redemption.stage == "completed":
        redemption.stage = "burned"


def _instructed(facts: Facts, _record: Record, event: DeliveryInstructed) -> None:
    found = facts.instruments[event.instrument]
    found.delivery_references.add(event.settlement_reference)
    redemption = found.redemptions.get(event.redemption)
    if redemption is not None:
        redemption.deliveries[event.delivery] = InstructionFacts(event, amounts.parse(event.shares))


def _settled(facts: Facts, _record: Record, event: DeliverySettled) -> None:
    found, shares = facts.instruments[event.instrument], amounts.parse(event.shares)
    found.promised -= shares
    redemption = found.redemptions.get(event.redemption)
    if redemption is None:
        return
    redemption.settled[event.confirmation] = (event.delivery, shares, event.proceeds)
    instruction = redemption.deliveries.get(event.delivery)
    if instruction is not None:
        instruction.left -= shares


def _restored(facts: Facts, _record: Record, event: DeliveryRestored) -> None:
    found, shares = facts.instruments[event.instrument], amounts.parse(event.shares)
    found.promised += shares
    redemption = found.redemptions.get(event.redemption)
    if redemption is None:
        return
    redemption.settled.pop(event.confirmation, None)
    if redemption.stage == "completed":
        redemption.stage = "burned"
    instruction = redemption.deliveries.get(event.delivery)
    if instruction is not None and not instruction.cancelled:
        instruction.left += shares


def _delivery_cancelled(facts: Facts, _record: Record, event: DeliveryCancelled) -> None:
    redemption = facts.instruments[event.instrument].redemptions.get(event.redemption)
    instruction = None if redemption is None else redemption.deliveries.get(event.delivery)
    if instruction is not None:
        instruction.left, instruction.cancelled = 0, True


def _completed(facts: Facts, _record: Record, event: RedemptionCompleted) -> None:
    redemption = facts.instruments[event.instrument].redemptions.get(event.redemption)
    if redemption is not None:
        redemption.stage = "completed"


FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    RedemptionAccepted: _accepted,
    RedemptionRefused: _refused,
    RedemptionExpired: _over,
    RedemptionCancelled: _over,
    RedemptionEnded: _ended,
    TokensReceived: _received,
    ReceiptMatched: _received,
    ReceiptReturnOrdered: _return_ordered,
    BurnAuthorized: _authorized,
    BurnFailed: _failed,
    BurnFinalized: _finalized,
    BurnReopened: _reopened,
    ReturnAuthorized: _authorized,
    ReturnFailed: _failed,
    ReturnFinalized: _finalized,
    ReturnReopened: _reopened,
    DeliveryInstructed: _instructed,
    DeliverySettled: _settled,
    DeliveryRestored: _restored,
    DeliveryCancelled: _delivery_cancelled,
    RedemptionCompleted: _completed,
}
