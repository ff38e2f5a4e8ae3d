"""Instructions: promised shares are instructed once their burn is final, and settle by exact reference.

An instruction stands until it is delivered, or until two operators say that its servicer cancelled it. What
is delivered and comes back is promised again.
"""

from collections.abc import Generator, Iterator

from schemas import amounts
from schemas.events import (
    DeliveryCancelled,
    DeliveryInstructed,
    DeliveryRestored,
    DeliverySettled,
    RedemptionCompleted,
)
from schemas.house import ConfirmDeliveryCancelled
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger.movements import Seen
from workers.core.ledger.redeeming import Instruction, Redemption, Settled
from workers.core.ledger.redemption import free_reference
from workers.core.ledger.state import InstrumentBook, State


def instruct(book: InstrumentBook, redemption: Redemption) -> DeliveryInstructed:
    """Return the instruction of what is promised and not instructed: first under the accepted reference."""
    terms, attempt = redemption.terms, len(redemption.deliveries) + 1
    return DeliveryInstructed(
        instrument=terms.instrument,
        redemption=terms.redemption,
        delivery=derive("instruction", terms.redemption, attempt),
        attempt=attempt,
        settlement_reference=terms.settlement_reference
        if attempt == 1
        else free_reference(book, terms.redemption),
        kind=terms.kind,
        servicer=terms.servicer,
        account=terms.account,
        counterparty=terms.counterparty,
        counterparty_account=terms.counterparty_account,
        shares=amounts.text(redemption.to_instruct),
    )


def linked(book: InstrumentBook, reference: str | None, place: tuple[str, str]) -> Instruction | None:
    """Return the instruction that a delivery settles: by exact reference and account, while it has a rest."""
    instruction = book.instructions.get(book.delivery_references.get(reference or "") or "")
    if instruction is None or instruction.place != place or instruction.left == 0:
        return None
    return instruction


def settle(state: State, instrument: str, seen: Seen) -> Generator[Event, None, int]:
    """Deliver what was instructed, and return the shares that nobody here instructed."""
    book = state.book_of(instrument)
    instruction = linked(book, seen.reference, seen.place)
    if instruction is None:
        return seen.shares
    shares = min(seen.shares, instruction.left)
    yield DeliverySettled(
        instrument=instrument,
        redemption=instruction.redemption,
        delivery=instruction.delivery,
        confirmation=seen.made,
        shares=amounts.text(shares),
        proceeds=seen.proceeds,
    )
    yield from complete(state, instrument, book.redemptions[instruction.redemption])
    return seen.shares - shares


def restore(state: State, instrument: str, delivery: Seen) -> Iterator[Event]:
    """Promise again what a delivery that is undone had delivered."""
    settled = state.book_of(instrument).settled.get(delivery.made)
    if settled is not None:
        yield DeliveryRestored(
            instrument=instrument,
            redemption=settled.redemption,
            delivery=settled.delivery,
            confirmation=delivery.made,
            shares=amounts.text(settled.shares),
        )


def cancel(state: State, order: ConfirmDeliveryCancelled) -> DeliveryCancelled:
    """Let the instruction's reference link nothing more, as two operators say."""
    instruction = state.book_of(order.instrument).instructions[order.delivery]
    return DeliveryCancelled(
        instrument=order.instrument,
        redemption=instruction.redemption,
        delivery=order.delivery,
        shares=amounts.text(instruction.left),
    )


def complete(state: State, instrument: str, redemption: Redemption) -> Iterator[Event]:
    """Complete a redemption of which nothing is to be delivered or returned any more."""
    book, name = state.book_of(instrument), redemption.terms.redemption
    if redemption.stage != "burned" or redemption.to_instruct or name in book.returns:
        return
    if any(book.instructions[each].left for each in redemption.deliveries):
        return
    settled = (book.settled[each] for each in redemption.settled)
    yield RedemptionCompleted(
        redemption=name,
        instrument=instrument,
        units=amounts.text(redemption.burn_units),
        shares=amounts.text(redemption.burned),
        proceeds=tuple(each.proceeds for each in settled if each.proceeds is not None),
    )


def delivery_instructed(state: State, event: DeliveryInstructed) -> None:
    """Let deliveries under the reference settle it."""
    book = state.book_of(event.instrument)
    shares = amounts.parse(event.shares)
    book.instructions[event.delivery] = Instruction(
        event.delivery,
        event.redemption,
        event.settlement_reference,
        (event.servicer, event.account),
        shares,
        state.time or "",
    )
    book.delivery_references[event.settlement_reference] = event.delivery
    redemption = book.redemptions[event.redemption]
    redemption.deliveries.append(event.delivery)
    redemption.to_instruct -= shares
    book.stand_ready(event.redemption)


def delivery_settled(state: State, event: DeliverySettled) -> None:
    """Promise the shares no more: they are with the counterparty."""
    book = state.book_of(event.instrument)
    shares = amounts.parse(event.shares)
    book.promised -= shares
    book.instructions[event.delivery].left -= shares
    book.settled[event.confirmation] = Settled(event.redemption, event.delivery, shares, event.proceeds)
    book.redemptions[event.redemption].settled[event.confirmation] = None


def delivery_restored(state: State, event: DeliveryRestored) -> None:
    """Promise the shares again, under the instruction that they had, or under another one."""
    book = state.book_of(event.instrument)
    shares, instruction = amounts.parse(event.shares), book.instructions[event.delivery]
    redemption = book.redemptions[event.redemption]
    book.promised += shares
    if instruction.cancelled:
        redemption.to_instruct += shares
    else:
        instruction.left += shares
    if redemption.stage == "completed":
        redemption.stage = "burned"
    del book.settled[event.confirmation]
    del redemption.settled[event.confirmation]
    book.stand_ready(event.redemption)


def delivery_cancelled(state: State, event: DeliveryCancelled) -> None:
    """Have the rest instructed anew."""
    book = state.book_of(event.instrument)
    instruction = book.instructions[event.delivery]
    book.delivery_references[instruction.reference] = None
    instruction.left, instruction.cancelled = 0, True
    book.redemptions[event.redemption].to_instruct += amounts.parse(event.shares)
    book.stand_ready(event.redemption)


def redemption_completed(state: State, event: RedemptionCompleted) -> None:
    """Nothing of it is open, unless a delivery comes back."""
    state.book_of(event.instrument).redemptions[event.redemption].stage = "completed"


EVOLVE = {
    DeliveryInstructed: delivery_instructed,
    DeliverySettled: delivery_settled,
    DeliveryRestored: delivery_restored,
    DeliveryCancelled: delivery_cancelled,
    RedemptionCompleted: redemption_completed,
}
