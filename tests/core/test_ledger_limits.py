"""Limits and approvals: what is refused, what waits for midnight, and what two operators must approve."""

from typing import Any

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    CHAIN,
    NOW,
    TREASURY,
    TSLA,
    confirmed,
    confirmed_by,
    creation,
    house,
    issuance_of,
    later,
    message,
    ordered,
    policy,
    proposed,
    published,
    reference_of,
    requested,
    seen_closed,
    seen_final,
    tick,
)

from schemas.events import (
    ApprovalRequired,
    HouseRuleApplied,
    IssuanceAccepted,
    IssuanceApproved,
    IssuanceClosed,
    IssuanceCompleted,
    IssuanceExpired,
    IssuanceFunded,
    IssuanceRefused,
    IssuanceWaits,
    LotMoved,
    MintAuthorized,
    OrderRefused,
    ProposalConfirmed,
    ProposalMade,
    TickRecorded,
    TimeAdvanced,
    WorkFinished,
)
from schemas.house import ApproveIssuance, RegisterClient, RegisterWallet, SetLimits, SetPolicy
from schemas.limits import Limits
from schemas.messages import Genesis

MIDNIGHT = "2026-11-24T00:00:00.000000Z"
OTHER_CLIENT = (
    RegisterClient(client="client-2", eligible=True),
    RegisterWallet(client="client-2", chain=CHAIN, address="0xother"),
)
APPROVAL = ApproveIssuance(instrument=AAPL, issuance=issuance_of())


def limits(instrument: str | None = AAPL, **changes: Any) -> SetLimits:
    none: dict[str, Any] = {
        "mint_shares_max": None,
        "instrument_day_shares_max": None,
        "client_day_shares_max": None,
        "approval_threshold_shares": None,
        "approval_expiry_seconds": 3600,
    }
    return SetLimits(instrument=instrument, limits=Limits(**{**none, **changes}))


def book(*more: Any) -> Specification:
    return Specification().given(house(*more))


def minted(spec: Specification, shares: str, request: str, **fields: Any) -> Specification:
    """Request and settle so many shares."""
    return spec.given(requested(shares, request, **fields)).when(
        confirmed(shares, request, spec.last(IssuanceAccepted).settlement_reference)
    )


# What can never be minted whole is refused.


@pytest.mark.parametrize("limit", ["mint_shares_max", "instrument_day_shares_max", "client_day_shares_max"])
def test_an_issuance_above_a_limit_is_refused_with_both_numbers(limit: str) -> None:
    spec = book(limits(**{limit: "99.5"})).when(requested("100"))
    refusal = spec.last(IssuanceRefused).refusal
    assert (refusal.code, refusal.needed, refusal.available) == ("limit_exceeded", "100", "99.5")


@pytest.mark.parametrize("limit", ["mint_shares_max", "instrument_day_shares_max", "client_day_shares_max"])
def test_an_issuance_of_just_the_limit_is_minted(limit: str) -> None:
    minted(book(limits(**{limit: "100"})), "100", "r1").then_among(like(MintAuthorized, shares_in="100"))


def test_an_instrument_without_limits_of_its_own_has_everybodys() -> None:
    spec = book(limits(None, mint_shares_max="50"), limits(TSLA, mint_shares_max="500"))
    spec.when(requested("100")).then(like(IssuanceRefused))
    spec.when(requested("100", "r2", of=TSLA, instrument=TSLA)).then(like(IssuanceAccepted))


def test_limits_are_of_an_instrument_that_there_is() -> None:
    spec = Specification().given(message("genesis", Genesis(rule=creation())))
    spec.when(proposed(limits("GHOST"))).then(like(OrderRefused, code="instrument_unknown", subject="GHOST"))


def test_a_mint_that_is_above_a_limit_by_now_waits_until_the_limit_is_raised() -> None:
    spec = book().given(requested("100"), published(9, limits(mint_shares_max="50")))
    spec.when(confirmed("100", owner_id=reference_of()))
    spec.then_among(like(IssuanceWaits, why="mint_limit", needed="100", available="50"))
    spec.given(tick(NOW), published(10, limits(mint_shares_max="100")))
    spec.when(tick(NOW)).then(like(TickRecorded), like(WorkFinished), like(MintAuthorized))


# Days.


def test_what_is_above_the_instruments_day_waits_for_the_next_one_and_says_so_once() -> None:
    spec = minted(book(limits(instrument_day_shares_max="100")), "70", "r1")
    minted(spec, "40", "r2").then_among(
        like(IssuanceFunded), like(IssuanceWaits, why="instrument_day_limit", needed="40", available="30")
    )
    assert spec.state.due_at() == later(43_200)
    spec.when(tick(later(43_200))).never(MintAuthorized, IssuanceWaits)
    assert spec.state.due_at() == MIDNIGHT
    spec.when(tick(MIDNIGHT))
    spec.then(like(TickRecorded), like(TimeAdvanced), like(WorkFinished), like(MintAuthorized, units="40"))


def test_any_message_of_a_new_day_lets_a_tick_go_on() -> None:
    spec = minted(book(limits(instrument_day_shares_max="100"), policy_of_days()), "70", "r1")
    minted(spec, "40", "r2").given(requested("1", "r3", at=MIDNIGHT))
    assert spec.state.due_at() == MIDNIGHT
    spec.when(tick(MIDNIGHT)).then_among(like(MintAuthorized, units="40"))


def policy_of_days() -> SetPolicy:
    return SetPolicy(policy=policy(largest_time_jump_seconds=5 * 86_400))


def test_a_new_day_has_room_for_its_own_limit_only() -> None:
    spec = minted(book(limits(instrument_day_shares_max="100")), "70", "r1")
    minted(spec, "60", "r2")
    minted(spec, "60", "r3").given(tick(later(43_200))).when(tick(MIDNIGHT))
    spec.then_among(like(MintAuthorized, shares_in="60"), like(IssuanceWaits, needed="60", available="40"))
    spec.given(tick("2026-11-24T12:00:00.000000Z")).when(tick("2026-11-25T00:00:00.000000Z"))
    spec.then_among(like(MintAuthorized, shares_in="60"))


def test_a_client_waits_and_another_goes_on() -> None:
    spec = minted(book(*OTHER_CLIENT, limits(client_day_shares_max="100")), "70", "r1")
    minted(spec, "40", "r2").then_among(
        like(IssuanceWaits, why="client_day_limit", needed="40", available="30")
    )
    minted(spec, "100", "r3", client="client-2", wallet="0xother").then_among(
        like(MintAuthorized, units="100")
    )


def test_every_mint_of_an_issuance_in_parts_counts() -> None:
    spec = book(limits(instrument_day_shares_max="100")).given(requested("100", partial="parts"))
    minted(spec, "50", "r2")
    spec.given(confirmed("50", "t1", reference_of()))
    spec.when(confirmed("50", "t2", reference_of()))
    spec.then_among(like(IssuanceWaits, needed="50", available="0"))


def test_a_mint_that_failed_on_its_day_gives_the_day_back() -> None:
    spec = minted(book(limits(instrument_day_shares_max="100")), "100", "r1")
    spec.when(seen_closed(spec.last(MintAuthorized))).then_among(like(MintAuthorized, attempt=2))


def test_what_waits_takes_the_room_of_a_mint_that_expired_and_failed() -> None:
    spec = book(policy_of_days(), limits(instrument_day_shares_max="100"))
    spec.given(requested("100", partial="parts"), confirmed("90", "t1", reference_of()))
    first = spec.last(MintAuthorized)
    minted(spec.given(tick(later(43_200))), "40", "r2", at=later(43_200)).then_among(like(IssuanceWaits))
    spec.given(seen_closed(first, at=later(43_200)))
    spec.then_among(like(MintAuthorized, attempt=2))
    spec.when(tick(later(43_200))).then(like(TickRecorded), like(WorkFinished), like(IssuanceWaits))


def test_a_mint_that_failed_on_a_later_day_gives_that_day_nothing() -> None:
    spec = minted(book(limits(instrument_day_shares_max="100")), "60", "r1").given(tick(later(43_200)))
    first = spec.last(MintAuthorized)
    minted(spec.given(tick(MIDNIGHT)), "70", "r2", at=MIDNIGHT)
    spec.when(seen_closed(first, at=MIDNIGHT))
    spec.then_among(like(IssuanceWaits, needed="60", available="30")).never(MintAuthorized)


# Approvals.


def large(**fields: Any) -> Specification:
    return book(limits(approval_threshold_shares="50")).when(requested("100", **fields))


def test_an_issuance_above_the_threshold_is_accepted_and_needs_an_approval() -> None:
    large().then(
        like(IssuanceAccepted),
        like(ApprovalRequired, shares="100", threshold="50", expires_at=later(3600)),
    )


def test_an_issuance_of_the_threshold_needs_none() -> None:
    book(limits(approval_threshold_shares="100")).when(requested("100")).then(like(IssuanceAccepted))


def test_it_is_funded_and_waits_until_two_operators_approve() -> None:
    spec = large().when(confirmed("100", owner_id=reference_of()))
    spec.then_among(like(IssuanceFunded)).never(MintAuthorized)
    spec.when(proposed(APPROVAL, of=AAPL)).then(like(ProposalMade))
    spec.when(confirmed_by("alice", of=AAPL)).then(like(OrderRefused, code="own_proposal"))
    spec.when(confirmed_by("bob", of=AAPL)).then(
        like(ProposalConfirmed), like(IssuanceApproved), like(MintAuthorized, units="100")
    )


def test_it_can_be_approved_before_it_is_funded() -> None:
    spec = large().given(ordered(APPROVAL, of=AAPL)).when(confirmed("100", owner_id=reference_of()))
    spec.then_among(like(MintAuthorized))
    spec.when(seen_final(spec.last(MintAuthorized))).then_among(like(IssuanceCompleted))


def test_treasury_is_drawn_and_not_minted_from_before_the_approval() -> None:
    spec = book(limits(approval_threshold_shares="50")).given(confirmed("100", account=TREASURY))
    spec.when(requested("100", funding="treasury"))
    spec.then(like(IssuanceAccepted), like(ApprovalRequired), like(LotMoved), like(IssuanceFunded))
    spec.given(ordered(APPROVAL, of=AAPL)).then_among(like(IssuanceApproved), like(MintAuthorized))


def test_what_nobody_approves_in_time_expires_though_it_is_funded() -> None:
    spec = large().given(confirmed("100", owner_id=reference_of()))
    assert spec.state.due_at() == later(3600)
    spec.when(tick(later(3600))).then_among(
        like(IssuanceExpired), like(LotMoved, to_state="unassigned", cause="expiry"), like(IssuanceClosed)
    )
    spec.when(proposed(APPROVAL, of=AAPL)).then(like(OrderRefused, code="issuance_unknown"))


def test_an_approval_does_not_keep_an_issuance_that_is_not_funded() -> None:
    spec = large().given(ordered(APPROVAL, of=AAPL)).when(tick(later(3600))).never(IssuanceExpired)
    for day in range(1, 5):
        spec.when(tick(later(day * 86_400))).never(IssuanceExpired)
    spec.when(tick(later(5 * 86_400))).then_among(like(IssuanceExpired))


def test_a_threshold_that_is_lowered_stops_what_was_not_minted_yet() -> None:
    spec = book().given(requested("100", partial="parts"), confirmed("40", "t1", reference_of()))
    spec.given(published(9, limits(approval_threshold_shares="50")))
    spec.when(confirmed("60", "t2", reference_of()))
    spec.then_among(like(IssuanceFunded), like(ApprovalRequired)).never(MintAuthorized)
    spec.given(ordered(APPROVAL, of=AAPL)).then_among(
        like(IssuanceApproved), like(MintAuthorized, units="60")
    )


def test_a_threshold_that_is_raised_lets_nothing_go_that_needed_an_approval() -> None:
    spec = large().given(published(10, limits())).when(confirmed("100", owner_id=reference_of()))
    spec.never(MintAuthorized)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (ApproveIssuance(instrument=AAPL, issuance="e" * 64), "issuance_unknown"),
        (ApproveIssuance(instrument=AAPL, issuance=issuance_of("r2")), "approval_not_required"),
    ],
)
def test_an_approval_that_nothing_needs_is_refused(order: ApproveIssuance, code: str) -> None:
    large().given(requested("10", "r2")).when(proposed(order, of=AAPL)).then(like(OrderRefused, code=code))


def test_an_issuance_is_approved_once() -> None:
    spec = large().given(ordered(APPROVAL, of=AAPL))
    spec.when(proposed(APPROVAL, "o2", of=AAPL)).then(like(OrderRefused, code="approval_not_required"))


def test_limits_that_change_are_applied_and_a_tick_looks_again() -> None:
    spec = large().when(published(10, limits(mint_shares_max="1"))).then(like(HouseRuleApplied))
    assert spec.state.due_at() == NOW
