"""The bridge: units burned on one chain are in flight until they are minted on another, or back."""

from typing import Any

import pytest
from bridge_words import EIGHT, SIX, book_of, bridge_of, counts, issued, mint_of
from ledger_specification import like
from ledger_words import (
    AAPL,
    CHAIN,
    TREASURY,
    TSLA,
    bridged_out,
    confirmed,
    later,
    ordered,
    requested,
    seen_closed,
    seen_final,
    undone,
)

from schemas.amounts import parse
from schemas.events import (
    BridgeCompleted,
    BridgeMintAuthorized,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeMintRecallRequested,
    BridgeReleased,
    BridgeStarted,
    BridgeTurnedBack,
    DeficitOpened,
    HoldPlaced,
    HoldReleased,
    MessageParked,
    MessageSetAside,
    MintAuthorized,
    ReceiptRepeated,
    RemainderBooked,
    SightingRepeated,
    TimeAdvanced,
)
from schemas.house import ReleaseHold
from workers.core.ids import bridge_mint_id


def test_a_burn_puts_its_units_in_flight_and_lets_the_destination_mint_them() -> None:
    spec = issued().when(bridged_out("40", EIGHT))
    spec.then(
        like(
            BridgeStarted,
            bridge=bridge_of(),
            chain=CHAIN,
            units="40",
            multiplier="1",
            holder="0xholder",
            destination=EIGHT,
        ),
        like(BridgeReleased, source=CHAIN, destination=EIGHT, units="40", available="1000"),
        like(
            BridgeMintAuthorized,
            leg="destination",
            attempt=1,
            chain=EIGHT,
            recipient="0xthere",
            units="40",
            decimals=8,
            account="eight-1",
            deadline=later(600),
        ),
    )
    assert counts(spec) == ({CHAIN: parse("60")}, parse("40"), 0)


def test_the_mint_that_is_final_ends_the_flight() -> None:
    spec = issued().given(bridged_out("40", EIGHT))
    spec.when(seen_final(mint_of(spec))).then(
        like(BridgeMintFinalized, leg="destination", chain=EIGHT, units="40"),
        like(BridgeCompleted, bridge=bridge_of(), outcome="minted", units="40"),
    )
    assert counts(spec) == ({CHAIN: parse("60"), EIGHT: parse("40")}, 0, 0)
    assert not book_of(spec).in_flight.bridges
    spec.when(seen_final(mint_of(spec))).then(like(ReceiptRepeated, operation=mint_of(spec).mint))


def test_the_mint_id_digests_the_leg_and_the_attempt_but_neither_account_nor_deadline() -> None:
    mint = mint_of(issued().given(bridged_out("40", EIGHT)))
    assert mint.mint == bridge_mint_id(
        bridge=bridge_of(),
        leg="destination",
        attempt=1,
        chain=EIGHT,
        token="AAPLx",
        recipient="0xthere",
        units="40",
    )


def test_units_travel_and_never_what_they_are_worth() -> None:
    spec = issued(multiplier="1.037")
    units = spec.last(MintAuthorized).units
    spec.when(bridged_out(units, EIGHT))
    started, mint = spec.last(BridgeStarted), mint_of(spec)
    assert (started.multiplier, mint.multiplier) == ("1.037", "1.037")
    assert parse(mint.units) == parse(units) - book_of(spec).in_flight.remainder
    assert not book_of(spec).deficit


def test_the_same_burn_told_again_moves_nothing() -> None:
    spec = issued().given(bridged_out("40", EIGHT))
    before = counts(spec)
    spec.when(bridged_out("40", EIGHT, at=later(5)))
    spec.then(like(TimeAdvanced), like(SightingRepeated))
    assert counts(spec) == before


def test_the_same_burn_told_after_it_was_completed_moves_nothing() -> None:
    spec = issued().given(bridged_out("40", EIGHT))
    spec.given(seen_final(mint_of(spec)))
    spec.when(bridged_out("40", EIGHT)).then(like(SightingRepeated))


@pytest.mark.parametrize(
    "otherwise",
    [
        {"units": "41"},
        {"holder": "0xother"},
        {"recipient": "0xelsewhere"},
        {"destination": SIX},
    ],
)
def test_one_burn_told_in_two_ways_is_set_aside(otherwise: dict[str, Any]) -> None:
    spec = issued().given(bridged_out("40", EIGHT))
    before = counts(spec)
    spec.when(bridged_out(**{"units": "40", "destination": EIGHT, **otherwise}))
    spec.then(
        like(MessageSetAside, code="receipt_contradicts"),
        like(HoldPlaced, reason="message_set_aside"),
        like(BridgeMintRecallRequested, bridge=bridge_of()),
    )
    assert counts(spec) == before


def test_two_events_of_one_transaction_are_two_bridges() -> None:
    spec = issued().given(bridged_out("40", EIGHT)).when(bridged_out("40", EIGHT, index=1))
    spec.then(like(BridgeStarted), like(BridgeReleased), like(BridgeMintAuthorized))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"sender": "mallory"}, "sender_not_allowed"),
        ({"sender": "eight-1"}, "sender_not_allowed"),
        ({"account": "eight-1"}, "sender_not_allowed"),
        ({"token": "TSLAx"}, "sender_not_allowed"),
        ({"chain": "omega"}, "sender_not_allowed"),
        ({"sighting": "0" * 64}, "malformed"),
        ({"of": None, "token": "AAPLx"}, "misrouted"),
    ],
)
def test_only_the_tokens_own_account_tells_of_its_burns(said: dict[str, Any], code: str) -> None:
    spec = issued()
    spec.when(bridged_out("40", EIGHT, **said)).then(like(MessageParked, code=code))


def test_a_burn_of_what_was_never_there_is_set_aside() -> None:
    spec = issued().when(bridged_out("100.000000000000000001", EIGHT))
    spec.then(like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced))
    assert counts(spec) == ({CHAIN: parse("100")}, 0, 0)


def test_a_burn_may_be_told_before_the_receipt_of_the_mint_that_made_its_units() -> None:
    spec = issued().given(confirmed("50", "t2", account=TREASURY), requested("50", "r2", funding="treasury"))
    spec.when(bridged_out("130", EIGHT)).then_among(like(BridgeStarted, units="130"))
    assert book_of(spec).supply[CHAIN] == -parse("30")
    assert book_of(spec).units == parse("150")
    spec.when(seen_final(spec.last(MintAuthorized)))
    assert counts(spec) == ({CHAIN: parse("20")}, parse("130"), 0)


@pytest.mark.parametrize(
    ("destination", "units", "carried", "remainder"),
    [
        (EIGHT, "1.000000005", "1", "0.000000005"),
        (SIX, "1.000000999999999999", "1", "0.000000999999999999"),
        (SIX, "2.5", "2.5", None),
    ],
)
def test_what_the_destination_cannot_carry_is_booked_for_its_owner(
    destination: str, units: str, carried: str, remainder: str | None
) -> None:
    spec = issued().when(bridged_out(units, destination))
    booked = [] if remainder is None else [like(RemainderBooked, before="0", units=remainder)]
    spec.then_among(like(BridgeStarted), *booked, like(BridgeMintAuthorized, units=carried))
    kept = {} if remainder is None else {(CHAIN, "0xholder"): parse(remainder)}
    assert book_of(spec).in_flight.remainders == kept
    assert book_of(spec).units == parse("100")


def test_less_than_a_base_amount_is_all_remainder() -> None:
    spec = issued().when(bridged_out("0.0000004", SIX))
    spec.then(
        like(BridgeStarted, units="0.0000004"),
        like(RemainderBooked, before="0", units="0.0000004"),
        like(BridgeCompleted, outcome="remainder", units="0"),
    )
    assert counts(spec) == ({CHAIN: parse("99.9999996")}, 0, parse("0.0000004"))
    assert not book_of(spec).in_flight.bridges


def test_remainders_of_one_owner_add_up_and_travel_when_they_make_a_base_amount() -> None:
    spec = issued().given(bridged_out("0.0000004", SIX))
    spec.given(bridged_out("0.0000004", SIX, "0xb2"))
    spec.when(bridged_out("0.0000004", SIX, "0xb3")).then_among(
        like(RemainderBooked, before="0.0000008", units="0.0000002"),
        like(BridgeMintAuthorized, units="0.000001"),
    )
    assert book_of(spec).in_flight.remainders == {(CHAIN, "0xholder"): parse("0.0000002")}


def test_another_owners_remainder_stays_theirs() -> None:
    spec = issued().given(bridged_out("0.0000006", SIX))
    spec.given(bridged_out("0.0000006", SIX, "0xb2", holder="0xother"))
    assert book_of(spec).in_flight.remainders == {
        (CHAIN, "0xholder"): parse("0.0000006"),
        (CHAIN, "0xother"): parse("0.0000006"),
    }
    assert not spec.all(BridgeMintAuthorized)


def test_a_remainder_is_backed_like_any_other_unit() -> None:
    spec = issued().given(bridged_out("0.0000004", SIX))
    spec.when(undone("100", account=TREASURY)).then_among(like(DeficitOpened, shares="100"))


@pytest.mark.parametrize(
    ("destination", "recipient", "why"),
    [
        ("omega", "0xthere", "destination_unknown"),
        (CHAIN, "0xthere", "destination_unknown"),
        ("sha256:" + "0" * 64, "0xthere", "destination_unknown"),
        (EIGHT, "sha256:" + "0" * 64, "recipient_unreadable"),
    ],
)
def test_what_can_never_arrive_is_minted_again_for_its_holder(
    destination: str, recipient: str, why: str
) -> None:
    spec = issued().when(bridged_out("40.000000000000000001", destination, recipient=recipient))
    spec.then(
        like(BridgeStarted),
        like(BridgeTurnedBack, why=why),
        like(
            BridgeMintAuthorized,
            leg="refund",
            attempt=1,
            chain=CHAIN,
            recipient="0xholder",
            units="40.000000000000000001",
        ),
    )
    spec.when(seen_final(mint_of(spec))).then(
        like(BridgeMintFinalized, leg="refund"), like(BridgeCompleted, outcome="refunded")
    )
    assert counts(spec) == ({CHAIN: parse("100")}, 0, 0)


def test_a_destination_without_a_token_of_the_instrument_is_unknown() -> None:
    spec = issued()
    spec.given(confirmed("5", "t2", of=TSLA, account=TREASURY))
    spec.given(requested("5", "r2", of=TSLA, instrument=TSLA, funding="treasury"))
    spec.given(seen_final(spec.last(MintAuthorized), of=TSLA))
    spec.when(bridged_out("5", EIGHT, of=TSLA))
    spec.then_among(like(BridgeTurnedBack), like(BridgeMintAuthorized, leg="refund", token="TSLAx"))


def test_a_mint_that_is_closed_is_tried_again_with_another_id() -> None:
    spec = issued(mint_attempts_max=2).given(bridged_out("40", EIGHT))
    first = mint_of(spec)
    spec.when(seen_closed(first)).then(
        like(BridgeMintFailed, mint=first.mint, leg="destination", proof="deadline_passed"),
        like(BridgeMintAuthorized, leg="destination", attempt=2, units="40"),
    )
    assert mint_of(spec).mint != first.mint
    assert counts(spec) == ({CHAIN: parse("60")}, parse("40"), 0)


def test_units_are_refunded_only_when_the_last_destination_mint_is_closed() -> None:
    spec = issued(mint_attempts_max=2).given(bridged_out("40.0000000001", EIGHT))
    spec.given(seen_closed(mint_of(spec)))
    spec.when(seen_closed(mint_of(spec))).then(
        like(BridgeMintFailed, leg="destination"),
        like(BridgeTurnedBack, why="destination_failed"),
        like(BridgeMintAuthorized, leg="refund", attempt=1, chain=CHAIN, recipient="0xholder", units="40"),
    )
    spec.when(seen_final(mint_of(spec))).then_among(like(BridgeCompleted, outcome="refunded", units="40"))
    assert counts(spec) == ({CHAIN: parse("99.9999999999")}, 0, parse("0.0000000001"))


def test_a_refund_that_fails_too_often_is_held_for_people_who_let_it_go_on() -> None:
    spec = issued(mint_attempts_max=1).given(bridged_out("40", EIGHT))
    spec.given(seen_closed(mint_of(spec)))
    spec.when(seen_closed(mint_of(spec))).then(
        like(BridgeMintFailed, leg="refund"), like(HoldPlaced, reason="refund_failed_too_often")
    )
    assert counts(spec) == ({CHAIN: parse("60")}, parse("40"), 0)
    hold = spec.last(HoldPlaced).hold
    spec.given(ordered(ReleaseHold(instrument=AAPL, hold=hold), of=AAPL))
    spec.then_among(like(HoldReleased), like(BridgeMintAuthorized, leg="refund", attempt=2))


def test_a_receipt_of_another_number_of_units_is_set_aside() -> None:
    spec = issued().given(bridged_out("40", EIGHT))
    spec.when(seen_final(mint_of(spec), units="41"))
    spec.then_among(like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced))
    assert counts(spec) == ({CHAIN: parse("60")}, parse("40"), 0)
