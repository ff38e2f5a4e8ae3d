"""Collateral rules: what they stop, what lets it go on, and the figures that are published."""

from typing import Any

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    BACKING,
    CHAIN,
    CUSTODIAN,
    FEED,
    HOUSE_RULES,
    NOW,
    SENDER,
    TREASURY,
    confirmed,
    creation,
    details,
    house,
    instrument,
    later,
    message,
    ordered,
    proposed,
    published,
    received,
    redeemed,
    reference_of,
    requested,
    seen_closed,
    seen_final,
    tick,
)

from schemas.collateral import CollateralRules, CustodyPlace
from schemas.events import (
    BurnAuthorized,
    HoldPlaced,
    HouseRuleDecided,
    IssuanceFunded,
    IssuanceWaits,
    LotMoved,
    LotReceived,
    MintAuthorized,
    OrderRefused,
    TickRecorded,
    WorkFinished,
)
from schemas.house import AssignLot, ChangeMultiplier, PlaceHold, RegisterCustodyAccount, SetCollateralRules
from schemas.messages import Genesis
from workers.core.ledger import published as figures

OTHER_CUSTODIAN = "IRVTUS3N"
AT_OTHER = RegisterCustodyAccount(
    servicer=OTHER_CUSTODIAN, account="BACKING-2", purpose="backing", feed=FEED, senders=(SENDER,)
)
ALL = ((CUSTODIAN, BACKING), (CUSTODIAN, TREASURY), (OTHER_CUSTODIAN, "BACKING-2"))


def rules(*places: tuple[str, str], ratio: str = "1", share: str | None = None) -> SetCollateralRules:
    eligible = tuple(CustodyPlace(servicer=servicer, account=account) for servicer, account in places or ALL)
    found = CollateralRules(
        eligible=eligible, ratio_min=ratio, custodian_share_max=share, statement_age_seconds_max=None
    )
    return SetCollateralRules(instrument=AAPL, rules=found)


def book(*more: Any, **terms: Any) -> Specification:
    return Specification().given(house(AT_OTHER, *more, terms=instrument(**terms)))


def funded(spec: Specification, shares: str = "100", request: str = "r1", **fields: Any) -> Specification:
    spec.given(requested(shares, request))
    return spec.when(confirmed(shares, request, reference_of(request), **fields))


AT = {"servicer": OTHER_CUSTODIAN, "account": "BACKING-2"}


# What the rules stop.


def test_without_rules_nothing_is_asked() -> None:
    funded(book()).then_among(like(MintAuthorized))


def test_shares_on_an_account_that_is_not_eligible_are_no_collateral() -> None:
    funded(book(rules((OTHER_CUSTODIAN, "BACKING-2")))).then(
        like(LotReceived),
        like(LotMoved),
        like(IssuanceFunded),
        like(IssuanceWaits, why="collateral_ratio", needed="100", available="0"),
    )


def test_a_ratio_of_one_is_what_a_mint_brings() -> None:
    funded(book(rules())).then_among(like(MintAuthorized))


def test_a_ratio_above_one_needs_treasury_shares_beside_the_pool() -> None:
    spec = book(rules(ratio="1.05")).given(confirmed("4", account=TREASURY))
    funded(spec).then_among(like(IssuanceWaits, why="collateral_ratio", needed="105", available="104"))
    spec.when(confirmed("1", "t9", account=TREASURY)).never(MintAuthorized)
    spec.when(tick(NOW)).then(like(TickRecorded), like(WorkFinished), like(MintAuthorized))


def test_treasury_shares_that_an_issuance_is_to_draw_are_no_collateral() -> None:
    spec = book(rules(ratio="1.05")).given(confirmed("4", "a", account=TREASURY))
    spec.given(confirmed("6", "b", account=TREASURY), requested("6", "t", funding="treasury"))
    funded(spec).never(MintAuthorized)


def test_a_lot_that_is_given_to_treasury_lets_a_tick_go_on() -> None:
    spec = funded(book(rules(ratio="1.05")))
    spec.given(confirmed("5", "x"))
    order = AssignLot(instrument=AAPL, lot=spec.last(LotReceived).lot, issuance=None)
    spec.given(ordered(order, of=AAPL)).when(tick(NOW)).then_among(like(MintAuthorized))


def test_no_custodian_holds_more_of_the_collateral_than_its_share() -> None:
    spec = funded(book(rules(share="0.6")))
    spec.then_among(like(IssuanceWaits, why="custodian_share", needed="100", available="60"))
    spec.given(requested("70", "r2")).when(confirmed("70", "x", reference_of("r2"), **AT))
    spec.then_among(like(IssuanceWaits, why="custodian_share", needed="70", available="42"))


def test_shares_that_two_custodians_hold_are_minted_together() -> None:
    spec = book(rules(share="0.6")).given(requested("100"), confirmed("60", "a", reference_of()))
    spec.when(confirmed("40", "b", reference_of(), **AT)).then_among(like(MintAuthorized, shares_in="100"))


def test_it_is_said_once_that_an_issuance_waits() -> None:
    spec = funded(book(rules(ratio="1.05")))
    spec.given(confirmed("1", "a", account=TREASURY)).when(tick(NOW))
    spec.then(like(TickRecorded), like(WorkFinished))


def test_an_account_that_others_stand_in_for_has_nothing_for_a_mint_and_not_less() -> None:
    """Treasury's shares back what is redeemed; they leave by an account that had none in the pool."""
    spec = book(details()).given(confirmed("60", "t", account=TREASURY))
    spec.given(requested("60", "t1", funding="treasury"))
    spec.given(seen_final(spec.last(MintAuthorized)), redeemed("60"), received("60"))
    spec.given(seen_final(spec.last(BurnAuthorized)))
    spec.given(published(HOUSE_RULES + 3, rules((CUSTODIAN, BACKING))))
    funded(spec, "5").then_among(like(IssuanceWaits, why="collateral_ratio", needed="5", available="0"))


def test_rules_that_are_lifted_let_a_tick_go_on() -> None:
    spec = funded(book(rules(ratio="2")))
    lifted = SetCollateralRules(instrument=AAPL, rules=None)
    spec.given(published(HOUSE_RULES + 3, lifted)).when(tick(NOW)).then_among(like(MintAuthorized))


def test_a_mint_that_failed_takes_its_collateral_along_and_brings_it_back() -> None:
    spec = funded(book(rules()))
    spec.when(seen_closed(spec.last(MintAuthorized))).then_among(like(MintAuthorized, attempt=2))


# Rules that cannot be.


@pytest.mark.parametrize(
    ("rule", "code", "subject"),
    [
        (rules(ratio="0.99"), "collateral_rules_unusable", "ratio 0.99"),
        (rules(share="0"), "collateral_rules_unusable", "custodian share 0"),
        (rules(share="1.01"), "collateral_rules_unusable", "custodian share 1.01"),
        (rules(("X", "NOBODY-1")), "account_unknown", "NOBODY-1"),
        (SetCollateralRules(instrument="GHOST", rules=None), "instrument_unknown", "GHOST"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rule: SetCollateralRules, code: str, subject: str) -> None:
    spec = Specification().given(message("genesis", Genesis(rule=creation())))
    spec.given(ordered(instrument(), "i")).given(ordered(AT_OTHER, "a"))
    spec.when(proposed(rule)).then(like(OrderRefused, code=code, subject=subject))


def test_two_operators_set_collateral_rules() -> None:
    spec = Specification().given(message("genesis", Genesis(rule=creation())))
    spec.given(ordered(instrument(), "i")).given(ordered(AT_OTHER, "a"))
    rule = rules((OTHER_CUSTODIAN, "BACKING-2"))
    spec.given(ordered(rule, "c")).then_among(like(HouseRuleDecided, rule=rule))


# What is published.


def test_an_instrument_without_units_has_no_ratio() -> None:
    assert figures.published(book().state, AAPL).ratio is None


def test_the_figures_say_what_is_held_what_it_is_behind_and_what_will_change() -> None:
    spec = funded(book(), "100").given(confirmed("25", "x", account=TREASURY), confirmed("7", "y"))
    spec.given(seen_final(spec.last(MintAuthorized)))
    change = ChangeMultiplier(instrument=AAPL, nonce=1, before="1", after="0.8", activates_at=later(60))
    spec.given(ordered(change, of=AAPL))
    spec.given(proposed(PlaceHold(instrument=AAPL, text="", until=None), "h", of=AAPL))
    found = figures.published(spec.state, AAPL)
    assert found.ratio == 125 * 10**16
    assert found.multiplier == 10**18
    assert found.pending is not None
    assert (found.pending.after, found.pending.activates_at) == (8 * 10**17, later(60))
    assert found.holds == {each.hold: each.reason for each in spec.all(HoldPlaced)}
    assert found.units_by_chain == {CHAIN: 100 * 10**18}
    assert found.shares_by_state == {
        "pool": 100 * 10**18,
        "free": 25 * 10**18,
        "unassigned": 7 * 10**18,
    }


def test_the_ratio_counts_what_the_rules_count() -> None:
    spec = funded(book()).given(confirmed("25", "x", account=TREASURY))
    spec.given(published(HOUSE_RULES + 2, rules((CUSTODIAN, BACKING))))
    assert figures.published(spec.state, AAPL).ratio == 10**18


def test_the_ratio_is_rounded_down() -> None:
    spec = funded(book(), "3").given(confirmed("1", "x", account=TREASURY))
    assert figures.published(spec.state, AAPL).ratio == 1_333333333333333333
