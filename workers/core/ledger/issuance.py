"""Issuance: a client's request, the reference that its shares will carry, and what becomes of it."""

from collections.abc import Iterator
from itertools import islice
from typing import Literal

from schemas import amounts, instants
from schemas.canonical import digest, encode
from schemas.envelope import Message
from schemas.events import (
    IssuanceAccepted,
    IssuanceClosed,
    IssuanceCompleted,
    IssuanceExpired,
    IssuanceFunded,
    IssuanceRefused,
    IssuanceRepeated,
    IssuanceUnfunded,
    MessageParked,
    WorkFinished,
    WorkPostponed,
)
from schemas.events.custody import MoveCause
from schemas.events.issuance import Refusal, RefusalCode
from schemas.house import Token
from schemas.messages import IssuanceRequested
from schemas.registry import Event
from schemas.streams import partition_of
from workers.core.ids import derive, settlement_reference
from workers.core.ledger import collateral, multiplier
from workers.core.ledger.issued import Issuance
from workers.core.ledger.limits import require_approval, smallest
from workers.core.ledger.lots import reserve
from workers.core.ledger.minting import authorize, postpone, wind_up
from workers.core.ledger.state import Given, InstrumentBook, State


def issuance_requested(state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Accept or refuse a request; the same request again gets the same answer."""
    body = message.body
    assert isinstance(body, IssuanceRequested), "the message's type decides its body"
    partition = partition_of(body.instrument, state.rules.partitions)
    if message.instrument != body.instrument or partition != state.partition:
        yield MessageParked(
            code="misrouted", text=f"it was sent for {message.instrument}, about {body.instrument}"
        )
        return
    book = state.book_of(body.instrument)
    issuance = derive("issuance", body.client, body.instrument, body.client_request_id)
    request = digest(encode(body))
    first = _first_request(book, issuance)
    if first == request:
        yield IssuanceRepeated(issuance=issuance)
        return
    refusal = (
        _refusal("request_id_reused", request, first)
        if first is not None
        else _refuse(state, book, body, message.received_at)
    )
    if refusal is not None:
        yield IssuanceRefused(
            issuance=issuance,
            request=request,
            instrument=body.instrument,
            client=body.client,
            client_request_id=body.client_request_id,
            refusal=refusal,
        )
        return
    yield _accept(state, book, issuance, request, body)
    yield from require_approval(state, body.instrument, book.issuances[issuance])
    if body.funding == "treasury":
        yield from go_on(state, body.instrument, book.issuances[issuance])


def _accept(
    state: State, book: InstrumentBook, issuance: str, request: str, body: IssuanceRequested
) -> IssuanceAccepted:
    attempt = 0
    while book.has_reference(reference := settlement_reference(issuance, attempt)):
        attempt += 1
    assert state.time is not None, "a request is decided in a book that has a time"
    return IssuanceAccepted(
        issuance=issuance,
        request=request,
        client=body.client,
        client_request_id=body.client_request_id,
        instrument=body.instrument,
        settlement_reference=reference,
        shares=body.shares,
        chain=body.chain,
        recipient=body.wallet,
        funding=body.funding,
        partial=body.partial,
        expires_at=instants.plus(state.time, state.policy.issuance_expiry_seconds),
    )


def _first_request(book: InstrumentBook, issuance: str) -> str | None:
    if issuance in book.issuances:
        return book.issuances[issuance].request
    return book.closed_issuances.get(issuance) or book.refused.get(issuance)


def _refuse(state: State, book: InstrumentBook, body: IssuanceRequested, received_at: str) -> Refusal | None:
    """Return why the request cannot stand, or None."""
    rules = state.rules
    ahead = 0 if state.time is None else instants.seconds_between(state.time, received_at)
    if ahead > state.policy.largest_time_jump_seconds:
        return _refusal("time_jump", str(ahead), str(state.policy.largest_time_jump_seconds))
    if body.client not in rules.clients:
        return _refusal("client_unknown", body.client)
    if not rules.clients[body.client]:
        return _refusal("client_not_eligible", body.client)
    if body.instrument not in rules.instruments:
        return _refusal("instrument_unknown", body.instrument)
    token = rules.token(body.instrument, body.chain)
    if token is None:
        return _refusal("token_not_on_chain", body.chain)
    if (body.client, body.chain, body.wallet) not in rules.wallets:
        return _refusal("wallet_not_registered", body.wallet)
    return _refuse_quantity(state, book, body, token)


def _refuse_quantity(
    state: State, book: InstrumentBook, body: IssuanceRequested, token: Token
) -> Refusal | None:
    rules = state.rules
    shares = amounts.parse(body.shares)
    if shares <= 0:
        return _refusal("quantity_not_positive", body.shares)
    per_unit = multiplier.current(state, body.instrument)
    if amounts.units_of(shares, per_unit, token.decimals) == 0:
        base_amount = 10 ** (amounts.PLACES - token.decimals)
        needed = -(-per_unit * base_amount // amounts.ONE)
        return _refusal("quantity_below_base_amount", amounts.text(needed), body.shares)
    limit = smallest(rules.limits_of(body.instrument))
    if limit is not None and shares > limit:
        return _refusal("limit_exceeded", body.shares, amounts.text(limit))
    if body.funding == "treasury" and shares > book.free_shares:
        return _refusal("backing_insufficient", body.shares, amounts.text(book.free_shares))
    return None


def _refusal(code: RefusalCode, needed: str, available: str | None = None) -> Refusal:
    return Refusal(code=code, needed=needed, available=available)


def go_on(state: State, instrument: str, issuance: Issuance) -> Iterator[Event]:
    """Reserve what it misses, as far as that is there and not held, then mint what can be minted."""
    if issuance.is_over:
        yield from wind_up(state, instrument, issuance)
        return
    lots_max = state.policy.events_per_decision_max
    cause: MoveCause = "treasury" if issuance.funding == "treasury" else "settlement_reference"
    for count, lot in enumerate(_to_draw(state, instrument, issuance, lots_max + 1)):
        if not issuance.missing:
            break
        if count == lots_max:
            yield postpone(state, instrument, issuance)
            return
        yield from reserve(state, instrument, lot, issuance, cause)
    yield from authorize(state, instrument, issuance)


def _to_draw(state: State, instrument: str, issuance: Issuance, lots_max: int) -> list[str]:
    """Return the next lots that are for it: free ones, oldest first, or those under its reference."""
    book = state.book_of(instrument)
    held = state.rules.held_accounts()
    lots = book.free if issuance.funding == "treasury" else book.linked.get(issuance.reference, {})
    return list(islice((lot for lot in lots if book.lots[lot].place not in held), lots_max))


def go_on_with_all(state: State, instrument: str, start: str | None) -> Iterator[Event]:
    """Go on with the instrument's open issuances from one on, as far as one decision may reach."""
    book = state.book_of(instrument)
    if book.postponed is not None:
        yield WorkFinished(instrument=instrument)
    ids = list(book.issuances)
    first = ids.index(start) if start in book.issuances else 0
    events = 0
    for issuance in ids[first:]:
        if events >= state.policy.events_per_decision_max:
            yield WorkPostponed(instrument=instrument, issuance=issuance)
            return
        for event in go_on(state, instrument, book.issuances[issuance]):
            yield event
            events += 1
        if book.postponed is not None:
            return


def expire(state: State, instrument: str, issuance: Issuance) -> Iterator[Event]:
    """Close an issuance that was not funded, or not approved, in time; mints that are on their way go on."""
    yield IssuanceExpired(issuance=issuance.issuance, instrument=instrument)
    yield from wind_up(state, instrument, issuance)


def issuance_accepted(state: State, event: IssuanceAccepted) -> None:
    """Open the issuance under its settlement reference."""
    book = state.book_of(event.instrument)
    shares = amounts.parse(event.shares)
    book.issuances[event.issuance] = Issuance(
        event.issuance,
        event.request,
        event.settlement_reference,
        event.client,
        shares,
        event.chain,
        event.recipient,
        event.funding,
        event.partial,
        event.expires_at,
    )
    book.references[event.settlement_reference] = event.issuance
    if event.funding == "treasury":
        book.treasury_owed += shares
    state.add_expiry(event.expires_at, event.instrument, event.issuance)


def issuance_refused(state: State, event: IssuanceRefused) -> None:
    """Remember the first answer to a request id."""
    book = state.book_of(event.instrument)
    if event.refusal.code != "request_id_reused":
        book.refused[event.issuance] = event.request


def issuance_funded(state: State, event: IssuanceFunded) -> None:
    """Keep it from expiring."""
    state.book_of(event.instrument).issuances[event.issuance].funded = True
    state.drop_settled_expiries()


def issuance_unfunded(state: State, event: IssuanceUnfunded) -> None:
    """Let it expire again; what it misses may be there in time, or is late already."""
    issuance = state.book_of(event.instrument).issuances[event.issuance]
    issuance.funded = False
    state.add_expiry(issuance.expires_at, event.instrument, event.issuance)


def issuance_expired(state: State, event: IssuanceExpired) -> None:
    """End the issuance."""
    end(state, event.instrument, event.issuance, "expired")


def end(state: State, instrument: str, name: str, how: Literal["expired", "cancelled"]) -> None:
    """Let its reference link nothing more; what it was still to draw from treasury is free."""
    book = state.book_of(instrument)
    issuance = book.issuances[name]
    if issuance.funding == "treasury":
        book.treasury_owed -= issuance.missing
    issuance.ended = how
    collateral.changed(state, instrument)
    state.drop_settled_expiries()


def issuance_closed(state: State, event: IssuanceCompleted | IssuanceClosed) -> None:
    """Keep only what recognises the same request again."""
    book = state.book_of(event.instrument)
    _close(book, book.issuances[event.issuance])
    state.drop_settled_expiries()


def _close(book: InstrumentBook, issuance: Issuance) -> None:
    if issuance.funding == "treasury" and issuance.ended is None:
        book.treasury_owed -= issuance.missing
    del book.issuances[issuance.issuance]
    book.closed_issuances[issuance.issuance] = issuance.request


def work_postponed(state: State, event: WorkPostponed) -> None:
    """Remember where to go on."""
    state.book_of(event.instrument).postponed = event.issuance


def work_finished(state: State, event: WorkFinished) -> None:
    """Nothing is postponed any more."""
    state.book_of(event.instrument).postponed = None


DECIDE = {"issuance_requested": issuance_requested}
EVOLVE = {
    IssuanceAccepted: issuance_accepted,
    IssuanceRefused: issuance_refused,
    IssuanceFunded: issuance_funded,
    IssuanceUnfunded: issuance_unfunded,
    IssuanceExpired: issuance_expired,
    IssuanceCompleted: issuance_closed,
    IssuanceClosed: issuance_closed,
    WorkPostponed: work_postponed,
    WorkFinished: work_finished,
}
