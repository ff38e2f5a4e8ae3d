"""Lanes: how many units of an instrument may go from one chain to another, as a token bucket on message time.

What is kept is what was spent and has not come back, so that a lane nobody used is full, and so that what is
larger than the capacity pays for all of itself before the next one goes.
"""

from dataclasses import dataclass

from schemas import amounts, instants
from schemas.events.bridge import QueueingReason
from schemas.house import SetLane
from workers.core.ledger.in_flight import Lane, Spent
from workers.core.ledger.state import InstrumentBook, State

WAIT_SECONDS_MAX = 86_400
"""A lane that refills for longer is looked at again by then."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a lane lets nothing of this size go now, and in how many seconds it will; None: not by time."""

    why: QueueingReason
    seconds: int | None


def available(state: State, instrument: str, lane: Lane) -> int:
    """Return the units that the lane has now; none where it is unknown."""
    terms = state.rules.lane(instrument, *lane)
    if terms is None:
        return 0
    return max(0, amounts.parse(terms.capacity_units) - spent(state, instrument, lane))


def spent(state: State, instrument: str, lane: Lane) -> int:
    """Return what the lane has let go and not got back, by the time and by the opposite flow."""
    before = state.book_of(instrument).in_flight.spent.get(lane)
    terms = state.rules.lane(instrument, *lane)
    if before is None or terms is None or state.time is None:
        return 0
    refilled = amounts.parse(terms.refill_units_per_second) * instants.seconds_between(before.at, state.time)
    return max(0, before.units - refilled)


def blocked(state: State, instrument: str, lane: Lane, units: int) -> Blocked | None:
    """Return why units cannot go now; more than the capacity can when the bucket is full."""
    terms = state.rules.lane(instrument, *lane)
    if terms is None:
        return Blocked("lane_unknown", None)
    if not terms.open:
        return Blocked("lane_closed", None)
    may_be_spent = max(0, amounts.parse(terms.capacity_units) - units)
    beyond = spent(state, instrument, lane) - may_be_spent
    if beyond <= 0:
        return None
    refill = amounts.parse(terms.refill_units_per_second)
    seconds = None if refill == 0 else min(-(-beyond // refill), WAIT_SECONDS_MAX)
    return Blocked("lane_limited", seconds)


def let_go(state: State, instrument: str, lane: Lane, units: int) -> None:
    """Count units as spent here, and as come back in the opposite direction."""
    assert state.time is not None, "a book that lets something go has a time"
    opposite = (lane[1], lane[0])
    here, there = spent(state, instrument, lane), spent(state, instrument, opposite)
    in_flight = state.book_of(instrument).in_flight
    in_flight.spent[lane] = Spent(here + units, state.time)
    if opposite in in_flight.spent:
        in_flight.spent[opposite] = Spent(max(0, there - units), state.time)


def settle(state: State, rule: SetLane) -> None:
    """Bring what was spent up to this moment by the terms that end now."""
    lane = (rule.source, rule.destination)
    for instrument, book in state.instruments.items():
        if rule.instrument in (None, instrument):
            _settle(state, instrument, book, lane)


def _settle(state: State, instrument: str, book: InstrumentBook, lane: Lane) -> None:
    if lane in book.in_flight.spent and state.time is not None:
        book.in_flight.spent[lane] = Spent(spent(state, instrument, lane), state.time)
