"""The clock: a book's time is the largest that it accepted, and ticks bring due what waits for it."""

from collections.abc import Iterator

from schemas import instants
from schemas.envelope import Message
from schemas.events import TickRecorded, TimeAdvanced
from schemas.messages import Tick
from schemas.registry import Event
from workers.core.ledger import burning, departures, issuance, multiplier, redemption, takings
from workers.core.ledger.holds import drop_settled_ends, end_those_due
from workers.core.ledger.limits import begin_day
from workers.core.ledger.recall import request_recalls
from workers.core.ledger.shortfall import balance
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


def due_at(state: State) -> str | None:
    """Return when the clock is next needed: by a book's own work, or by a bridge that waits for its lane."""
    own = state.due_at()
    if own is None or own == state.time:
        return own
    waits = (departures.due_at(state, instrument) for instrument in state.instruments)
    return min([own, *(each for each in waits if each is not None)])


def tick(state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Do what has become due, as far as one decision may reach; the rest stays due."""
    body = message.body
    assert isinstance(body, Tick), "the message's type decides its body"
    accepted = not beyond_policy(state, body.at)
    yield TickRecorded(at=body.at, accepted=accepted)
    if not accepted:
        return
    yield from advance(state, body.at)
    for instrument, book in state.instruments.items():
        if book.recall_due(state.rules) is not None:
            yield from request_recalls(state, instrument)
            return
    events, events_max = 0, state.policy.events_per_decision_max
    for event in _restrictions_due(state, events_max):
        yield event
        events += 1
    while events < events_max and state.is_due(state.expiries):
        for event in _expire(state):
            yield event
            events += 1
    if events < events_max:
        yield from _catch_up(state)


def _restrictions_due(state: State, events_max: int) -> Iterator[Event]:
    """End the holds and activate the multipliers whose time has come."""
    yield from end_those_due(state, events_max)
    for instrument in multiplier.those_due(state):
        yield from multiplier.activate(state, instrument)
        yield from balance(state, instrument)


def _catch_up(state: State) -> Iterator[Event]:
    """Go on with what one decision was too short for, or a lane: of one instrument at a time."""
    for instrument, book in list(state.instruments.items()):
        if book.takings:
            yield from takings.go_on(state, instrument)
            yield from balance(state, instrument)
            yield from request_recalls(state, instrument)
            return
        if book.postponed is not None and not book.holds:
            yield from issuance.go_on_with_all(state, instrument, book.postponed)
            return
        if departures.may_go(state, instrument):
            yield from departures.go_on(state, instrument)
            return
        if any(book.wants(state.rules, cause) for cause in book.ready):
            yield from burning.go_on(state, instrument)
            return


def _expire(state: State) -> Iterator[Event]:
    _, instrument, process = state.expiries[0]
    book = state.book_of(instrument)
    if process in book.issuances:
        yield from issuance.expire(state, instrument, book.issuances[process])
    else:
        yield redemption.expire(instrument, process)


def time_advanced(state: State, event: TimeAdvanced) -> None:
    """Move the book's time; a new day lets ticks go on with what waited for it."""
    if state.time is not None and instants.day(state.time) != instants.day(event.to):
        begin_day(state)
    state.time = event.to


def tick_recorded(state: State, _event: TickRecorded) -> None:
    """Forget what can come to nothing, so that it is due no more."""
    state.drop_settled_expiries()
    drop_settled_ends(state)


DECIDE = {"tick": tick}
EVOLVE = {TimeAdvanced: time_advanced, TickRecorded: tick_recorded}
