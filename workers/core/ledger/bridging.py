"""Bridging: a holder burned units on one chain to have them on another; a burn is a fact, and never lost.

The burn puts its units in flight. Where they can be minted they are queued for their lane; where they never
can, they are turned back, and minted again for their holder.
"""

from collections.abc import Iterator

from schemas import amounts
from schemas.canonical import digest, encode
from schemas.envelope import Message
from schemas.events import (
    BridgeCompleted,
    BridgeQueued,
    BridgeRepeated,
    BridgeStarted,
    BridgeTurnedBack,
    MessageParked,
    RemainderBooked,
)
from schemas.events.bridge import TurningBack
from schemas.house import Token
from schemas.messages import UnitsBridgedOutSeen
from schemas.registry import Event
from schemas.streams import partition_of
from workers.core.ids import derive
from workers.core.ledger import departures, lanes
from workers.core.ledger.holds import set_aside
from workers.core.ledger.in_flight import Bridge
from workers.core.ledger.state import Given, InstrumentBook, State


def units_bridged_out_seen(state: State, given: Given, message: Message) -> Iterator[Event]:
    """Put what was burned in flight, and let it go where it can."""
    seen = message.body
    assert isinstance(seen, UnitsBridgedOutSeen), "the message's type decides its body"
    parked = _parked(state, message, seen)
    if parked is not None:
        yield parked
        return
    instrument = message.instrument or ""
    book = state.book_of(instrument)
    bridge = bridge_id(seen)
    if bridge in book.in_flight.known:
        if book.in_flight.known[bridge] == _told(seen):
            yield BridgeRepeated(bridge=bridge)
        else:
            yield from set_aside(given, "bridge_contradicts", f"bridge {bridge} was told otherwise before")
        return
    if not _can_be(book, seen.chain, amounts.parse(seen.units)):
        supply = amounts.text(book.supply.get(seen.chain, 0))
        text = f"{seen.units} units were burned on {seen.chain}, where {supply} and open mints are"
        yield from set_aside(given, "units_contradict", text)
        return
    yield _started(state, instrument, bridge, seen)
    yield from _set_out(state, instrument, book.in_flight.bridges[bridge])


def _parked(state: State, message: Message, seen: UnitsBridgedOutSeen) -> MessageParked | None:
    """Return why nobody here can believe that the burn was one of our units."""
    instrument = message.instrument
    if instrument is None or partition_of(instrument, state.rules.partitions) != state.partition:
        return MessageParked(code="misrouted", text=f"a burn of {instrument} is not decided in this book")
    token = state.rules.token(instrument, seen.chain)
    if token is None or token.token != seen.token:
        text = f"{seen.token} on {seen.chain} is no token of {instrument}"
        return MessageParked(code="instrument_unknown", text=text)
    if message.sender != token.account or seen.account != token.account:
        text = f"{message.sender} may not speak of {seen.token}, which is {token.account}'s"
        return MessageParked(code="sender_not_allowed", text=text)
    return None


def bridge_id(seen: UnitsBridgedOutSeen) -> str:
    """Return the id of what one event of one transaction began, whoever tells of it."""
    return derive("bridge", seen.chain, seen.transaction, seen.index)


def _told(said: UnitsBridgedOutSeen | BridgeStarted) -> str:
    """Return what a second message of the same burn is compared with."""
    place = [said.chain, said.token, said.transaction, said.index, said.block_height, said.block_hash]
    return digest(encode([*place, said.units, said.holder, said.destination, said.recipient]))


def _can_be(book: InstrumentBook, chain: str, units: int) -> bool:
    """Return whether so many units can be on a chain.

    A mint may be final there, and its units burned, before its receipt comes in: supply is less than zero
    until then, by no more than what is authorized.
    """
    supply = book.supply.get(chain, 0)
    if units <= supply:
        return True
    minting = sum(mint.units for mint in book.mints.values() if mint.chain == chain)
    bridging = sum(mint.units for mint in book.in_flight.mints.values() if mint.chain == chain)
    return units <= supply + minting + bridging


def _started(state: State, instrument: str, bridge: str, seen: UnitsBridgedOutSeen) -> BridgeStarted:
    return BridgeStarted(
        bridge=bridge,
        instrument=instrument,
        chain=seen.chain,
        token=seen.token,
        units=seen.units,
        multiplier=state.rules.instruments[instrument].multiplier,
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
    return None if bridge.recipient else "recipient_unreadable"


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
    in_flight.known[event.bridge] = _told(event)
    bridge = Bridge(
        event.bridge,
        event.chain,
        event.holder,
        event.destination or "",
        event.recipient or "",
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
