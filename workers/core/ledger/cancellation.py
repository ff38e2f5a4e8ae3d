"""Cancellation: a client takes a request back; what is on its way is recalled, what is final stands."""

from collections.abc import Iterator

from schemas import instants
from schemas.envelope import Message
from schemas.events import CancellationRefused, CancellationRepeated, IssuanceCancelled, MessageParked
from schemas.events.cancellation import CancellationRefusal
from schemas.messages import CancellationRequested
from schemas.registry import Event
from schemas.streams import partition_of
from workers.core.ids import derive
from workers.core.ledger.issuance import end
from workers.core.ledger.minting import wind_up
from workers.core.ledger.recall import request_recalls
from workers.core.ledger.state import Given, InstrumentBook, State


def cancellation_requested(state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Cancel an open issuance or refuse; the same cancellation again gets the same answer."""
    body = message.body
    assert isinstance(body, CancellationRequested), "the message's type decides its body"
    partition = partition_of(body.instrument, state.rules.partitions)
    if message.instrument != body.instrument or partition != state.partition:
        yield MessageParked(
            code="misrouted", text=f"it was sent for {message.instrument}, about {body.instrument}"
        )
        return
    # A refusal changes nothing, so it opens no book either.
    book = state.instruments.get(body.instrument, InstrumentBook())
    name = derive("issuance", body.client, body.instrument, body.client_request_id)
    if name in book.cancelled:
        yield CancellationRepeated(issuance=name)
        return
    refusal = _refuse(state, book, name, body, message.received_at)
    if refusal is not None:
        yield CancellationRefused(
            issuance=name,
            instrument=body.instrument,
            client=body.client,
            client_request_id=body.client_request_id,
            refusal=refusal,
        )
        return
    issuance = book.issuances[name]
    yield IssuanceCancelled(issuance=name, instrument=body.instrument)
    yield from wind_up(state, body.instrument, issuance)
    yield from request_recalls(state, body.instrument)


def _refuse(
    state: State, book: InstrumentBook, name: str, body: CancellationRequested, received_at: str
) -> CancellationRefusal | None:
    """Return why the request cannot be taken back, or None."""
    ahead = 0 if state.time is None else instants.seconds_between(state.time, received_at)
    jump = state.policy.largest_time_jump_seconds
    if ahead > jump:
        return CancellationRefusal(code="time_jump", needed=str(ahead), available=str(jump))
    request_id = body.client_request_id
    issuance = book.issuances.get(name)
    if name in book.closed_issuances or (issuance is not None and issuance.ended is not None):
        return CancellationRefusal(code="issuance_over", needed=request_id, available=None)
    if issuance is None:
        return CancellationRefusal(code="issuance_unknown", needed=request_id, available=None)
    return None


def issuance_cancelled(state: State, event: IssuanceCancelled) -> None:
    """End the issuance; its open mints are to be recalled."""
    book = state.book_of(event.instrument)
    end(state, event.instrument, event.issuance, "cancelled")
    book.cancelled.add(event.issuance)
    for mint in sorted(book.issuances[event.issuance].mints):
        if mint in book.unasked:
            book.cancelled_mints[mint] = None


DECIDE = {"cancellation_requested": cancellation_requested}
EVOLVE = {IssuanceCancelled: issuance_cancelled}
