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
    BridgeRestored,
    BridgeStarted,
    BridgeTurnedBack,
    RemainderBooked,
)
from schemas.events.bridge import TurningBack
from schemas.events.units import BY_DIGEST
from schemas.house import Token, TurnBridgeBack
from schemas.messages import UnitsBridgedOutSeen
from schemas.registry import Event
from workers.core.ids import bridge_id
from workers.core.ledger import departures, lanes, multiplier, places
from workers.core.ledger.holds import set_aside
from workers.core.ledger.in_flight import Bridge, InFlight
from workers.core.ledger.state import Given, State
from workers.core.ledger.units import is_news, keep


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
    before = _contradicted(book.in_flight, seen)
    if before is not None:
        yield from _restored(state, instrument, before, seen)
        return
    started = _started(state, instrument, seen)
    yield started
    yield from _set_out(state, instrument, book.in_flight.bridges[started.bridge])


def bridge_told(said: UnitsBridgedOutSeen | BridgeStarted) -> str:
    """Return what a sighting was told to be."""
    return _burn_told(said.units, said.holder, said.recipient, said.destination)


def _burn_told(units: str, holder: str, recipient: str, destination: str) -> str:
    return f"a burn of {units} by {holder} for {recipient} on {destination}"


def _contradicted(in_flight: InFlight, seen: UnitsBridgedOutSeen) -> Bridge | None:
    """Return the bridge that the same transaction began, in a block that is gone."""
    for bridge in in_flight.contradicted.values():
        is_same = (bridge.source, bridge.transaction) == (seen.chain, seen.transaction)
        if is_same and _told_of(bridge) == bridge_told(seen):
            return bridge
    return None


def _told_of(bridge: Bridge) -> str:
    return _burn_told(amounts.text(bridge.units), bridge.holder, bridge.recipient, bridge.destination)


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


def _restored(state: State, instrument: str, bridge: Bridge, seen: UnitsBridgedOutSeen) -> Iterator[Event]:
    """Burn a contradicted bridge's units after all; one that could not be minted any more sets out again."""
    was_voided = bridge.voided
    yield BridgeRestored(
        sighting=seen.sighting,
        bridge=bridge.bridge,
        instrument=instrument,
        chain=seen.chain,
        units=seen.units,
        transaction=seen.transaction,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    if was_voided:
        yield from _set_out(state, instrument, bridge)


def _set_out(state: State, instrument: str, bridge: Bridge) -> Iterator[Event]:
    """Say where the bridge goes, and with how much; let it go, or say why it waits."""
    token = state.rules.token(instrument, bridge.destination)
    why = _turning_back(bridge, token)
    if bridge.leg == "refund":
        pass  # it was turned back before its burn was contradicted, and goes back as it was burned
    elif token is None or why is not None:
        yield BridgeTurnedBack(bridge=bridge.bridge, instrument=instrument, why=why or "destination_unknown")
    else:
        yield from _remainder(state, instrument, bridge, token)
    if bridge.carried == 0:
        yield BridgeCompleted(bridge=bridge.bridge, instrument=instrument, outcome="remainder", units="0")
        return
    yield from places.resume(state, instrument)
    yield from departures.go_on(state, instrument)
    if bridge.mint is None and bridge.bridge in state.book_of(instrument).in_flight.bridges:
        yield _queued(state, instrument, bridge)


def turn_back(state: State, order: TurnBridgeBack) -> Iterator[Event]:
    """Send a bridge's units back, as two operators say."""
    yield BridgeTurnedBack(bridge=order.bridge, instrument=order.instrument, why="operators")
    yield from departures.go_on(state, order.instrument)


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
    bridge = Bridge(
        event.bridge,
        event.chain,
        event.holder,
        event.destination,
        event.recipient,
        units,
        units,
        event.multiplier,
        event.transaction,
    )
    keep(book, event, bridge_told(event)).bridge = bridge
    in_flight.bridges[event.bridge] = bridge
    in_flight.queues.setdefault(bridge.lane, {})[event.bridge] = None


def bridge_restored(state: State, event: BridgeRestored) -> None:
    """Take the units off their chain again; a bridge that was voided is in flight again."""
    book = state.book_of(event.instrument)
    in_flight = book.in_flight
    bridge = in_flight.contradicted.pop(event.bridge)
    book.supply[event.chain] = book.supply.get(event.chain, 0) - bridge.units
    keep(book, event, _told_of(bridge)).bridge = bridge
    if not bridge.voided:
        return
    bridge.voided, bridge.carried = False, bridge.units
    in_flight.units += bridge.units
    in_flight.bridges[event.bridge] = bridge
    if bridge.leg == "refund":
        in_flight.ready[event.bridge] = None
    else:
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
    BridgeRestored: bridge_restored,
    RemainderBooked: remainder_booked,
    BridgeQueued: bridge_queued,
    BridgeTurnedBack: bridge_turned_back,
    BridgeCompleted: bridge_completed,
}
