"""INV-005 no delivery before its burn is final, INV-014 what settles an instruction, INV-017 who ends one."""

from collections.abc import Iterator

from schemas import amounts
from schemas.confirmation import Confirmation
from schemas.events import (
    DeliveryCancelled,
    DeliveryConfirmed,
    DeliveryInstructed,
    DeliveryRestored,
    DeliverySettled,
    MovementAccepted,
    MovementUndone,
    MovementWaits,
)
from schemas.house import ConfirmDeliveryCancelled
from workers.core.invariants.facts import Facts, InstrumentFacts
from workers.core.invariants.folding_movements import said_by
from workers.core.invariants.predicate import Predicate, Record

_AS_ACCEPTED = ("kind", "servicer", "account", "counterparty", "counterparty_account")


def burn_is_final_first(facts: Facts, _record: Record, event: DeliveryInstructed) -> Iterator[str]:
    """Instructed is what a final burn promised and no other instruction covers, never more or earlier."""
    redemption = facts.instruments[event.instrument].redemptions.get(event.redemption)
    if redemption is None or redemption.stage != "burned":
        yield f"delivery {event.delivery} is instructed, its burn is not final"
        return
    if amounts.parse(event.shares) != redemption.to_instruct or redemption.to_instruct <= 0:
        promised = amounts.text(redemption.to_instruct)
        yield f"{event.shares} shares are instructed, {promised} are promised and not instructed"


def instruction_is_as_accepted(facts: Facts, _record: Record, event: DeliveryInstructed) -> Iterator[str]:
    """Where shares go was fixed at the acceptance; each attempt has a reference that nothing else had."""
    found = facts.instruments[event.instrument]
    redemption = found.redemptions.get(event.redemption)
    if redemption is None:
        return
    terms = redemption.event
    if any(getattr(terms, name) != getattr(event, name) for name in _AS_ACCEPTED):
        yield f"delivery {event.delivery} does not go where redemption {event.redemption} was accepted to"
    if event.attempt != len(redemption.deliveries) + 1 or event.delivery in redemption.deliveries:
        yield f"delivery {event.delivery} is attempt {event.attempt} of {event.redemption}"
    given = event.settlement_reference in found.references | found.delivery_references
    if (event.attempt == 1) != (event.settlement_reference == terms.settlement_reference):
        yield f"attempt {event.attempt} is under the reference {event.settlement_reference}"
    if event.attempt > 1 and given:
        yield f"the reference {event.settlement_reference} was given before"


def settled_is_what_was_instructed(facts: Facts, record: Record, event: DeliverySettled) -> Iterator[str]:
    """A delivery settles the instruction whose reference it has, on its account, as far as that goes."""
    found = facts.instruments[event.instrument]
    redemption = found.redemptions.get(event.redemption)
    instruction = None if redemption is None else redemption.deliveries.get(event.delivery)
    moved = _moved(found, record, event)
    if instruction is None or instruction.cancelled or moved is None:
        yield f"{event.confirmation} settles {event.delivery}, which is not instructed or not delivered"
        return
    reference, servicer, account, shares = moved
    wanted = instruction.event
    if (reference, servicer, account) != (wanted.settlement_reference, wanted.servicer, wanted.account):
        yield f"{event.confirmation} is under {reference} on {account}, not as {event.delivery} says"
    if amounts.parse(event.shares) != min(shares, instruction.left) or instruction.left <= 0:
        left = amounts.text(instruction.left)
        yield f"{amounts.text(shares)} were delivered, {event.shares} settle an instruction of {left}"


def _moved(
    found: InstrumentFacts, record: Record, event: DeliverySettled
) -> tuple[str | None, str | None, str, int] | None:
    """Return reference, place and shares of the confirmed delivery that a record accounts for."""
    for each in record.events:
        if isinstance(each, DeliveryConfirmed) and each.delivery == event.confirmation:
            said: Confirmation | None = said_by(record)
            if said is None:
                return None
            shares = amounts.parse(said.quantity)
            return said.owner_transaction_id, said.servicer, said.account, shares
        if isinstance(each, MovementAccepted) and each.waiting == event.confirmation:
            waited = found.judged.get(event.confirmation)
            return None if waited is None else _waited(waited)
    return None


def _waited(waited: MovementWaits) -> tuple[str | None, str | None, str, int]:
    return waited.reference, waited.servicer, waited.account, amounts.parse(waited.shares)


def instructed_delivery_is_settled(facts: Facts, record: Record, event: DeliveryConfirmed) -> Iterator[str]:
    """A delivery under a standing reference on its account is that one's, and no other is."""
    found = facts.instruments[event.instrument]
    standing = {
        name
        for redemption in found.redemptions.values()
        for name, each in redemption.deliveries.items()
        if not each.cancelled
        and each.left > 0
        and (each.event.settlement_reference, each.event.servicer, each.event.account)
        == (event.reference, event.servicer, event.account)
    }
    if standing != ({event.instructed} - {None}):
        yield f"delivery {event.delivery} is of {event.instructed}, its reference is of {sorted(standing)}"
    undone = any(isinstance(each, MovementUndone) for each in record.events)
    settled = any(isinstance(each, DeliverySettled) for each in record.events)
    if standing and not (settled or undone):
        yield f"delivery {event.delivery} settles nothing of {sorted(standing)}"


def restored_was_undone(facts: Facts, record: Record, event: DeliveryRestored) -> Iterator[str]:
    """Only an undone delivery is promised again, as much as it had settled."""
    undone = [each.undone for each in record.events if isinstance(each, MovementUndone)]
    redemption = facts.instruments[event.instrument].redemptions.get(event.redemption)
    settled = None if redemption is None else redemption.settled.get(event.confirmation)
    if event.confirmation not in undone or settled is None:
        yield f"{event.confirmation} was not undone, or had settled nothing"
    elif settled[:2] != (event.delivery, amounts.parse(event.shares)):
        yield f"{event.confirmation} had settled {amounts.text(settled[1])} of {settled[0]}"


def cancelled_delivery_was_ordered(facts: Facts, record: Record, event: DeliveryCancelled) -> Iterator[str]:
    """Two operators say that an instruction is cancelled, and what is left of it is instructed anew."""
    order = ConfirmDeliveryCancelled(instrument=event.instrument, delivery=event.delivery)
    if facts.books[record.book].ordered != order:
        yield f"two operators did not say that {event.delivery} is cancelled"
    redemption = facts.instruments[event.instrument].redemptions.get(event.redemption)
    instruction = None if redemption is None else redemption.deliveries.get(event.delivery)
    if instruction is None or instruction.left <= 0 or instruction.left != amounts.parse(event.shares):
        yield f"{event.shares} shares are not what is left of {event.delivery}"


def promised_adds_up(found: InstrumentFacts) -> Iterator[str]:
    """What is promised is what final burns promised and no delivery took, and no instruction is for more."""
    redemptions = found.redemptions.values()
    promised = sum(each.promised - each.delivered for each in redemptions)
    if promised != found.promised:
        yield f"{amounts.text(found.promised)} shares are promised, burns say {amounts.text(promised)}"
    for each in redemptions:
        if each.to_instruct < 0:
            yield f"redemption {each.event.redemption} is instructed for more than its burn promised"


STANDING = (("INV-005", promised_adds_up),)
"""Checked of every instrument that a record touched, after its last event."""

PREDICATES = (
    Predicate("INV-005", DeliveryInstructed, burn_is_final_first),
    Predicate("INV-005", DeliveryInstructed, instruction_is_as_accepted),
    Predicate("INV-014", DeliverySettled, settled_is_what_was_instructed),
    Predicate("INV-014", DeliveryConfirmed, instructed_delivery_is_settled),
    Predicate("INV-005", DeliveryRestored, restored_was_undone),
    Predicate("INV-017", DeliveryCancelled, cancelled_delivery_was_ordered),
)
