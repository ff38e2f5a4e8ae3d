"""An instrument's bridges as JSON that people read: what is in flight and why, what nobody could carry."""

from typing import Any

from schemas import amounts
from schemas.events.bridge import QueueingReason
from workers.core.ledger import departures, lanes
from workers.core.ledger.in_flight import Bridge, InFlight
from workers.core.ledger.state import State

_WAITING: dict[QueueingReason, str] = {
    "held": "the instrument is held",
    "lane_unknown": "no operators have set the lane",
    "lane_closed": "the lane is closed",
    "lane_limited": "the lane refills by time and by the opposite flow",
    "behind_others": "others go first",
}


def bridges_view(state: State, instrument: str, in_flight: InFlight) -> dict[str, Any]:
    """Return what is between the chains: units in flight, owners' remainders, bridges and lanes in use."""
    return {
        "in_flight": amounts.text(in_flight.units),
        "remainder": amounts.text(in_flight.remainder),
        "remainders": [
            {"chain": chain, "holder": holder, "units": amounts.text(units)}
            for (chain, holder), units in in_flight.remainders.items()
        ],
        "open": [_bridge(state, instrument, each) for each in in_flight.bridges.values()],
        "contradicted": [_contradicted(each, in_flight) for each in in_flight.contradicted.values()],
        "lanes": [
            {"source": lane[0], "destination": lane[1], "available": _available(state, instrument, lane)}
            for lane in sorted(in_flight.spent.keys() | in_flight.queues.keys())
        ],
    }


def _bridge(state: State, instrument: str, bridge: Bridge) -> dict[str, Any]:
    return {
        "bridge": bridge.bridge,
        "source": bridge.source,
        "holder": bridge.holder,
        "destination": bridge.destination,
        "recipient": bridge.recipient,
        "burned": amounts.text(bridge.units),
        "units": amounts.text(bridge.carried),
        "leg": bridge.leg,
        "attempts": bridge.attempts,
        "mint": bridge.mint,
        "open_because": _why(state, instrument, bridge),
    }


def _contradicted(bridge: Bridge, in_flight: InFlight) -> dict[str, Any]:
    """Return a bridge whose burn is not there, and what became of it."""
    may_act = bridge.bridge in in_flight.bridges
    return {
        "bridge": bridge.bridge,
        "source": bridge.source,
        "destination": bridge.destination,
        "burned": amounts.text(bridge.units),
        "leg": bridge.leg,
        "status": "void" if bridge.voided else "its mint may act" if may_act else "minted",
    }


def _why(state: State, instrument: str, bridge: Bridge) -> str:
    if bridge.mint is not None and bridge.bridge in state.book_of(instrument).in_flight.contradicted:
        return f"its burn is not there, and its {bridge.leg} mint may act until its account says otherwise"
    if bridge.mint is not None:
        return f"its {bridge.leg} mint is authorized and not final"
    return _WAITING[departures.why_waiting(state, instrument, bridge)]


def _available(state: State, instrument: str, lane: tuple[str, str]) -> str:
    return amounts.text(lanes.available(state, instrument, lane))
