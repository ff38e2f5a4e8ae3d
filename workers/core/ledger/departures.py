"""Departures: which bridges may be minted now, and in which order.

What goes back and what is tried again asks no lane: the lane let it go before. Everything else waits for its
lane, first in, first out. Nothing is authorized while a hold stands, and nothing is lost by waiting.
"""

from collections.abc import Iterator

from schemas import amounts, instants
from schemas.events import (
    BridgeMintAuthorized,
    BridgeReleased,
)
from schemas.events.bridge import QueueingReason
from schemas.registry import Event
from workers.core.ids import bridge_mint_id
from workers.core.ledger import lanes
from workers.core.ledger.in_flight import Bridge, BridgeMint, covering
from workers.core.ledger.state import State


def go_on(state: State, instrument: str) -> Iterator[Event]:
    """Authorize what may go now, as much as one decision may; a tick takes up the rest.

    What one lane lets go refills the opposite one, so the question is asked anew each time.
    """
    for _ in range(state.policy.events_per_decision_max):
        bridge = _next(state, instrument)
        if bridge is None:
            return
        if bridge.bridge not in state.book_of(instrument).in_flight.ready:
            yield _released(state, instrument, bridge)
        yield _mint(state, instrument, bridge)


def may_go(state: State, instrument: str) -> bool:
    """Return whether a bridge may be minted now."""
    return _next(state, instrument) is not None


def due_at(state: State, instrument: str) -> str | None:
    """Return when a bridge may be minted that nothing but time stops."""
    in_flight = state.book_of(instrument).in_flight
    if not in_flight.bridges or state.time is None or state.book_of(instrument).holds:
        return None
    if any(not _held(state, instrument, in_flight.bridges[name]) for name in in_flight.ready):
        return state.time
    waits = [
        0 if stop is None else stop.seconds
        for lane, queue in in_flight.queues.items()
        for bridge in [_first(state, instrument, queue)]
        if bridge is not None
        for stop in [lanes.blocked(state, instrument, lane, bridge.carried)]
    ]
    seconds = min((each for each in waits if each is not None), default=None)
    return None if seconds is None else instants.plus(state.time, seconds)


def why_waiting(state: State, instrument: str, bridge: Bridge) -> QueueingReason:
    """Return why a bridge is not minted now: `behind_others` also where one decision let enough others go."""
    if _held(state, instrument, bridge):
        return "held"
    in_flight = state.book_of(instrument).in_flight
    if bridge.bridge in in_flight.ready:
        return "behind_others"
    stop = lanes.blocked(state, instrument, bridge.lane, bridge.carried)
    if stop is None:
        return "behind_others"
    is_first = _first(state, instrument, in_flight.queues[bridge.lane]) is bridge
    return stop.why if is_first or stop.why != "lane_limited" else "behind_others"


def _next(state: State, instrument: str) -> Bridge | None:
    in_flight = state.book_of(instrument).in_flight
    if not in_flight.bridges or state.book_of(instrument).holds:
        return None
    for name in in_flight.ready:
        if not _held(state, instrument, in_flight.bridges[name]):
            return in_flight.bridges[name]
    for lane, queue in in_flight.queues.items():
        bridge = _first(state, instrument, queue)
        if bridge is not None and lanes.blocked(state, instrument, lane, bridge.carried) is None:
            return bridge
    return None


def _held(state: State, instrument: str, bridge: Bridge) -> bool:
    return bool(state.book_of(instrument).holds) or bool(covering(state.rules, bridge))


def _first(state: State, instrument: str, queue: dict[str, None]) -> Bridge | None:
    """Return the first that no hold stops: one wallet's hold does not stop everybody behind it."""
    bridges = state.book_of(instrument).in_flight.bridges
    return next((bridges[name] for name in queue if not covering(state.rules, bridges[name])), None)


def _released(state: State, instrument: str, bridge: Bridge) -> BridgeReleased:
    return BridgeReleased(
        bridge=bridge.bridge,
        instrument=instrument,
        source=bridge.source,
        destination=bridge.destination,
        units=amounts.text(bridge.carried),
        available=amounts.text(lanes.available(state, instrument, bridge.lane)),
    )


def _mint(state: State, instrument: str, bridge: Bridge) -> BridgeMintAuthorized:
    """Return the authorization of the bridge's next mint.

    Units travel, and the version of the multiplier that they were burned at: what a unit is worth in shares
    may have changed since, but neither how many there are nor what backs them, which counts them in flight
    at the present one.
    """
    back = bridge.leg == "refund"
    token = state.rules.token(instrument, bridge.source if back else bridge.destination)
    assert token is not None, "a bridge that goes on goes where there is a token, and tokens stay"
    assert state.time is not None, "a book that mints has a time"
    recipient, units = bridge.holder if back else bridge.recipient, amounts.text(bridge.carried)
    attempt = bridge.attempts + 1
    return BridgeMintAuthorized(
        mint=bridge_mint_id(
            bridge=bridge.bridge,
            leg=bridge.leg,
            attempt=attempt,
            chain=token.chain,
            token=token.token,
            recipient=recipient,
            units=units,
        ),
        bridge=bridge.bridge,
        instrument=instrument,
        leg=bridge.leg,
        attempt=attempt,
        chain=token.chain,
        token=token.token,
        recipient=recipient,
        units=units,
        decimals=token.decimals,
        multiplier=bridge.multiplier,
        account=token.account,
        deadline=instants.plus(state.time, state.policy.mint_deadline_seconds),
    )


def bridge_released(state: State, event: BridgeReleased) -> None:
    """Count the units in the lane; the bridge needs it no more."""
    in_flight = state.book_of(event.instrument).in_flight
    in_flight.dequeue(in_flight.bridges[event.bridge])
    in_flight.ready[event.bridge] = None
    lanes.let_go(state, event.instrument, (event.source, event.destination), amounts.parse(event.units))


def bridge_mint_authorized(state: State, event: BridgeMintAuthorized) -> None:
    """Open the mint; its units stay in flight until it is final."""
    in_flight = state.book_of(event.instrument).in_flight
    bridge = in_flight.bridges[event.bridge]
    del in_flight.ready[event.bridge]
    bridge.mint, bridge.attempts = event.mint, event.attempt
    in_flight.mints[event.mint] = BridgeMint(
        event.mint,
        event.bridge,
        event.leg,
        event.attempt,
        event.chain,
        event.account,
        amounts.parse(event.units),
    )
    in_flight.unasked[event.mint] = None


EVOLVE = {BridgeReleased: bridge_released, BridgeMintAuthorized: bridge_mint_authorized}
