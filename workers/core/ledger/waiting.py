"""Movements that wait: facts that cannot be accounted for yet hold their instrument until they can."""

from collections.abc import Iterator
from typing import Literal

from schemas import amounts
from schemas.events import HoldPlaced, HoldReleased, MovementAccepted, MovementDismissed, MovementWaits
from schemas.events.custody import WaitingReason
from schemas.registry import Event
from workers.core.ids import derive
from workers.core.ledger.confirmations import Fact, remember
from workers.core.ledger.movements import Seen, Waiting
from workers.core.ledger.state import State

_WHAT: dict[str, Literal["delivered", "reversed", "withdrawn"]] = {
    "settlement_confirmed": "delivered",
    "settlement_reversed": "reversed",
    "confirmation_withdrawn": "withdrawn",
}


def wait(fact: Fact, made: str, why: WaitingReason) -> Iterator[Event]:
    """Record a movement that cannot be accounted for, and hold its instrument."""
    said = fact.said
    yield MovementWaits(
        instrument=fact.instrument,
        waiting=made,
        what=_WHAT[said.kind],
        movement=said.movement,
        servicer=fact.account.servicer,
        account=fact.account.account,
        shares=said.quantity,
        reference=said.owner_transaction_id,
        identity=fact.identity,
        settled_total=amounts.text(fact.settled_total),
        settlement=fact.settlement,
        message_id=said.message_id,
        flagged=fact.flagged,
        previous_confirmation_id=said.previous_confirmation_id,
        proceeds=said.amount,
        why=why,
    )
    text = f"{said.quantity} shares {_WHAT[said.kind]} ({said.movement}) on {fact.account.account}: {why}"
    yield HoldPlaced(
        hold=hold_of(made),
        instrument=fact.instrument,
        reason="movement_waits",
        owner=made,
        text=text,
        until=None,
    )


def release(instrument: str, waiting: str) -> Iterator[Event]:
    """Release the hold of a movement that waits no more."""
    yield HoldReleased(hold=hold_of(waiting), instrument=instrument)


def hold_of(waiting: str) -> str:
    """Return the hold that a waiting movement owns."""
    return derive("hold", "movement_waits", waiting)


def movement_waits(state: State, event: MovementWaits) -> None:
    """Keep the movement, and what a second message of it is compared with."""
    book = state.book_of(event.instrument)
    seen = Seen(
        made=event.waiting,
        identity=event.identity,
        movement=event.movement,
        place=(event.servicer, event.account),
        shares=amounts.parse(event.shares),
        settled_total=amounts.parse(event.settled_total),
        settlement=event.settlement,
        message_id=event.message_id,
        flagged=event.flagged,
        reference=event.reference,
        proceeds=event.proceeds,
    )
    book.waiting[event.waiting] = Waiting(event.what, seen, event.previous_confirmation_id, event.why)
    if event.what == "delivered":
        remember(book, seen)
    else:
        book.undoings.setdefault(event.identity, []).append(seen)


def accepted(state: State, event: MovementAccepted) -> None:
    """Let it wait no more."""
    del state.book_of(event.instrument).waiting[event.waiting]


def dismissed(state: State, event: MovementDismissed) -> None:
    """Let it wait no more; it is no movement that could be undone."""
    state.book_of(event.instrument).waiting.pop(event.waiting).seen.undone = True


EVOLVE = {MovementWaits: movement_waits, MovementAccepted: accepted, MovementDismissed: dismissed}
