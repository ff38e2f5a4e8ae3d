"""Deliveries: shares that left custody settle what was instructed; any other are taken away, and hold."""

from collections.abc import Iterator

from schemas import amounts
from schemas.events import DeliveryConfirmed, HoldPlaced
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger import instructions, takings, undoing
from workers.core.ledger.confirmations import Fact, doubt_of, receipt_identity, remember, seen_of
from workers.core.ledger.movements import Seen
from workers.core.ledger.state import InstrumentBook, State
from workers.core.ledger.waiting import wait


def deliver(state: State, fact: Fact) -> Iterator[Event]:
    """Take what was delivered out of the books; a delivery that may be told twice waits."""
    book = state.book_of(fact.instrument)
    earlier = book.seen.get(fact.identity, [])
    made = derive("delivery", fact.identity, len(earlier))
    why = doubt_of(fact, earlier)
    if why is not None:
        yield from wait(fact, made, why)
        return
    seen = seen_of(fact, made)
    yield _delivered(book, fact, seen)
    undone = yield from undoing.catch_up(state, fact.instrument, seen)
    if not undone:
        rest = yield from instructions.settle(state, fact.instrument, seen)
        if rest:
            yield from _not_instructed(state, fact.instrument, seen, rest, _reclaimed(book, fact))


def accept(state: State, instrument: str, seen: Seen) -> Iterator[Event]:
    """Account for a delivery that waited: two operators know of it, so nothing of it holds."""
    rest = yield from instructions.settle(state, instrument, seen)
    if rest:
        yield from takings.take(
            state, instrument, cause=seen.made, shares=rest, undone=None, reference=seen.reference
        )


def _not_instructed(
    state: State, instrument: str, seen: Seen, shares: int, reclaimed: Seen | None
) -> Iterator[Event]:
    """Take shares that nobody here instructed to be delivered, and hold until operators know why."""
    yield from takings.take(
        state,
        instrument,
        cause=seen.made,
        shares=shares,
        undone=None if reclaimed is None else reclaimed.made,
        reference=None if reclaimed is None else reclaimed.reference,
    )
    yield HoldPlaced(
        hold=derive("hold", "delivery_not_instructed", seen.made),
        instrument=instrument,
        reason="delivery_not_instructed",
        owner=seen.made,
        text=f"{amounts.text(shares)} shares left {seen.place[1]}, and nobody here instructed it",
        until=None,
    )


def _delivered(book: InstrumentBook, fact: Fact, seen: Seen) -> DeliveryConfirmed:
    instruction = instructions.linked(book, seen.reference, seen.place)
    return DeliveryConfirmed(
        instrument=fact.instrument,
        delivery=seen.made,
        servicer=fact.account.servicer,
        account=fact.account.account,
        shares=fact.said.quantity,
        reference=fact.said.owner_transaction_id,
        instructed=None if instruction is None else instruction.delivery,
        identity=fact.identity,
        settled_total=amounts.text(fact.settled_total),
        settlement=fact.settlement,
        message_id=fact.said.message_id,
        flagged=fact.flagged,
    )


def _reclaimed(book: InstrumentBook, fact: Fact) -> Seen | None:
    """Return the receipt that a reclaim gives back: the opposite delivery under its reference, as large."""
    received = book.seen.get(receipt_identity(fact), [])
    return next((each for each in received if not each.undone and each.shares == fact.shares), None)


def delivery_confirmed(state: State, event: DeliveryConfirmed) -> None:
    """Keep what a second confirmation of the same delivery is compared with."""
    seen = Seen(
        made=event.delivery,
        identity=event.identity,
        movement="deliver",
        place=(event.servicer, event.account),
        shares=amounts.parse(event.shares),
        settled_total=amounts.parse(event.settled_total),
        settlement=event.settlement,
        message_id=event.message_id,
        flagged=event.flagged,
        reference=event.reference,
    )
    remember(state.book_of(event.instrument), seen)


EVOLVE = {DeliveryConfirmed: delivery_confirmed}
