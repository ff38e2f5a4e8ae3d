"""Cancellation: a client takes a request back; what is on its way is recalled, what is final stands.

A redemption is taken back before its tokens arrive, and not afterwards.
"""

from collections.abc import Callable, Iterator
from typing import Any

from schemas import instants
from schemas.envelope import Message
from schemas.events import (
    CancellationRefused,
    CancellationRepeated,
    IssuanceCancelled,
    MessageParked,
    RedemptionCancelled,
)
from schemas.events.cancellation import CancellationRefusal, CancellationRefusalCode
from schemas.messages import CancellationRequested
from schemas.registry import Event
from schemas.streams import partition_of
from workers.core.ids import derive
from workers.core.ledger.issuance import end
from workers.core.ledger.minting import wind_up
from workers.core.ledger.recall import request_recalls
from workers.core.ledger.redemption import close
from workers.core.ledger.state import Given, InstrumentBook, State


def cancellation_requested(state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Cancel what is open or refuse; the same cancellation again gets the same answer."""
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
    name = derive(body.kind, body.client, body.instrument, body.client_request_id)
    if name in book.cancelled:
        yield CancellationRepeated(process=name)
        return
    refusal = _refuse(state, book, name, body, message.received_at)
    if refusal is not None:
        yield CancellationRefused(
            process=name,
            instrument=body.instrument,
            client=body.client,
            client_request_id=body.client_request_id,
            refusal=refusal,
        )
        return
    if body.kind == "redemption":
        yield RedemptionCancelled(redemption=name, instrument=body.instrument)
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
    code = _redemption_stands(book, name) if body.kind == "redemption" else _issuance_stands(book, name)
    if code is None:
        return None
    return CancellationRefusal(code=code, needed=body.client_request_id, available=None)


def _issuance_stands(book: InstrumentBook, name: str) -> CancellationRefusalCode | None:
    issuance = book.issuances.get(name)
    if name in book.closed_issuances or (issuance is not None and issuance.ended is not None):
        return "issuance_over"
    return "issuance_unknown" if issuance is None else None


def _redemption_stands(book: InstrumentBook, name: str) -> CancellationRefusalCode | None:
    redemption = book.redemptions.get(name)
    if name in book.closed_redemptions or (redemption is not None and redemption.stage == "completed"):
        return "redemption_over"
    if redemption is None:
        return "redemption_unknown"
    return None if redemption.stage == "accepted" else "tokens_received"


def issuance_cancelled(state: State, event: IssuanceCancelled) -> None:
    """End the issuance; its open mints are to be recalled."""
    book = state.book_of(event.instrument)
    end(state, event.instrument, event.issuance, "cancelled")
    book.cancelled.add(event.issuance)
    for mint in sorted(book.issuances[event.issuance].mints):
        if mint in book.unasked:
            book.cancelled_mints[mint] = None


def redemption_cancelled(state: State, event: RedemptionCancelled) -> None:
    """Keep only what recognises the same request, or its cancellation, again."""
    state.book_of(event.instrument).cancelled.add(event.redemption)
    close(state, event.instrument, event.redemption)


DECIDE = {"cancellation_requested": cancellation_requested}
EVOLVE: dict[type, Callable[[State, Any], None]] = {
    IssuanceCancelled: issuance_cancelled,
    RedemptionCancelled: redemption_cancelled,
}
