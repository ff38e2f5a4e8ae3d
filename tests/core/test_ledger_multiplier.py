"""The multiplier: changed by compare-and-set, with a hold around it, and with nothing in flight."""

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
    details,
    house,
    instrument,
    later,
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

from schemas.events import (
    BurnAuthorized,
    BurnFinalized,
    DeficitClosed,
    DeficitOpened,
    HoldPlaced,
    HoldReleased,
    HouseRuleApplied,
    IssuanceCompleted,
    IssuanceRefused,
    LotMoved,
    LotReceived,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    MintRecallRequested,
    MultiplierActivated,
    MultiplierChangeCancelled,
    MultiplierChangeScheduled,
    MultiplierWaits,
    OrderRefused,
    ProposalConfirmed,
    ProposalMade,
    TickRecorded,
    TimeAdvanced,
    WorkFinished,
)
from schemas.house import CancelMultiplierChange, ChangeMultiplier, CoverShortfall, ReleaseHold
from workers.core.ledger.multiplier import current, highest


def book(**terms: Any) -> Specification:
    return Specification().given(house(terms=instrument(**terms)))


def change(after: str = "0.5", *, nonce: int = 1, before: str = "1", at: str = later(60)) -> ChangeMultiplier:
    return ChangeMultiplier(instrument=AAPL, nonce=nonce, before=before, after=after, activates_at=at)


def minted(spec: Specification, shares: str = "100", request: str = "r1", at: str = NOW) -> Specification:
    """Issue so many shares to the end."""
    spec.given(requested(shares, request, at=at), confirmed(shares, request, reference_of(request), at=at))
    return spec.given(seen_final(spec.last(MintAuthorized), at=at))


def changed(spec: Specification, order: ChangeMultiplier) -> Specification:
    return spec.given(ordered(order, f"c{order.nonce}", of=AAPL))


# The order.


def test_two_operators_schedule_a_change_and_a_hold_of_its_own_begins() -> None:
    spec = book().given(proposed(change(), of=AAPL)).when(confirmed_by("bob", of=AAPL))
    scheduled = spec.last(MultiplierChangeScheduled)
    spec.then(
        like(ProposalConfirmed),
        like(MultiplierChangeScheduled, nonce=1, before="1", after="0.5", activates_at=later(60)),
        like(HoldPlaced, reason="multiplier_pending", owner=scheduled.change, until=None),
    )
    assert current(spec.state, AAPL) == 10**18


def test_nobody_schedules_a_change_alone() -> None:
    spec = book().when(proposed(change(), of=AAPL)).then(like(ProposalMade))
    spec.when(confirmed_by("alice", of=AAPL)).then(like(OrderRefused, code="own_proposal"))


@pytest.mark.parametrize(
    ("order", "code", "subject"),
    [
        (change(before="2"), "multiplier_changed_meanwhile", "1, not 2"),
        (change(nonce=2), "nonce_not_next", "2, next is 1"),
        (change("0"), "multiplier_unusable", "0"),
    ],
)
def test_a_change_that_does_not_follow_is_refused(order: ChangeMultiplier, code: str, subject: str) -> None:
    book().when(proposed(order, of=AAPL)).then(like(OrderRefused, code=code, subject=subject))


def test_a_change_of_what_is_no_instrument_is_refused() -> None:
    order = ChangeMultiplier(instrument="GHOST", nonce=1, before="1", after="2", activates_at=NOW)
    book().when(proposed(order, of="GHOST")).then(like(OrderRefused, code="instrument_unknown"))


@pytest.mark.parametrize("of", [None, TSLA])
def test_a_change_under_another_key_than_its_instrument_is_refused(of: str | None) -> None:
    book().when(proposed(change(), of=of)).then(like(OrderRefused, code="wrong_book"))


def test_one_change_is_pending_at_a_time() -> None:
    spec = changed(book(), change())
    first = spec.last(MultiplierChangeScheduled).change
    spec.when(proposed(change(nonce=2), of=AAPL))
    spec.then(like(OrderRefused, code="multiplier_change_pending", subject=first))


def test_of_two_that_were_proposed_the_second_finds_the_multiplier_changed() -> None:
    spec = book().given(proposed(change("0.5"), "a", of=AAPL), proposed(change("0.8"), "b", of=AAPL))
    spec.given(confirmed_by("bob", "a", of=AAPL)).given(tick(later(60)))
    spec.when(confirmed_by("bob", "b", of=AAPL)).then(like(OrderRefused, code="nonce_not_next"))
    spec.when(proposed(change("0.8", nonce=2), "c", of=AAPL))
    spec.then(like(OrderRefused, code="multiplier_changed_meanwhile", subject="0.5, not 1"))


def test_what_the_pool_lacks_for_the_new_multiplier_is_a_deficit_from_the_order_on() -> None:
    spec = changed(minted(book()), change("1.01"))
    spec.then(
        like(ProposalConfirmed),
        like(MultiplierChangeScheduled),
        like(HoldPlaced, reason="multiplier_pending"),
        like(DeficitOpened, shares="1", cure_shares="1"),
        like(HoldPlaced, reason="deficit"),
    )
    spec.given(confirmed("1", "x", account=TREASURY))
    cover = CoverShortfall(instrument=AAPL, lot=spec.last(LotReceived).lot)
    spec.given(ordered(cover, "o2", of=AAPL)).then_among(like(DeficitClosed), like(HoldReleased))
    spec.when(tick(later(60))).then_among(like(MultiplierActivated, after="1.01"))


def test_a_deficit_outlives_an_activation_and_holds_what_is_next() -> None:
    spec = changed(minted(book()), change("1.01")).given(requested("60", "r2"))
    spec.given(confirmed("60", "t2", reference_of("r2")))
    spec.when(tick(later(60))).then_among(like(MultiplierActivated)).never(MintAuthorized)


def test_a_change_that_is_cancelled_takes_its_deficit_along() -> None:
    spec = changed(minted(book()), change("1.01"))
    spec.given(ordered(CancelMultiplierChange(instrument=AAPL, nonce=1), "x", of=AAPL))
    spec.then_among(like(MultiplierChangeCancelled), like(DeficitClosed))


def test_a_multiplier_that_dust_covers_is_scheduled() -> None:
    spec = minted(book(multiplier="3", decimals=0), "10")
    changed(spec, change("3.333333333333333333", before="3"))
    spec.then_among(like(MultiplierChangeScheduled))
    assert highest(spec.state, AAPL) == 3_333333333333333333


def test_a_mint_that_fails_takes_its_dust_along_and_leaves_a_deficit() -> None:
    spec = book(multiplier="3", decimals=0)
    minted(spec, "9").given(requested("10", "r2"), confirmed("10", "t2", reference_of("r2")))
    mint = spec.last(MintAuthorized)
    changed(spec, change("3.1", before="3")).never(DeficitOpened)
    spec.when(seen_closed(mint)).then_among(like(MintFailed), like(DeficitOpened, shares="0.3"))


# The activation.


def test_a_change_activates_at_its_time_and_issuances_go_on_at_the_new_multiplier() -> None:
    spec = changed(book().given(requested("60")), change())
    spec.when(confirmed("60", owner_id=reference_of())).never(MintAuthorized)
    assert spec.state.due_at() == later(60)
    spec.when(tick(later(59))).then(like(TickRecorded), like(TimeAdvanced))
    spec.when(tick(later(60))).then(
        like(TickRecorded),
        like(TimeAdvanced),
        like(MultiplierActivated, nonce=1, before="1", after="0.5"),
        like(HoldReleased),
        like(WorkFinished),
        like(MintAuthorized, units="120", multiplier="0.5", shares_in="60"),
    )


def test_a_change_waits_for_mints_on_their_way_and_says_so_once() -> None:
    spec = book().given(requested("60"), confirmed("60", owner_id=reference_of()))
    mint = spec.last(MintAuthorized)
    changed(spec, change())
    spec.when(tick(later(60))).then(
        like(TickRecorded), like(TimeAdvanced), like(MultiplierWaits, open_operations=1)
    )
    assert spec.state.due_at() > later(60)
    spec.when(tick(later(61))).never(MultiplierWaits, MultiplierActivated)
    spec.when(seen_final(mint, at=later(62))).then(
        like(TimeAdvanced), like(MintFinalized), like(IssuanceCompleted)
    )
    assert spec.state.due_at() == later(60)
    spec.when(tick(later(62))).then(like(TickRecorded), like(MultiplierActivated), like(HoldReleased))


def test_a_change_asks_back_what_is_on_its_way() -> None:
    spec = book().given(requested("60"), confirmed("60", owner_id=reference_of()))
    changed(spec, change()).then_among(like(MintRecallRequested, cause="hold"))


def test_a_change_waits_for_burns_on_their_way_and_what_they_promise_is_at_the_old_multiplier() -> None:
    spec = Specification().given(house(details())).given(requested("60"))
    spec.given(confirmed("60", owner_id=reference_of()))
    spec.given(seen_final(spec.last(MintAuthorized)))
    spec.given(redeemed("60"), received("60"))
    changed(spec, change()).when(tick(later(60))).then_among(like(MultiplierWaits, open_operations=1))
    spec.when(seen_final(spec.last(BurnAuthorized), at=later(61)))
    spec.then_among(like(BurnFinalized, multiplier="1", shares="60")).never(MultiplierActivated)
    spec.when(tick(later(61))).then_among(like(MultiplierActivated))


def test_nothing_is_burned_while_a_change_is_pending() -> None:
    spec = Specification().given(house(details())).given(requested("60"))
    spec.given(confirmed("60", owner_id=reference_of()))
    spec.given(seen_final(spec.last(MintAuthorized)))
    changed(spec, change()).given(redeemed("60")).when(received("60")).never(BurnAuthorized)
    spec.given(tick(later(60))).when(tick(later(60)))
    assert spec.last(BurnAuthorized).units == "60"


def test_a_mint_that_fails_meanwhile_is_tried_again_at_the_new_multiplier() -> None:
    spec = book().given(requested("60"), confirmed("60", owner_id=reference_of()))
    changed(spec, change()).when(seen_closed(spec.last(MintAuthorized))).never(MintAuthorized)
    spec.when(tick(later(60)))
    spec.then_among(like(MultiplierActivated), like(MintAuthorized, attempt=2, units="120"))


def test_another_hold_outlives_the_activation() -> None:
    spec = book().given(requested("60"), confirmed("1", "x", movement="deliver"))
    changed(spec, change()).given(confirmed("60", owner_id=reference_of()))
    spec.when(tick(later(60))).then_among(like(MultiplierActivated)).never(MintAuthorized)


def test_nobody_releases_the_hold_of_a_change() -> None:
    spec = changed(book(), change())
    hold = spec.last(HoldPlaced).hold
    spec.when(proposed(ReleaseHold(instrument=AAPL, hold=hold), "o2", of=AAPL))
    spec.then(like(OrderRefused, code="hold_not_operators", subject=hold))


def test_the_next_change_follows_the_one_that_activated() -> None:
    spec = changed(minted(book()), change()).given(tick(later(60)))
    changed(spec, change("1", nonce=2, before="0.5", at=later(120))).given(tick(later(120)))
    spec.then_among(like(MultiplierActivated, nonce=2, after="1"))
    assert current(spec.state, AAPL) == 10**18


def test_the_first_terms_again_do_not_bring_the_first_multiplier_back() -> None:
    spec = changed(book(), change()).given(tick(later(60)))
    spec.when(published(9, instrument(), at=later(60))).then(like(HouseRuleApplied))
    assert current(spec.state, AAPL) == 5 * 10**17


def test_requests_are_measured_with_the_multiplier_that_stands() -> None:
    spec = changed(book(decimals=0), change("2")).given(tick(later(60)))
    spec.when(requested("1", at=later(60))).then(like(IssuanceRefused))
    assert spec.last(IssuanceRefused).refusal.needed == "2"


def test_shares_that_are_less_than_a_unit_by_now_go_back() -> None:
    spec = book(decimals=0).given(requested("1"))
    changed(spec, change("2")).given(confirmed("1", owner_id=reference_of()))
    spec.when(tick(later(60)))
    spec.then_among(
        like(LotMoved, to_state="unassigned", cause="release"), like(IssuanceCompleted, units="0")
    )


def test_shares_that_go_back_in_more_than_one_decision_are_not_drawn_again() -> None:
    spec = Specification().given(house(terms=instrument(decimals=0), events_per_decision_max=2))
    spec.given(requested("5")).given(changed_to("10"))
    spec.given(confirmed("1", f"t{each}", reference_of()) for each in range(5))
    spec.given(tick(later(60)) for _ in range(3))
    spec.when(tick(later(60))).then_among(like(LotMoved, cause="release"), like(IssuanceCompleted))
    assert spec.state.due_at() > later(60)


def changed_to(after: str) -> list[Any]:
    return list(ordered(change(after), "c1", of=AAPL))


# Taking a change back.


def test_two_operators_cancel_a_change_and_its_nonce_is_used() -> None:
    spec = changed(book().given(requested("60")), change()).given(confirmed("60", owner_id=reference_of()))
    cancelling = CancelMultiplierChange(instrument=AAPL, nonce=1)
    spec.given(proposed(cancelling, "x", of=AAPL)).when(confirmed_by("bob", "x", of=AAPL))
    spec.then(
        like(ProposalConfirmed),
        like(MultiplierChangeCancelled, nonce=1),
        like(HoldReleased),
        like(WorkFinished),
        like(MintAuthorized, chain=CHAIN, units="60"),
    )
    spec.when(proposed(change(), "y", of=AAPL)).then(like(OrderRefused, code="nonce_not_next"))


@pytest.mark.parametrize("nonce", [1, 2])
def test_a_change_that_is_not_pending_is_not_cancelled(nonce: int) -> None:
    spec = changed(book(), change()).given(tick(later(60)))
    spec.when(proposed(CancelMultiplierChange(instrument=AAPL, nonce=nonce), "x", of=AAPL))
    spec.then(like(OrderRefused, code="multiplier_change_unknown", subject=str(nonce)))
