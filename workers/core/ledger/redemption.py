"""Redemption: a client's request, what of it will be burned and what returned, and the tokens that arrive."""

from collections.abc import Iterator

from schemas import amounts, instants
from schemas.canonical import digest, encode
from schemas.envelope import Message
from schemas.events import (
    MessageParked,
    ReceiptMatched,
    ReceiptReturnOrdered,
    RedemptionAccepted,
    RedemptionEnded,
    RedemptionExpired,
    RedemptionRefused,
    RedemptionRepeated,
    TokensReceived,
)
from schemas.events.redemption import RedemptionRefusal, RedemptionRefusalCode
from schemas.house import EndRedemption, MatchReceipt, RegisterDeliveryDetails, ReturnReceipt, Token
from schemas.messages import RedemptionRequested
from schemas.registry import Event
from schemas.streams import partition_of
from workers.core.ids import derive, settlement_reference
from workers.core.ledger import multiplier
from workers.core.ledger.redeeming import Redemption, Return
from workers.core.ledger.state import Given, InstrumentBook, State
from workers.core.ledger.units import keep, receipt_told


def redemption_requested(state: State, _given: Given, message: Message) -> Iterator[Event]:
    """Accept or refuse a request; the same request again gets the same answer."""
    body = message.body
    assert isinstance(body, RedemptionRequested), "the message's type decides its body"
    partition = partition_of(body.instrument, state.rules.partitions)
    if message.instrument != body.instrument or partition != state.partition:
        yield MessageParked(
            code="misrouted", text=f"it was sent for {message.instrument}, about {body.instrument}"
        )
        return
    book = state.book_of(body.instrument)
    redemption = derive("redemption", body.client, body.instrument, body.client_request_id)
    request = digest(encode(body))
    first = _first_request(book, redemption)
    if first == request:
        yield RedemptionRepeated(redemption=redemption)
        return
    refusal = (
        _refusal("request_id_reused", request, first)
        if first is not None
        else _refuse(state, body, message.received_at)
    )
    if refusal is not None:
        yield RedemptionRefused(
            redemption=redemption,
            request=request,
            instrument=body.instrument,
            client=body.client,
            client_request_id=body.client_request_id,
            refusal=refusal,
        )
        return
    yield _accept(state, book, redemption, request, body)


def _accept(
    state: State, book: InstrumentBook, redemption: str, request: str, body: RedemptionRequested
) -> RedemptionAccepted:
    details, token = _details(state, body), state.rules.token(body.instrument, body.chain)
    assert details is not None and token is not None, "it was refused otherwise"  # noqa: PT018 - one reason
    assert state.time is not None, "a request is decided in a book that has a time"
    per_unit = multiplier.current(state, body.instrument)
    shares = deliverable(amounts.parse(body.units), per_unit, amounts.parse(details.increment))
    burn_units = amounts.units_covering(shares, per_unit, token.decimals)
    return RedemptionAccepted(
        redemption=redemption,
        request=request,
        client=body.client,
        client_request_id=body.client_request_id,
        instrument=body.instrument,
        settlement_reference=free_reference(book, redemption),
        units=body.units,
        chain=body.chain,
        wallet=body.wallet,
        multiplier=amounts.text(per_unit),
        burn_units=amounts.text(burn_units),
        shares=amounts.text(shares),
        details=body.details,
        kind=details.kind,
        servicer=details.servicer,
        account=details.account,
        counterparty=details.counterparty,
        counterparty_account=details.counterparty_account,
        increment=details.increment,
        expires_at=instants.plus(state.time, state.policy.issuance_expiry_seconds),
    )


def deliverable(units: int, multiplier: int, increment: int) -> int:
    """Return the shares that units are worth, down to the increment; all in 10^-18."""
    return units * multiplier // amounts.ONE // increment * increment


def free_reference(book: InstrumentBook, redemption: str) -> str:
    """Return the first settlement reference of a redemption that nothing had before it."""
    attempt = 0
    while book.has_reference(reference := settlement_reference(redemption, attempt)):
        attempt += 1
    return reference


def _first_request(book: InstrumentBook, redemption: str) -> str | None:
    if redemption in book.redemptions:
        return book.redemptions[redemption].terms.request
    return book.closed_redemptions.get(redemption) or book.refused.get(redemption)


def _details(state: State, body: RedemptionRequested) -> RegisterDeliveryDetails | None:
    return state.rules.delivery_details.get((body.client, body.details))


def _refuse(state: State, body: RedemptionRequested, received_at: str) -> RedemptionRefusal | None:
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
    details = _details(state, body)
    if details is None:
        return _refusal("details_unknown", body.details)
    return _refuse_quantity(body.units, token, multiplier.current(state, body.instrument), details)


def _refuse_quantity(
    asked: str, token: Token, per_unit: int, details: RegisterDeliveryDetails
) -> RedemptionRefusal | None:
    units, step = amounts.parse(asked), amounts.from_base_amount(1, token.decimals)
    if units == 0:
        return _refusal("quantity_not_positive", asked)
    if units % step:
        return _refusal("quantity_not_in_precision", asked, amounts.text(step))
    if deliverable(units, per_unit, amounts.parse(details.increment)) == 0:
        worth = amounts.text(units * per_unit // amounts.ONE)
        return _refusal("quantity_below_increment", details.increment, worth)
    return None


def _refusal(code: RedemptionRefusalCode, needed: str, available: str | None = None) -> RedemptionRefusal:
    return RedemptionRefusal(code=code, needed=needed, available=available)


def match(order: MatchReceipt) -> ReceiptMatched:
    """Take parked tokens for a redemption's, as two operators say."""
    return ReceiptMatched(redemption=order.redemption, instrument=order.instrument, sighting=order.sighting)


def give_back(order: ReturnReceipt) -> ReceiptReturnOrdered:
    """Send parked tokens back, as two operators say."""
    return ReceiptReturnOrdered(instrument=order.instrument, sighting=order.sighting)


def end(state: State, order: EndRedemption) -> RedemptionEnded:
    """Send all tokens of a redemption back that are not burned or sent back, as two operators say."""
    book = state.book_of(order.instrument)
    redemption, returned = book.redemptions[order.redemption], book.returns.get(order.redemption)
    units = redemption.burn_units + (0 if returned is None else returned.units)
    return RedemptionEnded(
        redemption=order.redemption, instrument=order.instrument, units=amounts.text(units)
    )


def expire(instrument: str, redemption: str) -> RedemptionExpired:
    """Close a redemption whose tokens did not arrive in time."""
    return RedemptionExpired(redemption=redemption, instrument=instrument)


def redemption_accepted(state: State, event: RedemptionAccepted) -> None:
    """Let it wait for its tokens."""
    book = state.book_of(event.instrument)
    redemption = Redemption(
        event, amounts.parse(event.units), amounts.parse(event.burn_units), amounts.parse(event.increment)
    )
    book.redemptions[event.redemption] = redemption
    book.delivery_references[event.settlement_reference] = None
    book.awaiting.setdefault(_awaited(redemption), {})[event.redemption] = None
    state.add_expiry(event.expires_at, event.instrument, event.redemption)


def redemption_refused(state: State, event: RedemptionRefused) -> None:
    """Remember the first answer to a request id."""
    if event.refusal.code != "request_id_reused":
        state.book_of(event.instrument).refused[event.redemption] = event.request


def redemption_expired(state: State, event: RedemptionExpired) -> None:
    """Keep only what recognises the same request again."""
    close(state, event.instrument, event.redemption)


def close(state: State, instrument: str, name: str) -> None:
    """Let a redemption that waits for its tokens wait no more."""
    book = state.book_of(instrument)
    redemption = book.redemptions.pop(name)
    _await_no_more(book, redemption)
    book.closed_redemptions[name] = redemption.terms.request
    state.drop_settled_expiries()


def tokens_received(state: State, event: TokensReceived) -> None:
    """Keep what the sighting was told to be, and have the tokens burned."""
    keep(state.book_of(event.instrument), event, receipt_told(event.units)).cause = event.redemption
    _receive(state, event)


def receipt_matched(state: State, event: ReceiptMatched) -> None:
    """Park the tokens no more, and have them burned."""
    book = state.book_of(event.instrument)
    del book.parked_receipts[event.sighting]
    if event.sighting in book.final_sightings:
        book.final_sightings[event.sighting].cause = event.redemption
    _receive(state, event)


def _receive(state: State, event: TokensReceived | ReceiptMatched) -> None:
    """Have a redemption's units burned, and what is beyond them returned to its wallet.

    One whose tokens had turned out not to be there goes on where it was.
    """
    book = state.book_of(event.instrument)
    redemption = book.redemptions[event.redemption]
    _await_no_more(book, redemption)
    if book.unfounded.pop(event.redemption, None) is not None:
        book.stand_ready(event.redemption)
        return
    redemption.stage = "received"
    rest = redemption.units - redemption.burn_units
    if rest:
        book.returns[event.redemption] = Return(redemption.terms.chain, redemption.terms.wallet, rest)
    book.stand_ready(event.redemption)
    state.drop_settled_expiries()


def redemption_ended(state: State, event: RedemptionEnded) -> None:
    """Have nothing burned any more, and all of it returned."""
    book = state.book_of(event.instrument)
    redemption = book.redemptions[event.redemption]
    redemption.stage = "ended"
    terms, units = redemption.terms, amounts.parse(event.units)
    book.returns[event.redemption] = Return(terms.chain, terms.wallet, units, redemption.return_attempts)
    book.stand_ready(event.redemption)


def receipt_return_ordered(state: State, event: ReceiptReturnOrdered) -> None:
    """Have the tokens returned to their sender."""
    book = state.book_of(event.instrument)
    receipt = book.parked_receipts.pop(event.sighting)
    book.returns[event.sighting] = Return(receipt.chain, receipt.sender, receipt.units)
    book.stand_ready(event.sighting)


def await_again(state: State, book: InstrumentBook, redemption: Redemption) -> None:
    """Let a redemption wait for its tokens once more: the oldest that waits for as many comes first."""
    waiting = {*book.awaiting.get(_awaited(redemption), ()), redemption.terms.redemption}
    in_order = (name for name in book.redemptions if name in waiting)
    book.awaiting[_awaited(redemption)] = dict.fromkeys(in_order)
    if redemption.stage == "accepted":
        terms = redemption.terms
        state.add_expiry(terms.expires_at, terms.instrument, terms.redemption)


def _awaited(redemption: Redemption) -> tuple[str, str, int]:
    return redemption.terms.chain, redemption.terms.wallet, redemption.units


def _await_no_more(book: InstrumentBook, redemption: Redemption) -> None:
    waiting = book.awaiting[_awaited(redemption)]
    del waiting[redemption.terms.redemption]
    if not waiting:
        del book.awaiting[_awaited(redemption)]


DECIDE = {"redemption_requested": redemption_requested}
EVOLVE = {
    RedemptionAccepted: redemption_accepted,
    RedemptionRefused: redemption_refused,
    RedemptionExpired: redemption_expired,
    RedemptionEnded: redemption_ended,
    TokensReceived: tokens_received,
    ReceiptMatched: receipt_matched,
    ReceiptReturnOrdered: receipt_return_ordered,
}
