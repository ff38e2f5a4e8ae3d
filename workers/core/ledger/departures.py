"""Departures: which bridges may be minted now, in which order, and what the chain's word on a mint leads to.

What goes back and what is tried again asks no lane: the lane let it go before. Everything else waits for its
lane, first in, first out. Nothing is authorized while a hold stands, and nothing is lost by waiting.
"""

from collections.abc import Iterator

from schemas import amounts, instants
from schemas.events import (
    BridgeCompleted,
    BridgeFinalityContradicted,
    BridgeMintAuthorized,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeReleased,
    BridgeTurnedBack,
    HoldPlaced,
)
from schemas.events.bridge import BridgeOutcome, QueueingReason
from schemas.messages import OperationSeenClosed, OperationSeenFinal
from schemas.registry import Event
from workers.core.ids import bridge_mint_id, derive
from workers.core.ledger import lanes
from workers.core.ledger.in_flight import Bridge, BridgeMint, FinalBridgeMint
from workers.core.ledger.minting import FINAL_MINTS_KEPT
from workers.core.ledger.state import InstrumentBook, State


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
    if not in_flight.bridges or state.time is None or _held(state, instrument):
        return None
    if in_flight.ready:
        return state.time
    waits = [
        0 if stop is None else stop.seconds
        for lane, queue in in_flight.queues.items()
        for stop in [lanes.blocked(state, instrument, lane, _first(state, instrument, queue).carried)]
    ]
    seconds = min((each for each in waits if each is not None), default=None)
    return None if seconds is None else instants.plus(state.time, seconds)


def why_waiting(state: State, instrument: str, bridge: Bridge) -> QueueingReason:
    """Return why a bridge is not minted now: `behind_others` also where one decision let enough others go."""
    if _held(state, instrument):
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
    if not in_flight.bridges or _held(state, instrument):
        return None
    for name in in_flight.ready:
        return in_flight.bridges[name]
    for lane, queue in in_flight.queues.items():
        bridge = _first(state, instrument, queue)
        if lanes.blocked(state, instrument, lane, bridge.carried) is None:
            return bridge
    return None


def _held(state: State, instrument: str) -> bool:
    return bool(state.book_of(instrument).holds)


def _first(state: State, instrument: str, queue: dict[str, None]) -> Bridge:
    return state.book_of(instrument).in_flight.bridges[next(iter(queue))]


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


def arrived(instrument: str, mint: BridgeMint, seen: OperationSeenFinal) -> Iterator[Event]:
    """Close a mint with the chain's word that it happened: nothing of its bridge is in flight any more."""
    yield BridgeMintFinalized(
        mint=mint.mint,
        bridge=mint.bridge,
        instrument=instrument,
        leg=mint.leg,
        chain=seen.chain,
        units=seen.units,
        transaction=seen.transaction,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    outcome: BridgeOutcome = "minted" if mint.leg == "destination" else "refunded"
    yield BridgeCompleted(bridge=mint.bridge, instrument=instrument, outcome=outcome, units=seen.units)


def failed(state: State, instrument: str, mint: BridgeMint, seen: OperationSeenClosed) -> Iterator[Event]:
    """Take a mint back that provably never happened: try again, turn back, or leave a refund to people."""
    yield BridgeMintFailed(
        mint=mint.mint,
        bridge=mint.bridge,
        instrument=instrument,
        leg=mint.leg,
        proof=seen.proof,
        block_height=seen.block_height,
        block_hash=seen.block_hash,
    )
    if mint.recall is None and mint.attempt >= state.policy.mint_attempts_max:
        yield _given_up(instrument, mint)
    yield from go_on(state, instrument)


def _given_up(instrument: str, mint: BridgeMint) -> BridgeTurnedBack | HoldPlaced:
    if mint.leg == "destination":
        return BridgeTurnedBack(bridge=mint.bridge, instrument=instrument, why="destination_failed")
    return HoldPlaced(
        hold=derive("hold", "refund_failed_too_often", mint.mint),
        instrument=instrument,
        reason="refund_failed_too_often",
        text=f"the refund of bridge {mint.bridge} on {mint.chain} failed {mint.attempt} times",
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


def bridge_mint_finalized(state: State, event: BridgeMintFinalized) -> None:
    """Count the units as supply, and in flight no more."""
    book = state.book_of(event.instrument)
    in_flight, bridge = book.in_flight, book.in_flight.bridges[event.bridge]
    mint = _close(book, event.mint, event.transaction)
    in_flight.units -= mint.units
    book.supply[event.chain] = book.supply.get(event.chain, 0) + mint.units
    in_flight.final_mints[event.mint] = FinalBridgeMint(
        mint, bridge, event.transaction, event.block_height, event.block_hash
    )
    if len(in_flight.final_mints) > FINAL_MINTS_KEPT:
        in_flight.final_mints.popitem(last=False)


def bridge_mint_failed(state: State, event: BridgeMintFailed) -> None:
    """Let the bridge be minted again."""
    book = state.book_of(event.instrument)
    _close(book, event.mint, None)
    book.in_flight.ready[event.bridge] = None


def bridge_mint_reopened(state: State, event: BridgeFinalityContradicted) -> None:
    """Take the units out of supply; they are in flight again, with their bridge and its mint."""
    book = state.book_of(event.instrument)
    in_flight, final = book.in_flight, book.in_flight.final_mints.pop(event.mint)
    del book.closed_mints[event.mint]
    book.reopened[event.mint] = event.account_seq
    book.supply[event.chain] -= final.mint.units
    in_flight.units += final.mint.units
    final.mint.recall, final.bridge.mint = None, event.mint
    in_flight.bridges[event.bridge] = final.bridge
    in_flight.mints[event.mint] = final.mint
    in_flight.unasked[event.mint] = None


def _close(book: InstrumentBook, name: str, closed_as: str | None) -> BridgeMint:
    mint = book.in_flight.mints.pop(name)
    book.closed_mints[name] = closed_as
    book.in_flight.bridges[mint.bridge].mint = None
    book.in_flight.unasked.pop(name, None)
    return mint


EVOLVE = {
    BridgeReleased: bridge_released,
    BridgeMintAuthorized: bridge_mint_authorized,
    BridgeMintFinalized: bridge_mint_finalized,
    BridgeMintFailed: bridge_mint_failed,
    BridgeFinalityContradicted: bridge_mint_reopened,
}
