"""Redemption: requests, the burn of what arrives, and the shares that are promised for it."""

from typing import Any

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    ACCOUNT,
    BACKING,
    CHAIN,
    CUSTODIAN,
    OTHER,
    TSLA,
    WALLET,
    account,
    confirmed,
    details,
    house,
    instrument,
    later,
    ordered,
    proposed,
    published,
    received,
    redeemed,
    redemption_of,
    reference_of,
    requested,
    seen_closed,
    seen_final,
    tick,
)

from schemas.events import (
    BurnAuthorized,
    BurnFailed,
    BurnFinalized,
    DeficitOpened,
    DeliveryInstructed,
    HoldPlaced,
    HoldReleased,
    MessageParked,
    MessageSetAside,
    MintAuthorized,
    OrderRefused,
    ProposalConfirmed,
    ReceiptMatched,
    ReceiptParked,
    ReceiptRepeated,
    ReceiptReturnOrdered,
    RedemptionAccepted,
    RedemptionCompleted,
    RedemptionExpired,
    RedemptionRefused,
    RedemptionRepeated,
    ReturnAuthorized,
    ReturnFailed,
    ReturnFinalized,
    SightingRepeated,
    TickRecorded,
    TimeAdvanced,
    TokensReceived,
)
from schemas.events.redemption import RedemptionRefusal
from schemas.house import (
    MatchReceipt,
    RegisterClient,
    RegisterWallet,
    ReleaseHold,
    ReturnReceipt,
)
from workers.core.ids import derive, settlement_reference

ONE = 10**18
EXPIRY = 3_600
ACCOUNTS = (account(BACKING, "backing"), account(OTHER, "other"))


def book(*rules: Any, multiplier: str = "1", decimals: int = 18, **policy: int) -> Specification:
    """A house that knows where the client's shares go."""
    terms = instrument(multiplier=multiplier, decimals=decimals)
    limits = {"issuance_expiry_seconds": EXPIRY, **policy}
    return Specification().given(house(details(), *rules, terms=terms, **limits))


def minted(shares: str = "60", spec: Specification | None = None) -> Specification:
    """Tokens for these shares are in the client's wallet."""
    spec = (spec or book()).given(requested(shares), confirmed(shares, owner_id=reference_of()))
    return spec.given(seen_final(spec.last(MintAuthorized)))


def burning(units: str = "60", spec: Specification | None = None) -> Specification:
    """The burn of these tokens is authorized."""
    return (spec or minted()).given(redeemed(units), received(units))


def held(spec: Specification) -> Specification:
    """Hold the instrument: shares left that nobody here instructed, and treasury covers them."""
    spec.given(confirmed("1", "extra", account="TREASURY-1", message_id="m8"))
    return spec.given(confirmed("1", "gone", movement="deliver", message_id="m9"))


def released(spec: Specification, order_id: str = "release") -> Specification:
    order = ReleaseHold(instrument=AAPL, hold=spec.last(HoldPlaced).hold)
    return spec.given(ordered(order, order_id, of=AAPL))


def refused(spec: Specification) -> RedemptionRefusal:
    refusal: RedemptionRefusal = spec.last(RedemptionRefused).refusal
    return refusal


# -- requests --


def test_a_request_is_accepted_with_its_delivery_fixed_and_a_reference() -> None:
    minted().when(redeemed("60")).then(
        like(
            RedemptionAccepted,
            redemption=redemption_of(),
            settlement_reference=settlement_reference(redemption_of(), 0),
            units="60",
            burn_units="60",
            shares="60",
            kind="in_kind",
            servicer=CUSTODIAN,
            account=BACKING,
            counterparty="DTCYUS33",
            counterparty_account="CLIENT-7",
            increment="1",
            expires_at=later(EXPIRY),
        )
    )


@pytest.mark.parametrize(
    ("units", "multiplier", "decimals", "increment", "fixed"),
    [
        ("60.75", "1", 18, "1", ("60", "60")),
        ("60.75", "1", 18, "0.5", ("60.5", "60.5")),
        ("60.75", "1", 18, "0.000000000000000001", ("60.75", "60.75")),
        ("10", "0.333333333333333333", 6, "1", ("9.000001", "3")),
        ("3", "3", 0, "2", ("3", "8")),
        ("7", "1.037", 2, "1", ("6.76", "7")),
    ],
)
def test_what_is_delivered_is_rounded_down_before_the_burn_and_the_least_units_cover_it(
    units: str, multiplier: str, decimals: int, increment: str, fixed: tuple[str, str]
) -> None:
    spec = book(details(increment=increment), multiplier=multiplier, decimals=decimals)
    spec.when(redeemed(units)).then(like(RedemptionAccepted, burn_units=fixed[0], shares=fixed[1]))


def test_the_same_request_again_gets_the_same_answer() -> None:
    spec = book().given(redeemed("5"))
    spec.when(redeemed("5", at=later(9))).then_among(like(RedemptionRepeated, redemption=redemption_of()))


def test_the_same_id_with_another_body_is_refused() -> None:
    spec = book().given(redeemed("5")).when(redeemed("6"))
    assert refused(spec).code == "request_id_reused"


def test_a_request_that_expired_is_repeated_and_not_accepted_anew() -> None:
    spec = book().given(redeemed("5"), tick(later(EXPIRY)))
    spec.when(redeemed("5", at=later(EXPIRY))).then(like(RedemptionRepeated))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"client": "nobody"}, "client_unknown"),
        ({"client": "shut-out"}, "client_not_eligible"),
        ({"instrument": "GHOST"}, "instrument_unknown"),
        ({"chain": "elsewhere"}, "token_not_on_chain"),
        ({"wallet": "0xstranger"}, "wallet_not_registered"),
        ({"details": "somewhere"}, "details_unknown"),
        ({"details": "office"}, "details_unknown"),
        ({"units": "0"}, "quantity_not_positive"),
        ({"units": "5.0001"}, "quantity_not_in_precision"),
        ({"units": "0.999"}, "quantity_below_increment"),
    ],
)
def test_what_cannot_stand_is_refused_with_the_reason(fields: dict[str, str], code: str) -> None:
    rules = (
        RegisterClient(client="shut-out", eligible=False),
        RegisterClient(client="client-2", eligible=True),
        details("office", client="client-2"),
    )
    spec = book(*rules, decimals=3)
    spec.when(redeemed(**{"units": "5", "of": fields.get("instrument", AAPL), **fields}))
    assert refused(spec).code == code


def test_a_refusal_says_the_numbers() -> None:
    spec = book(multiplier="0.5", decimals=3)
    assert refused(spec.when(redeemed("1.999"))) == RedemptionRefusal(
        code="quantity_below_increment", needed="1", available="0.9995"
    )
    assert refused(spec.when(redeemed("2.0005", "q2"))) == RedemptionRefusal(
        code="quantity_not_in_precision", needed="2.0005", available="0.001"
    )


def test_a_request_too_far_ahead_is_refused() -> None:
    spec = book(largest_time_jump_seconds=60).given(redeemed("5"))
    assert refused(spec.when(redeemed("5", "q2", at=later(3_600)))).code == "time_jump"


def test_a_request_in_the_wrong_book_is_parked() -> None:
    book().when(redeemed("5", of=TSLA)).then(like(MessageParked, code="misrouted"))


def test_an_issuance_and_a_redemption_never_share_a_reference() -> None:
    spec = book().given(requested("5"), redeemed("5"))
    references = {reference_of(), spec.last(RedemptionAccepted).settlement_reference}
    assert len(references) == 2
    assert all(spec.state.instruments[AAPL].has_reference(each) for each in references)


def test_new_delivery_details_do_not_move_what_was_accepted() -> None:
    spec = burning().given(published(10, details(account=OTHER, counterparty_account="ELSEWHERE")))
    spec.when(seen_final(spec.last(BurnAuthorized))).then_among(
        like(DeliveryInstructed, account=BACKING, counterparty_account="CLIENT-7")
    )


# -- tokens that arrive --


def test_tokens_from_its_wallet_are_burned() -> None:
    minted().given(redeemed("60")).when(received("60")).then(
        like(TokensReceived, redemption=redemption_of(), sender=WALLET, units="60"),
        like(
            BurnAuthorized,
            redemption=redemption_of(),
            burn=derive("burn", redemption_of(), 1, CHAIN, "AAPLx", "60"),
            attempt=1,
            units="60",
            account=ACCOUNT,
            deadline=later(600),
        ),
    )


def test_what_is_beyond_the_increment_is_returned_to_the_wallet() -> None:
    minted().given(redeemed("10.75")).when(received("10.75")).then(
        like(TokensReceived),
        like(BurnAuthorized, units="10"),
        like(
            ReturnAuthorized,
            cause=redemption_of(),
            recipient=WALLET,
            units="0.75",
            transfer=derive("transfer", redemption_of(), 1, CHAIN, "AAPLx", WALLET, "0.75"),
            deadline=later(600),
        ),
    )


def test_the_oldest_redemption_of_exactly_these_tokens_takes_them() -> None:
    spec = minted().given(redeemed("7", "q0"), redeemed("5"), redeemed("5", "q2"))
    spec.when(received("5")).then_among(like(TokensReceived, redemption=redemption_of()))
    spec.when(received("5", "0xin2")).then_among(like(TokensReceived, redemption=redemption_of("q2")))


@pytest.mark.parametrize(
    "fields", [{"units": "5.1"}, {"units": "4.9"}, {"sender": "0xother"}], ids=["more", "less", "stranger"]
)
def test_other_tokens_are_parked(fields: dict[str, str]) -> None:
    spec = minted().given(redeemed("5"))
    spec.when(received(**{"units": "5", **fields})).then(like(ReceiptParked)).never(BurnAuthorized)


def test_tokens_told_twice_are_received_once() -> None:
    spec = burning("5").given(redeemed("5", "q2"))
    spec.when(received("5")).then(like(SightingRepeated))


def test_tokens_told_with_another_quantity_are_set_aside() -> None:
    burning("5").when(received("6")).then_among(like(MessageSetAside, code="receipt_contradicts"))


def test_tokens_that_come_too_late_are_parked() -> None:
    spec = minted().given(redeemed("5"))
    spec.when(tick(later(EXPIRY))).then(
        like(TickRecorded), like(TimeAdvanced), like(RedemptionExpired, redemption=redemption_of())
    )
    spec.when(received("5", at=later(EXPIRY))).then_among(like(ReceiptParked))


def test_a_redemption_whose_tokens_came_does_not_expire() -> None:
    burning("5").when(tick(later(EXPIRY))).never(RedemptionExpired)


def test_two_operators_match_parked_tokens_with_a_redemption() -> None:
    spec = minted().given(received("5", sender="0xother"), redeemed("5"))
    order = MatchReceipt(
        instrument=AAPL, sighting=spec.last(ReceiptParked).sighting, redemption=redemption_of()
    )
    spec.given(ordered(order, of=AAPL)).then(
        like(ProposalConfirmed), like(ReceiptMatched), like(BurnAuthorized, units="5")
    )
    assert spec.state.instruments[AAPL].parked_receipts == {}


@pytest.mark.parametrize(
    ("units", "terms", "code"),
    [
        ("5", {"sighting": "0" * 64}, "receipt_unknown"),
        ("5", {"redemption": "0" * 64}, "redemption_unknown"),
        ("6", {}, "receipt_does_not_fit"),
    ],
)
def test_only_what_fits_can_be_matched(units: str, terms: dict[str, str], code: str) -> None:
    spec = minted().given(received("5", sender="0xother"), redeemed(units))
    named = {"sighting": spec.last(ReceiptParked).sighting, "redemption": redemption_of(), **terms}
    spec.when(proposed(MatchReceipt(instrument=AAPL, **named), of=AAPL)).then(like(OrderRefused, code=code))


def test_two_operators_return_parked_tokens_to_their_sender() -> None:
    spec = minted().given(received("5", sender="0xother"))
    sighting = spec.last(ReceiptParked).sighting
    spec.given(ordered(ReturnReceipt(instrument=AAPL, sighting=sighting), of=AAPL)).then(
        like(ProposalConfirmed),
        like(ReceiptReturnOrdered, sighting=sighting),
        like(ReturnAuthorized, cause=sighting, recipient="0xother", units="5"),
    )
    spec.when(seen_final(spec.last(ReturnAuthorized))).then(like(ReturnFinalized, cause=sighting, units="5"))
    again = proposed(ReturnReceipt(instrument=AAPL, sighting=sighting), "o2", of=AAPL)
    spec.when(again).then(like(OrderRefused, code="receipt_unknown"))


# -- the burn --


def test_a_final_burn_promises_its_shares_and_instructs_their_delivery_in_one_record() -> None:
    spec = burning("10")
    spec.when(seen_final(spec.last(BurnAuthorized))).then(
        like(BurnFinalized, units="10", multiplier="1", shares="10", pool="10", owed="0"),
        like(
            DeliveryInstructed,
            redemption=redemption_of(),
            attempt=1,
            settlement_reference=settlement_reference(redemption_of(), 0),
            kind="in_kind",
            shares="10",
        ),
    )
    after = spec.state.instruments[AAPL]
    assert (after.supply[CHAIN], after.pool, after.promised) == (50 * ONE, 50 * ONE, 10 * ONE)


def test_nothing_is_instructed_before_the_burn_is_final() -> None:
    assert burning().all(DeliveryInstructed) == []


def test_what_rounding_leaves_over_stays_in_the_pool() -> None:
    spec = minted("60", book(multiplier="0.333333333333333333", decimals=6))
    burning("10", spec)
    spec.when(seen_final(spec.last(BurnAuthorized))).then_among(
        like(BurnFinalized, units="9.000001", shares="3")
    )
    after = spec.state.instruments[AAPL]
    assert after.pool * ONE > after.units * 333333333333333333


def test_a_burn_told_again_is_a_repetition() -> None:
    spec = burning()
    spec.given(seen_final(spec.last(BurnAuthorized)))
    spec.when(seen_final(spec.last(BurnAuthorized))).then(like(ReceiptRepeated))


@pytest.mark.parametrize(
    "fields",
    [{"units": "59"}, {"kind": "mint"}, {"kind": "transfer"}, {"chain": "other"}, {"account": "x-1"}],
)
def test_a_burn_told_otherwise_is_set_aside(fields: dict[str, str]) -> None:
    spec = burning()
    spec.when(seen_final(spec.last(BurnAuthorized), **fields)).then_among(
        like(MessageSetAside, code="receipt_contradicts")
    )
    assert spec.all(BurnFinalized) == []


def test_a_burn_that_failed_is_authorized_again_under_another_id() -> None:
    spec = burning()
    spec.when(seen_closed(spec.last(BurnAuthorized))).then(
        like(BurnFailed), like(BurnAuthorized, attempt=2, units="60")
    )
    assert len({each.burn for each in spec.all(BurnAuthorized)}) == 2


def test_a_burn_that_failed_too_often_holds_until_operators_let_it_go_on() -> None:
    spec = burning(spec=minted(spec=book(mint_attempts_max=1)))
    spec.when(seen_closed(spec.last(BurnAuthorized))).then(
        like(BurnFailed), like(HoldPlaced, reason="burn_failed_too_often")
    )
    released(spec).then_among(like(HoldReleased), like(BurnAuthorized, attempt=2))


def test_a_return_that_failed_too_often_holds_and_a_failed_one_is_tried_again() -> None:
    spec = burning("10.5", minted(spec=book(mint_attempts_max=2)))
    spec.when(seen_closed(spec.last(ReturnAuthorized))).then(
        like(ReturnFailed), like(ReturnAuthorized, attempt=2, units="0.5", recipient=WALLET)
    )
    spec.when(seen_closed(spec.last(ReturnAuthorized))).then(
        like(ReturnFailed), like(HoldPlaced, reason="return_failed_too_often")
    )


def test_a_burn_and_its_failure_that_contradict_each_other_are_set_aside() -> None:
    spec = burning()
    spec.given(seen_final(spec.last(BurnAuthorized)))
    spec.when(seen_closed(spec.last(BurnAuthorized))).then_among(
        like(MessageSetAside, code="receipt_contradicts")
    )


# -- holds, and a pool that is short --


def test_a_hold_stops_the_burn_until_it_is_gone() -> None:
    spec = held(minted()).given(redeemed("10.5"))
    spec.when(received("10.5")).then(like(TokensReceived))
    released(spec).then_among(
        like(HoldReleased), like(BurnAuthorized, units="10"), like(ReturnAuthorized, units="0.5")
    )


def test_a_hold_stops_the_instruction_of_what_is_promised() -> None:
    spec = held(burning("10"))
    spec.when(seen_final(spec.last(BurnAuthorized))).then(like(BurnFinalized, shares="10"))
    assert spec.state.instruments[AAPL].promised == 10 * ONE
    released(spec).then_among(like(HoldReleased), like(DeliveryInstructed, shares="10"))


def test_a_hold_stops_the_return_that_operators_ordered() -> None:
    spec = held(minted().given(received("5", sender="0xother")))
    order = ReturnReceipt(instrument=AAPL, sighting=spec.last(ReceiptParked).sighting)
    spec.given(ordered(order, of=AAPL)).then(like(ProposalConfirmed), like(ReceiptReturnOrdered))
    released(spec).then_among(like(ReturnAuthorized, units="5"))


def test_what_one_decision_is_too_short_for_waits_for_ticks() -> None:
    spec = held(minted(spec=book(events_per_decision_max=2)))
    for number in range(5):
        spec.given(redeemed("5", f"q{number}"), received("5", f"0x{number}"))
    released(spec).then_among(like(BurnAuthorized), like(BurnAuthorized))
    assert spec.state.due_at() == spec.state.time
    spec.when(tick(later(1))).then_among(like(BurnAuthorized), like(BurnAuthorized))
    spec.when(tick(later(2))).then_among(like(BurnAuthorized))
    assert spec.state.instruments[AAPL].ready == {}
    assert spec.state.due_at() != spec.state.time


def test_a_deficit_stays_a_deficit_when_units_are_burned() -> None:
    spec = burning("10").given(confirmed("20", "gone", movement="deliver", message_id="m9"))
    assert spec.last(DeficitOpened).shares == "20"
    spec.when(seen_final(spec.last(BurnAuthorized))).then(like(BurnFinalized, pool="10", owed="0"))
    after = spec.state.instruments[AAPL]
    assert (after.pool, after.promised, after.deficit, after.owed) == (30 * ONE, 10 * ONE, 20 * ONE, 0)


def test_shares_that_the_pool_does_not_have_are_promised_and_owed() -> None:
    spec = burning("60").given(confirmed("20", "gone", movement="deliver", message_id="m9"))
    spec.when(seen_final(spec.last(BurnAuthorized))).then_among(
        like(BurnFinalized, shares="60", pool="40", owed="20"), like(HoldReleased)
    )
    after = spec.state.instruments[AAPL]
    assert (after.pool, after.promised, after.deficit, after.owed) == (0, 60 * ONE, 0, 20 * ONE)


# -- the house --


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"client": "nobody"}, "client_unknown"),
        ({"account": "NOWHERE"}, "account_unknown"),
        ({"servicer": "ELSEUS33"}, "account_unknown"),
        ({"account": OTHER}, "details_unusable"),
        ({"increment": "0"}, "details_unusable"),
    ],
)
def test_delivery_details_name_a_client_an_account_that_backs_and_an_increment(
    terms: dict[str, str], code: str
) -> None:
    spec = book()
    for number, rule in enumerate((RegisterClient(client="client-1", eligible=True), *ACCOUNTS), 1):
        spec.given(ordered(rule, f"h{number}"))
    spec.when(proposed(details(**terms), "d1")).then(like(OrderRefused, code=code))


def test_delivery_details_take_effect_when_two_operators_agree() -> None:
    spec = book()
    for number, rule in enumerate((RegisterClient(client="client-1", eligible=True), *ACCOUNTS), 1):
        spec.given(ordered(rule, f"h{number}"))
    spec.given(ordered(details(), "d1")).never(OrderRefused)
    assert spec.state.house.delivery_details["client-1", "home"] == details()


def test_a_completed_redemption_waits_for_its_return() -> None:
    spec = burning("10.5")
    spec.given(seen_final(spec.last(BurnAuthorized)))
    reference = spec.last(DeliveryInstructed).settlement_reference
    spec.when(confirmed("10", "d1", reference, movement="deliver", message_id="m5")).never(
        RedemptionCompleted
    )
    spec.when(seen_final(spec.last(ReturnAuthorized))).then(
        like(ReturnFinalized), like(RedemptionCompleted, units="10", shares="10", proceeds=())
    )


def test_another_wallet_of_the_client_is_another_wallet() -> None:
    other = RegisterWallet(client="client-1", chain=CHAIN, address="0xsecond")
    spec = minted(spec=book(other)).given(redeemed("5", wallet="0xsecond"))
    spec.when(received("5")).then(like(ReceiptParked))
    spec.when(received("5", "0xin2", sender="0xsecond")).then_among(like(TokensReceived))
