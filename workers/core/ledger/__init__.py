"""Deciding a ledger book: `decide` says what a message means, `evolve` applies what was decided."""

from collections.abc import Callable, Iterator
from typing import Any

from schemas.canonical import digest
from schemas.envelope import Message, NotAMessage, decode_message
from schemas.events import HoldPlaced, MessageParked, MessageSetAside
from schemas.identifiers import SENTENCE_MAX
from schemas.messages import BODIES
from schemas.registry import Event
from workers.core.ledger import (
    arrivals,
    bridging,
    burning,
    cancellation,
    clock,
    closures,
    contradictions,
    custody,
    deliveries,
    departures,
    finality,
    holds,
    house,
    instructions,
    issuance,
    limits,
    lots,
    minting,
    multiplier,
    places,
    recall,
    receipts,
    redemption,
    shortfall,
    statements,
    takings,
    undoing,
    units,
    waiting,
    withdrawals,
)
from workers.core.ledger.state import Given, State

_DECIDING = (
    custody,
    statements,
    issuance,
    redemption,
    cancellation,
    receipts,
    finality,
    contradictions,
    units,
    bridging,
    house,
    clock,
)
_EVOLVING = (
    custody,
    statements,
    deliveries,
    undoing,
    waiting,
    takings,
    shortfall,
    issuance,
    limits,
    cancellation,
    lots,
    minting,
    multiplier,
    recall,
    finality,
    closures,
    places,
    withdrawals,
    contradictions,
    units,
    bridging,
    departures,
    arrivals,
    redemption,
    burning,
    instructions,
    holds,
    house,
    clock,
)

due_at = clock.due_at

_DECIDE: dict[str, Callable[[State, Given, Message], Iterator[Event]]] = {
    name: handler for process in _DECIDING for name, handler in process.DECIDE.items()
}
_EVOLVE: dict[type, Callable[[State, Any], None]] = {
    cls: handler for process in _EVOLVING for cls, handler in process.EVOLVE.items()
}


def given_of(topic: str, data: bytes) -> Given:
    """Return the input that the bytes in an inbox are."""
    sha256 = digest(data)
    try:
        return Given(topic, sha256, decode_message(data), None)
    except NotAMessage as error:
        return Given(topic, sha256, None, str(error))


def initial(partition: int) -> State:
    """Return the state of a book without records."""
    return State(partition)


def decide(state: State, given: Given) -> Iterator[Event]:
    """Yield what the message means, given everything before it; each event is applied before the next."""
    message = given.message
    if message is None:
        yield MessageParked(code="not_a_message", text=(given.problem or "no message")[:SENTENCE_MAX])
        return
    if BODIES[message.type][1] != given.topic:
        yield MessageParked(code="wrong_topic", text=f"{message.type} does not belong in {given.topic}")
        return
    if not _created(state, message.type):
        yield MessageParked(code="log_not_created", text=f"{message.type} came before genesis was relayed")
        return
    if message.type != "tick":
        yield from clock.advance(state, message.received_at)
    book = state.instruments.get(message.instrument or "")
    was_held = book is not None and bool(book.holds)
    placed = False
    for event in _decide_and_settle(state, given, message, was_held=was_held):
        yield event
        placed = placed or isinstance(event, HoldPlaced)
    if placed and message.instrument is not None:
        yield from recall.request_recalls(state, message.instrument)


def _decide_and_settle(state: State, given: Given, message: Message, *, was_held: bool) -> Iterator[Event]:
    left_for_people = False
    for event in _DECIDE[message.type](state, given, message):
        yield event
        left_for_people = left_for_people or isinstance(event, MessageParked | MessageSetAside)
    # What is left for people has no effect: what waits goes on with the next message, or a tick.
    if not left_for_people and message.instrument in state.instruments:
        yield from _settle(state, message.instrument or "", was_held=was_held)


def _settle(state: State, instrument: str, *, was_held: bool) -> Iterator[Event]:
    """Say what the pool lacks by now, and go on with what waits: all of it where the last hold went."""
    yield from shortfall.balance(state, instrument)
    if was_held and not state.book_of(instrument).holds:
        yield from issuance.go_on_with_all(state, instrument, None)
        yield from departures.go_on(state, instrument)
    yield from burning.go_on(state, instrument)


def _created(state: State, message_type: str) -> bool:
    """Return whether the log exists as far as this type of message needs it."""
    if message_type in ("genesis", "house_rule_published"):
        return True
    # Book 0 decides orders from the moment it decided genesis, before that came back to it.
    orders = message_type in ("order_proposed", "order_confirmed")
    return state.rules.number > 0 or (orders and state.house.number > 0)


def evolve(state: State, event: Event) -> None:
    """Apply an event; events that change no state have no handler."""
    handler = _EVOLVE.get(type(event))
    if handler is not None:
        handler(state, event)


def set_aside(given: Given, error: str) -> Iterator[Event]:
    """Yield what stands for a decision that raised: the program's error, and a hold on the instrument."""
    yield from holds.set_aside(given, "decision_raised", error)


__all__ = ["Given", "State", "decide", "due_at", "evolve", "given_of", "initial", "set_aside"]
