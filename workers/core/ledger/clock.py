"""The clock: a book's time is the largest that it accepted, and ticks bring due what waits for it."""

from collections.abc import Iterator

from schemas import instants
from schemas.envelope import Message
from schemas.events import TickRecorded, TimeAdvanced
from schemas.messages import Tick
from schemas.registry import Event
from workers.core.ledger.holds import end_those_due
from workers.core.ledger.issuance import expire, go_on_with_all
from workers.core.ledger.limits import begin_day
from workers.core.ledger.multiplier import activate_those_due
from workers.core.ledger.state import Given, State


def advance(state: State, moment: str) -> Iterator[Event]:
    """Move the book's time up to a message's, unless that is ahead beyond policy."""
    to = instants.whole_second(moment)
    if state.time is None or (to > state.time and not beyond_policy(state, moment)):
        yield TimeAdvanced(to=to)


def beyond_policy(state: State, moment: str) -> bool:
    """Return whether a moment is further ahead of the book's time than policy lets it jump."""
    if state.time is None or state.rules.policy is None:
        return False
    ahead = instants.seconds_between(state.time, moment)
    return ahead > state.rules.policy.largest_time_jump_seconds


def tick(state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Do what has become due, as far as one decision may reach; the rest stays due."""
    body = message.body
    assert isinstance(body, Tick), "the message's type decides its body"
    accepted = not beyond_policy(state, body.at)
    yield TickRecorded(at=body.at, accepted=accepted)
    if not accepted:
        return
    yield from advance(state, body.at)
    events, events_max = 0, state.policy.events_per_decision_max
    for event in end_those_due(state, events_max):
        yield event
        events += 1
    for event in activate_those_due(state):
        yield event
        events += 1
    while events < events_max and state.is_due(state.expiries):
        _, instrument, issuance = state.expiries[0]
        for event in expire(state, instrument, state.book_of(instrument).issuances[issuance]):
            yield event
            events += 1
    if events >= events_max:
        return
    for instrument, book in list(state.instruments.items()):
        if book.postponed is not None and not book.holds:
            yield from go_on_with_all(state, instrument, book.postponed)
            return


def time_advanced(state: State, event: TimeAdvanced) -> None:
    """Move the book's time; a new day lets ticks go on with what waited for it."""
    if state.time is not None and instants.day(state.time) != instants.day(event.to):
        begin_day(state)
    state.time = event.to


def tick_recorded(state: State, _event: TickRecorded) -> None:
    """Forget what can come to nothing, so that it is due no more."""
    state.drop_settled_expiries()
    state.drop_settled_hold_ends()


DECIDE = {"tick": tick}
EVOLVE = {TimeAdvanced: time_advanced, TickRecorded: tick_recorded}
