"""INV-002 what leaves is taken where it is, INV-013 what is undone was told, INV-014 what fills a gap."""

from collections.abc import Iterator

from schemas import amounts
from schemas.events import (
    DeliveryConfirmed,
    MovementAccepted,
    MovementDismissed,
    MovementUndone,
    MovementWaits,
    SharesCovered,
    SharesReturned,
    SharesTaken,
)
from schemas.house import AcceptMovement, CoverShortfall, DismissMovement
from workers.core.invariants.confirmations import identity_of, is_doubtful, same, told
from workers.core.invariants.custody import states_facts
from workers.core.invariants.facts import Facts
from workers.core.invariants.folding_movements import UNDOINGS, said_by
from workers.core.invariants.predicate import Predicate, Record


def delivery_is_what_was_confirmed(facts: Facts, record: Record, event: DeliveryConfirmed) -> Iterator[str]:
    """A delivery is a confirmed one, once, of the settled quantity, by who may say so."""
    said = said_by(record)
    if said is None or (said.kind, said.movement) != ("settlement_confirmed", "deliver"):
        yield f"delivery {event.delivery} comes from no confirmed delivery"
        return
    if (event.shares, event.servicer, event.account) != (said.quantity, said.servicer, said.account):
        yield f"delivery {event.delivery} is of {event.shares}, {said.quantity} settled on {said.account}"
    yield from states_facts(facts, record, event.instrument, said)
    found = facts.instruments[event.instrument]
    earlier = found.told.get(identity_of(event.instrument, said), [])
    if is_doubtful(said, earlier, found.undone):
        yield f"delivery {event.delivery} may be one that was told before"


def waiting_is_said(facts: Facts, record: Record, event: MovementWaits) -> Iterator[str]:
    """What waits was said by who may say so, is not a repetition, and cannot be accounted for."""
    said = said_by(record)
    if said is None or event.shares != said.quantity or event.movement != said.movement:
        yield f"nobody said what waits as {event.waiting}"
        return
    yield from states_facts(facts, record, event.instrument, said)
    found = facts.instruments[event.instrument]
    where = found.undoings if said.kind in UNDOINGS else found.told
    earlier = where.get(identity_of(event.instrument, said), [])
    now = told(event.instrument, said, event.waiting)
    if any(same(first, now, found.undone) for first in earlier):
        yield f"what waits as {event.waiting} was told before"


def undone_was_told(facts: Facts, record: Record, event: MovementUndone) -> Iterator[str]:
    """What is undone was told, is so large, and was not undone before; its undoing was said or waited."""
    found = facts.instruments[event.instrument]
    undone = found.movements.get(event.undone)
    if undone is None or event.undone in found.undone:
        yield f"{event.undone} is no movement that stands"
        return
    if (undone.shares, undone.movement) != (amounts.parse(event.shares), event.movement):
        yield f"{event.undone} is a {undone.movement} of {amounts.text(undone.shares)}"
    said = said_by(record)
    if event.undoing in found.waiting:
        return
    if said is None or said.kind not in UNDOINGS:
        yield f"nobody undid {event.undone}"
        return
    yield from states_facts(facts, record, event.instrument, said)
    earlier = found.undoings.get(identity_of(event.instrument, said), [])
    now = told(event.instrument, said, event.undoing)
    if any(same(first, now, found.undone) for first in earlier):
        yield f"the undoing {event.undoing} was told before"


def operators_judged(
    facts: Facts, record: Record, event: MovementAccepted | MovementDismissed
) -> Iterator[str]:
    """What waits is accepted or dismissed by two operators, once."""
    ordered = facts.books[record.book].ordered
    kind = AcceptMovement if isinstance(event, MovementAccepted) else DismissMovement
    named = isinstance(ordered, kind) and (ordered.instrument, ordered.waiting)
    if named != (event.instrument, event.waiting):
        yield f"two operators did not judge {event.waiting}"
    if event.waiting not in facts.instruments[event.instrument].waiting:
        yield f"{event.waiting} does not wait"


def taken_is_there(facts: Facts, _record: Record, event: SharesTaken) -> Iterator[str]:
    """Shares are taken where they are: a whole lot, an open mint's lot, the pool; nothing more is owed."""
    found, shares = facts.instruments[event.instrument], amounts.parse(event.shares)
    if event.mint is not None:
        mint = found.open_mints.get(event.mint)
        lot = None if mint is None else mint.lots.get(event.lot or "")
        if mint is None or lot is None or mint.taken[event.lot or ""] + shares > lot.shares:
            yield f"{event.shares} shares are not in lot {event.lot} of mint {event.mint}"
        return
    if event.state not in ("pool", "owed"):
        lot = found.lots.get(event.lot or "")
        if lot is None or (lot.state, lot.shares) != (event.state, shares):
            yield f"lot {event.lot} is not {event.shares} shares in {event.state}"
        return
    left = found.by_state["unassigned"] + found.by_state["free"]
    if left or (event.state == "owed" and found.pool):
        yield f"{event.shares} were taken from {event.state} while {amounts.text(left)} lay open"


def returned_was_taken(facts: Facts, record: Record, event: SharesReturned) -> Iterator[str]:
    """Shares come back by the undoing of their delivery, or by an undoing that operators accepted."""
    named = (MovementUndone, MovementAccepted)
    if not any(isinstance(each, named) and each.instrument == event.instrument for each in record.events):
        yield f"nothing brought {event.shares} shares back"
    if event.lot is not None and event.lot in facts.instruments[event.instrument].known_lots:
        yield f"lot {event.lot} was there before"


def cover_fills_what_is_short(facts: Facts, record: Record, event: SharesCovered) -> Iterator[str]:
    """A lot fills what is short by its own reference, or by two operators and from treasury; never more."""
    found = facts.instruments[event.instrument]
    lot = found.lots.get(event.lot)
    pool, owed = amounts.parse(event.pool), amounts.parse(event.owed)
    if lot is None or lot.shares != pool + owed or pool + owed == 0:
        yield f"lot {event.lot} is not {event.pool} and {event.owed} shares"
        return
    if pool > found.deficit or owed > found.owed:
        yield f"{event.pool} and {event.owed} are more than is short"
    if event.cause == "resettlement":
        if pool > found.short[lot.reference or ""]:
            yield f"lot {event.lot} settled under {lot.reference}, of which nothing is short"
        return
    ordered = facts.books[record.book].ordered
    if not isinstance(ordered, CoverShortfall) or ordered.lot not in (event.lot, lot.parent):
        yield f"two operators did not give lot {event.lot}"
    if lot.state != "free":
        yield f"lot {event.lot} is {lot.state}, not free"


PREDICATES = (
    Predicate("INV-002", SharesTaken, taken_is_there),
    Predicate("INV-002", SharesReturned, returned_was_taken),
    Predicate("INV-013", DeliveryConfirmed, delivery_is_what_was_confirmed),
    Predicate("INV-013", MovementWaits, waiting_is_said),
    Predicate("INV-013", MovementUndone, undone_was_told),
    Predicate("INV-017", MovementAccepted, operators_judged),
    Predicate("INV-017", MovementDismissed, operators_judged),
    Predicate("INV-014", SharesCovered, cover_fills_what_is_short),
)
