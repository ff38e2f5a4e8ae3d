"""Acceptance: two operators say what a movement that waits was: a movement of its own, or nothing."""

from collections.abc import Iterator

from schemas import amounts
from schemas.events import MovementAccepted, MovementDismissed, SharesReturned
from schemas.house import AcceptMovement, DismissMovement
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger import deliveries, takings, undoing
from workers.core.ledger.movements import Waiting
from workers.core.ledger.state import State
from workers.core.ledger.waiting import release


def accept(state: State, order: AcceptMovement) -> Iterator[Event]:
    """Let the movement take effect: on the movement that it undoes where there is one, else as it stands."""
    waiting = state.book_of(order.instrument).waiting[order.waiting]
    yield MovementAccepted(instrument=order.instrument, waiting=order.waiting)
    yield from release(order.instrument, order.waiting)
    yield from _take_effect(state, order.instrument, waiting)


def dismiss(order: DismissMovement) -> Iterator[Event]:
    """Let the movement have no effect."""
    yield MovementDismissed(instrument=order.instrument, waiting=order.waiting)
    yield from release(order.instrument, order.waiting)


def _take_effect(state: State, instrument: str, waiting: Waiting) -> Iterator[Event]:
    seen = waiting.seen
    if waiting.what != "delivered":
        undone = undoing.meant(state.book_of(instrument), seen, waiting.previous_confirmation_id)
        if undone is not None:
            yield from undoing.undo_movement(state, instrument, seen, undone, waiting.what)
            return
    if waiting.what == "delivered":
        yield from deliveries.accept(state, instrument, seen)
        return
    if seen.movement == "receive":
        yield from takings.take(
            state, instrument, cause=seen.made, shares=seen.shares, undone=None, reference=seen.reference
        )
        return
    yield SharesReturned(
        instrument=instrument,
        cause=seen.made,
        delivery=seen.made,
        state="unassigned",
        lot=derive("lot_returned", seen.made, 0),
        servicer=seen.place[0],
        account=seen.place[1],
        reference=None,
        shares=amounts.text(seen.shares),
    )
