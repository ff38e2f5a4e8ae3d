"""Bridging: a holder burned units on one chain to have them on another; a burn is a fact, and never lost.

The burn puts its units in flight. Where they can be minted they are queued for their lane; where they never
can, they are turned back, and minted again for their holder.
"""

from collections.abc import Iterator

from schemas import amounts
from schemas.envelope import Message
from schemas.events import (
    BridgeCompleted,
    BridgeQueued,
    BridgeStarted,
    BridgeTurnedBack,
    RemainderBooked,
)
from schemas.events.bridge import TurningBack
from schemas.events.units import BY_DIGEST
from schemas.house import Token
from schemas.messages import UnitsBridgedOutSeen
from schemas.registry import Event
from workers.core.ids import bridge_id
from workers.core.ledger import departures, lanes, multiplier
from workers.core.ledger.holds import set_aside
from workers.core.ledger.in_flight import Bridge
from workers.core.ledger.state import Given, State
from workers.core.ledger.units import is_news


def units_bridged_out_seen(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Put what was burned in flight, and let it go where it can."""
    seen = message.body
    assert isinstance(seen, UnitsBridgedOutSeen), "the message's type decides its body"
    instrument = message.instrument or ""
    if not (yield from is_news(state, given, message, seen, bridge_told(seen))):
        return
    book = state.book_of(instrument)
    units, known = amounts.parse(seen.units), book.units_on(seen.chain)
    if units > known:
        text = f"{seen.units} units were burned on {seen.chain}, where {amounts.text(known)} can be"
        yield from set_aside(given, "receipt_contradicts", text)
        return
    started = _started(state, instrument, seen)
    yield started
    yield from _set_out(state, instrument, book.in_flight.bridges[started.bridge])


def bridge_told(said: UnitsBridgedOutSeen | BridgeStarted) -> str:
    """Return what a sighting was told to be."""
    return f"a burn of {said.units} by {said.holder} for {said.recipient} on {said.destination}"


def _started(state: State, instrument: str, seen: UnitsBridgedOutSeen) -> BridgeStarted:
    return BridgeStarted(
        bridge=bridge_id(seen.chain, seen.transaction, seen.index),
        sighting=seen.sighting,
        instrument=instrument,
        chain=seen.chain,
        token=seen.token,
        units=seen.units,
        multiplier=amounts.text(multiplier.current(state, instrument)),
        holder=seen.holder,
        destination=seen.destination,
        recipient=seen.recipient,
        transaction=seen.transaction,
        index=seen.index,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )


def _set_out(state: State, instrument: str, bridge: Bridge) -> Iterator[Event]:
    """Say where the bridge goes, and with how much; let it go, or say why it waits."""
    token = state.rules.token(instrument, bridge.destination)
    why = _turning_back(bridge, token)
    if token is None or why is not None:
        yield BridgeTurnedBack(bridge=bridge.bridge, instrument=instrument, why=why or "destination_unknown")
    else:
        yield from _remainder(state, instrument, bridge, token)
    if bridge.carried == 0:
        yield BridgeCompleted(bridge=bridge.bridge, instrument=instrument, outcome="remainder", units="0")
        return
    yield from departures.go_on(state, instrument)
    if bridge.mint is None:
        yield _queued(state, instrument, bridge)


def _turning_back(bridge: Bridge, token: Token | None) -> TurningBack | None:
    # A chain has no lane to itself: who burns to be where they are gets the units back there.
    if token is None or bridge.destination == bridge.source:
        return "destination_unknown"
    return "recipient_unreadable" if bridge.recipient.startswith(BY_DIGEST) else None


def _remainder(state: State, instrument: str, bridge: Bridge, token: Token) -> Iterator[RemainderBooked]:
    """Keep what the destination cannot carry for its owner, with what was kept for them before."""
    remainders = state.book_of(instrument).in_flight.remainders
    before = remainders.get((bridge.source, bridge.holder), 0)
    after = (bridge.units + before) % 10 ** (amounts.PLACES - token.decimals)
    if (before, after) == (0, 0) or before == after:
        return
    yield RemainderBooked(
        bridge=bridge.bridge,
        instrument=instrument,
        chain=bridge.source,
        holder=bridge.holder,
        before=amounts.text(before),
        units=amounts.text(after),
    )


def _queued(state: State, instrument: str, bridge: Bridge) -> BridgeQueued:
    return BridgeQueued(
        bridge=bridge.bridge,
        instrument=instrument,
        why=departures.why_waiting(state, instrument, bridge),
        units=amounts.text(bridge.carried),
        available=amounts.text(lanes.available(state, instrument, bridge.lane)),
    )


def bridge_started(state: State, event: BridgeStarted) -> None:
    """Take the units off their chain; they are in flight, in the queue of their lane."""
    book = state.book_of(event.instrument)
    units = amounts.parse(event.units)
    book.supply[event.chain] = book.supply.get(event.chain, 0) - units
    in_flight = book.in_flight
    in_flight.units += units
    book.sightings[event.sighting] = bridge_told(event)
    bridge = Bridge(
        event.bridge,
        event.chain,
        event.holder,
        event.destination,
        event.recipient,
        units,
        units,
        event.multiplier,
    )
    in_flight.bridges[event.bridge] = bridge
    in_flight.queues.setdefault(bridge.lane, {})[event.bridge] = None


def remainder_booked(state: State, event: RemainderBooked) -> None:
    """Let the bridge travel without what is its owner's remainder now, and with what was."""
    in_flight = state.book_of(event.instrument).in_flight
    before, after = amounts.parse(event.before), amounts.parse(event.units)
    owner = (event.chain, event.holder)
    in_flight.bridges[event.bridge].carried += before - after
    in_flight.units += before - after
    in_flight.remainder += after - before
    in_flight.remainders[owner] = after
    if after == 0:
        del in_flight.remainders[owner]


def bridge_queued(state: State, event: BridgeQueued) -> None:
    """Remember why it had to wait."""
    state.book_of(event.instrument).in_flight.bridges[event.bridge].queued = event.why


def bridge_turned_back(state: State, event: BridgeTurnedBack) -> None:
    """Let it go back, by no lane; the mints of the way back are counted anew."""
    in_flight = state.book_of(event.instrument).in_flight
    bridge = in_flight.bridges[event.bridge]
    in_flight.dequeue(bridge)
    in_flight.ready[event.bridge] = None
    bridge.leg, bridge.attempts = "refund", 0


def bridge_completed(state: State, event: BridgeCompleted) -> None:
    """Keep only what recognises the same burn again."""
    in_flight = state.book_of(event.instrument).in_flight
    bridge = in_flight.bridges.pop(event.bridge)
    in_flight.dequeue(bridge)
    in_flight.ready.pop(event.bridge, None)


DECIDE = {"units_bridged_out_seen": units_bridged_out_seen}
EVOLVE = {
    BridgeStarted: bridge_started,
    RemainderBooked: remainder_booked,
    BridgeQueued: bridge_queued,
    BridgeTurnedBack: bridge_turned_back,
    BridgeCompleted: bridge_completed,
}
