"""The multiplier of an instrument, shares per unit: changed by compare-and-set, with nothing in flight.

From the order on a hold keeps anything new from being authorized; at its time the change activates, as soon
as no mint, burn or leg of a bridge is on its way (DESIGN 5.5, INV-007). The backing is checked with the
higher of both: what the pool lacks for the new one is a deficit from the order on.
"""

from collections.abc import Iterator

from schemas import amounts
from schemas.events import (
    HoldPlaced,
    HoldReleased,
    MultiplierActivated,
    MultiplierChangeCancelled,
    MultiplierChangeScheduled,
    MultiplierWaits,
)
from schemas.house import CancelMultiplierChange, ChangeMultiplier
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger.restrictions import MultiplierChange
from workers.core.ledger.state import InstrumentBook, State
from workers.core.ledger.unusable import Unusable


def current(state: State, instrument: str) -> int:
    """Return the shares per unit, in 10^-18: what was activated last, else the first terms."""
    book = state.instruments.get(instrument)
    if book is None or book.multiplier is None:
        return amounts.parse(state.rules.instruments[instrument].multiplier)
    return book.multiplier


def highest(state: State, instrument: str) -> int:
    """Return the higher of the multipliers current and pending: what the backing is checked with."""
    book = state.instruments.get(instrument)
    pending = 0 if book is None or book.change is None else book.change.after
    return max(pending, current(state, instrument))


def refuse(state: State, order: ChangeMultiplier) -> Unusable | None:
    """Return why a change cannot be scheduled."""
    book = state.instruments.get(order.instrument, InstrumentBook())
    if amounts.parse(order.after) == 0:
        return Unusable("multiplier_unusable", order.after)
    if book.change is not None:
        return Unusable("multiplier_change_pending", book.change.change)
    if order.nonce != book.nonce + 1:
        return Unusable("nonce_not_next", f"{order.nonce}, next is {book.nonce + 1}")
    now = amounts.text(current(state, order.instrument))
    if order.before != now:
        return Unusable("multiplier_changed_meanwhile", f"{now}, not {order.before}")
    return None


def refuse_cancelling(state: State, order: CancelMultiplierChange) -> Unusable | None:
    """Return why there is nothing to cancel."""
    book = state.instruments.get(order.instrument)
    pending = book is not None and book.change is not None and book.change.nonce == order.nonce
    return None if pending else Unusable("multiplier_change_unknown", str(order.nonce))


def schedule(order: ChangeMultiplier) -> Iterator[Event]:
    """Schedule a change, and hold the instrument until it is over."""
    change = derive("multiplier_change", order.instrument, order.nonce)
    yield MultiplierChangeScheduled(
        change=change,
        instrument=order.instrument,
        nonce=order.nonce,
        before=order.before,
        after=order.after,
        activates_at=order.activates_at,
    )
    yield HoldPlaced(
        hold=_hold(change),
        instrument=order.instrument,
        reason="multiplier_pending",
        owner=change,
        text=f"the multiplier goes from {order.before} to {order.after} at {order.activates_at}",
        until=None,
    )


def cancel(state: State, instrument: str) -> Iterator[Event]:
    """Take the pending change back."""
    change = state.book_of(instrument).change
    assert change is not None, "only a pending change is cancelled"
    yield MultiplierChangeCancelled(change=change.change, instrument=instrument, nonce=change.nonce)
    yield HoldReleased(hold=_hold(change.change), instrument=instrument)


def those_due(state: State) -> list[str]:
    """Return the instruments of which a tick has something to say of a pending change."""
    due = ((name, book.activation_due()) for name, book in state.instruments.items())
    return [name for name, at in due if at is not None and state.time is not None and at <= state.time]


def activate(state: State, instrument: str) -> Iterator[Event]:
    """Activate a change whose time has come; where operations are on their way, say so once."""
    book = state.book_of(instrument)
    change = book.change
    assert change is not None, "only a pending change is due"
    on_their_way = book.on_their_way
    if on_their_way:
        yield MultiplierWaits(change=change.change, instrument=instrument, open_operations=on_their_way)
        return
    yield MultiplierActivated(
        change=change.change,
        instrument=instrument,
        nonce=change.nonce,
        before=amounts.text(current(state, instrument)),
        after=amounts.text(change.after),
    )
    yield HoldReleased(hold=_hold(change.change), instrument=instrument)


def _hold(change: str) -> str:
    return derive("hold", "multiplier_pending", change)


def change_scheduled(state: State, event: MultiplierChangeScheduled) -> None:
    """Remember the change; its nonce is used, whatever becomes of it."""
    book = state.book_of(event.instrument)
    book.nonce = event.nonce
    book.change = MultiplierChange(event.change, event.nonce, amounts.parse(event.after), event.activates_at)


def change_waits(state: State, event: MultiplierWaits) -> None:
    """Remember that it was said."""
    change = state.book_of(event.instrument).change
    assert change is not None, "only a pending change waits"
    change.waits = True


def activated(state: State, event: MultiplierActivated) -> None:
    """Let the new multiplier hold; ticks go on with what waited for it."""
    book = state.book_of(event.instrument)
    book.multiplier = amounts.parse(event.after)
    book.change = None
    book.take_up()


def cancelled(state: State, event: MultiplierChangeCancelled) -> None:
    """Let the multiplier stay; ticks go on with what waited."""
    book = state.book_of(event.instrument)
    book.change = None
    book.take_up()


EVOLVE = {
    MultiplierChangeScheduled: change_scheduled,
    MultiplierWaits: change_waits,
    MultiplierActivated: activated,
    MultiplierChangeCancelled: cancelled,
}
