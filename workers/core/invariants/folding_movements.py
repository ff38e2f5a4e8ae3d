"""Folding what takes shares away, gives them back, or fills what is short."""

from collections.abc import Callable
from typing import Any

from schemas import amounts
from schemas.confirmation import Confirmation
from schemas.events import (
    DeficitChanged,
    DeficitClosed,
    DeficitOpened,
    DeliveryConfirmed,
    MovementAccepted,
    MovementDismissed,
    MovementUndone,
    MovementWaits,
    SharesCovered,
    SharesReturned,
    SharesTaken,
    TakingPostponed,
)
from workers.core.invariants.confirmations import identity_of, told
from workers.core.invariants.facts import Facts, LotFacts, leave_pool
from workers.core.invariants.folding_shares import keep, put, take
from workers.core.invariants.predicate import Record

UNDOINGS = ("settlement_reversed", "confirmation_withdrawn")


def said_by(record: Record) -> Confirmation | None:
    """Return the confirmation, or the undoing of one, that a record decides."""
    bodies = (record.body(kind) for kind in ("settlement_confirmed", *UNDOINGS))
    return next((body for body in bodies if body is not None), None)


def _delivery_confirmed(facts: Facts, record: Record, event: DeliveryConfirmed) -> None:
    found, said = facts.instruments[event.instrument], said_by(record)
    if said is None:
        return
    # What left is the message's word, so that a delivery of another quantity does not add up.
    found.custody -= amounts.parse(said.quantity)
    keep(found, identity_of(event.instrument, said), told(event.instrument, said, event.delivery))


def _movement_waits(facts: Facts, record: Record, event: MovementWaits) -> None:
    found, said = facts.instruments[event.instrument], said_by(record)
    found.waiting[event.waiting] = event
    if said is None:
        return
    identity, movement = identity_of(event.instrument, said), told(event.instrument, said, event.waiting)
    if said.kind == "settlement_confirmed":
        keep(found, identity, movement)
    else:
        found.undoings.setdefault(identity, []).append(movement)


def _movement_undone(facts: Facts, record: Record, event: MovementUndone) -> None:
    found, said = facts.instruments[event.instrument], said_by(record)
    found.undone.add(event.undone)
    if found.waiting.pop(event.undone, None) is None:
        shares = amounts.parse(event.shares)
        found.custody += -shares if event.movement == "receive" else shares
    waited = found.waiting.pop(event.undoing, None) is not None
    if said is not None and said.kind in UNDOINGS and not waited:
        identity = identity_of(event.instrument, said)
        found.undoings.setdefault(identity, []).append(told(event.instrument, said, event.undoing))


def _movement_accepted(facts: Facts, record: Record, event: MovementAccepted) -> None:
    found = facts.instruments[event.instrument]
    said = found.waiting.get(event.waiting)
    if said is not None:
        found.judged[event.waiting] = said
    undone = any(isinstance(each, MovementUndone) and each.undoing == event.waiting for each in record.events)
    if said is None or undone:
        return
    del found.waiting[event.waiting]
    takes = said.what == "delivered" or said.movement == "receive"
    found.custody += -amounts.parse(said.shares) if takes else amounts.parse(said.shares)


def _movement_dismissed(facts: Facts, _record: Record, event: MovementDismissed) -> None:
    found = facts.instruments[event.instrument]
    found.waiting.pop(event.waiting, None)
    found.undone.add(event.waiting)


def _shares_taken(facts: Facts, _record: Record, event: SharesTaken) -> None:
    found, shares = facts.instruments[event.instrument], amounts.parse(event.shares)
    if event.state == "pool":
        mint = found.open_mints.get(event.mint or "")
        lot = None if mint is None else mint.lots.get(event.lot or "")
        leave_pool(found, shares, None if lot is None else lot.place)
        if mint is not None and event.lot is not None:
            mint.taken[event.lot] += shares
        if event.reference is not None:
            found.short[event.reference] += shares
    elif event.state == "owed":
        found.owed += shares
    elif event.lot is not None:
        take(found, event.lot)
    if found.postponed[event.cause]:
        found.postponed[event.cause] -= shares
        found.owed -= shares


def _taking_postponed(facts: Facts, _record: Record, event: TakingPostponed) -> None:
    found, shares = facts.instruments[event.instrument], amounts.parse(event.shares)
    found.postponed[event.cause] += shares
    found.owed += shares


def _shares_returned(facts: Facts, _record: Record, event: SharesReturned) -> None:
    found, shares = facts.instruments[event.instrument], amounts.parse(event.shares)
    place = (event.servicer, event.account)
    if event.state == "pool":
        found.pool += shares
        found.pool_at[place] += shares
    elif event.state == "owed":
        found.owed -= shares
        found.postponed.pop(event.delivery, None)
    elif event.lot is not None:
        put(found, event.lot, LotFacts(shares, event.state, event.reference, place))


def _shares_covered(facts: Facts, _record: Record, event: SharesCovered) -> None:
    found = facts.instruments[event.instrument]
    lot, pool = take(found, event.lot), amounts.parse(event.pool)
    found.pool += pool
    if lot is not None:
        found.pool_at[lot.place] += pool
    found.owed -= amounts.parse(event.owed)
    if lot is not None and event.cause == "resettlement":
        found.short[lot.reference or ""] -= pool


def _deficit(facts: Facts, _record: Record, event: DeficitOpened | DeficitChanged) -> None:
    facts.instruments[event.instrument].deficit = amounts.parse(event.shares)


def _deficit_closed(facts: Facts, _record: Record, event: DeficitClosed) -> None:
    found = facts.instruments[event.instrument]
    found.deficit = 0
    found.short.clear()


FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    DeliveryConfirmed: _delivery_confirmed,
    MovementWaits: _movement_waits,
    MovementUndone: _movement_undone,
    MovementAccepted: _movement_accepted,
    MovementDismissed: _movement_dismissed,
    SharesTaken: _shares_taken,
    TakingPostponed: _taking_postponed,
    SharesReturned: _shares_returned,
    SharesCovered: _shares_covered,
    DeficitOpened: _deficit,
    DeficitChanged: _deficit,
    DeficitClosed: _deficit_closed,
}
