"""Issuance: from a request to tokens that exist, or to shares that went back."""

from typing import Any

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    ACCOUNT,
    CHAIN,
    CLIENT,
    HOUSE_RULES,
    NOW,
    TREASURY,
    TSLA,
    WALLET,
    confirmed,
    house,
    instrument,
    issuance_of,
    later,
    ordered,
    published,
    reference_of,
    requested,
    seen_closed,
    seen_final,
    tick,
)

from schemas.events import (
    IssuanceAccepted,
    IssuanceClosed,
    IssuanceCompleted,
    IssuanceExpired,
    IssuanceFunded,
    IssuanceRefused,
    IssuanceRepeated,
    LotMoved,
    LotReceived,
    LotSplit,
    MessageParked,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    TickRecorded,
    TimeAdvanced,
    WorkFinished,
    WorkPostponed,
)
from schemas.events.issuance import Refusal
from schemas.house import AssignLot, RegisterClient, Token

DAY = 86_400


def book(*more: Any, **changes: Any) -> Specification:
    return Specification().given(house(*more, **changes))


def free(shares: str, servicer_id: str, **fields: Any) -> Any:
    return confirmed(shares, servicer_id, account=TREASURY, message_id=servicer_id, **fields)


def treasury(shares: str, request: str = "r1", **fields: Any) -> Any:
    return requested(shares, request, funding="treasury", **fields)


def test_a_request_is_accepted_with_a_settlement_reference() -> None:
    book().when(requested("100")).then(
        like(
            IssuanceAccepted,
            issuance=issuance_of(),
            settlement_reference=reference_of(),
            shares="100",
            recipient=WALLET,
            expires_at=later(5 * DAY),
        )
    )


def test_the_same_request_again_gets_the_same_answer() -> None:
    book().given(requested("100")).when(requested("100", at=later(9))).then(
        like(TimeAdvanced), like(IssuanceRepeated, issuance=issuance_of())
    )


def test_a_refused_request_again_gets_the_same_answer_though_it_would_stand_now() -> None:
    spec = book().when(requested("100", wallet="0xdef")).then(like(IssuanceRefused))
    spec.when(requested("100", wallet="0xdef")).then(like(IssuanceRepeated))


def test_a_completed_request_again_gets_the_same_answer() -> None:
    spec = book().given(requested("60"), confirmed("60", owner_id=reference_of()))
    spec.given(seen_final(spec.last(MintAuthorized)))
    spec.when(requested("60")).then(like(IssuanceRepeated))


@pytest.mark.parametrize("first", [requested("100"), requested("100", wallet="0xdef")])
def test_another_body_under_the_same_id_is_refused_with_both_digests(first: Any) -> None:
    spec = book().given(first).when(requested("101"))
    spec.then(like(IssuanceRefused, issuance=issuance_of()))
    refusal = spec.last(IssuanceRefused).refusal
    assert refusal.code == "request_id_reused"
    assert refusal.needed != refusal.available
    spec.when(first).then(like(IssuanceRepeated))


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"client": "client-9"}, Refusal(code="client_unknown", needed="client-9", available=None)),
        ({"client": "client-2"}, Refusal(code="client_not_eligible", needed="client-2", available=None)),
        ({"chain": "mars"}, Refusal(code="token_not_on_chain", needed="mars", available=None)),
        ({"wallet": "0xdef"}, Refusal(code="wallet_not_registered", needed="0xdef", available=None)),
        ({"shares": "0"}, Refusal(code="quantity_not_positive", needed="0", available=None)),
        (
            {"funding": "treasury"},
            Refusal(code="backing_insufficient", needed="100", available="0"),
        ),
    ],
)
def test_a_request_that_cannot_stand_is_refused_with_the_numbers(
    fields: dict[str, Any], refusal: Refusal
) -> None:
    spec = book(RegisterClient(client="client-2", eligible=False))
    spec.when(requested(**{"shares": "100", **fields})).then(like(IssuanceRefused, refusal=refusal))


def test_a_request_for_an_instrument_that_nobody_registered_is_refused() -> None:
    body = requested("100", of="NVDA", instrument="NVDA")
    book().when(body).then(
        like(IssuanceRefused, refusal=Refusal(code="instrument_unknown", needed="NVDA", available=None))
    )


@pytest.mark.parametrize(
    ("multiplier", "decimals", "shares", "needed"),
    [
        ("1", 2, "0.009", "0.01"),
        ("1.5", 18, "0.000000000000000001", "0.000000000000000002"),
        ("3", 0, "2.9", "3"),
    ],
)
def test_less_than_a_base_amount_is_refused_with_what_one_needs(
    multiplier: str, decimals: int, shares: str, needed: str
) -> None:
    spec = book(terms=instrument(multiplier=multiplier, decimals=decimals))
    refusal = Refusal(code="quantity_below_base_amount", needed=needed, available=shares)
    spec.when(requested(shares)).then(like(IssuanceRefused, refusal=refusal))
    spec.when(requested(needed, "r2")).then(like(IssuanceAccepted))


@pytest.mark.parametrize("of", [None, TSLA])
def test_a_request_under_another_key_is_misrouted(of: str | None) -> None:
    book().when(requested("100", of=of)).then(like(MessageParked, code="misrouted"))


def test_a_request_from_beyond_the_time_jump_is_refused_and_moves_no_time() -> None:
    refusal = Refusal(code="time_jump", needed=str(DAY + 1), available=str(DAY))
    spec = book().when(requested("100", at=later(DAY + 1))).then(like(IssuanceRefused, refusal=refusal))
    assert spec.state.time == NOW


def test_a_request_at_the_edge_of_the_time_jump_stands_and_moves_the_time() -> None:
    book().when(requested("100", at=later(DAY))).then(
        like(TimeAdvanced, to=later(DAY)), like(IssuanceAccepted, expires_at=later(6 * DAY))
    )


# Partial settlements.


def test_a_request_that_waits_mints_once_when_everything_settled() -> None:
    spec = book().given(requested("100"))
    spec.when(confirmed("60", owner_id=reference_of())).never(MintAuthorized)
    spec.when(confirmed("40", owner_id=reference_of(), previously_settled="60", message_id="m2")).then(
        like(LotReceived),
        like(LotMoved, to_state="reserved"),
        like(IssuanceFunded),
        like(MintAuthorized, part=1, attempt=1, units="100", shares_in="100", account=ACCOUNT),
    )
    assert len(spec.last(MintAuthorized).lots) == 2


def test_a_request_in_parts_mints_what_settled_and_numbers_the_parts() -> None:
    spec = book().given(requested("100", partial="parts"))
    spec.when(confirmed("60", owner_id=reference_of())).then_among(like(MintAuthorized, part=1, units="60"))
    spec.when(confirmed("40", owner_id=reference_of(), previously_settled="60", message_id="m2"))
    spec.then_among(like(IssuanceFunded), like(MintAuthorized, part=2, attempt=1, units="40"))
    first, second = spec.all(MintAuthorized)
    spec.when(seen_final(second)).then(like(MintFinalized))
    spec.when(seen_final(first)).then(like(MintFinalized), like(IssuanceCompleted, units="100", shares="100"))


def test_a_part_that_is_dust_waits_for_the_next() -> None:
    spec = book(terms=instrument(decimals=0)).given(requested("10", partial="parts"))
    spec.when(confirmed("0.6", owner_id=reference_of())).never(MintAuthorized)
    spec.when(confirmed("0.6", owner_id=reference_of(), previously_settled="0.6"))
    spec.then_among(like(MintAuthorized, units="1", shares_in="1.2"))


def test_dust_that_can_never_be_minted_goes_back_when_all_else_is_minted() -> None:
    spec = book(terms=instrument(decimals=0)).given(requested("10", partial="parts"))
    spec.given(confirmed("9.5", owner_id=reference_of()), seen_final_of(spec))
    spec.when(confirmed("0.5", owner_id=reference_of(), previously_settled="9.5")).then(
        like(LotReceived),
        like(LotMoved, to_state="reserved"),
        like(IssuanceFunded),
        like(LotMoved, to_state="unassigned", cause="release"),
        like(IssuanceCompleted, units="9", shares="9.5"),
    )


def seen_final_of(spec: Specification) -> Any:
    def say() -> Any:
        yield seen_final(spec.last(MintAuthorized))

    return say()


def test_dust_that_came_before_the_mint_is_final_goes_back_with_it() -> None:
    spec = book(terms=instrument(decimals=0)).given(requested("10", partial="parts"))
    spec.given(confirmed("9.5", owner_id=reference_of()))
    spec.given(confirmed("0.5", owner_id=reference_of(), previously_settled="9.5"))
    spec.when(seen_final(spec.last(MintAuthorized))).then(
        like(MintFinalized),
        like(LotMoved, to_state="unassigned", cause="release"),
        like(IssuanceCompleted, units="9", shares="9.5"),
    )


def test_treasury_dust_that_can_never_be_minted_is_free_again() -> None:
    spec = book(terms=instrument(decimals=0), events_per_decision_max=2)
    spec.given(free("1", "a"), free("1", "b"), free("0.5", "c"), treasury("2.5"))
    spec.given(tick(later(1)), tick(later(2)))
    for mint in spec.all(MintAuthorized):
        spec.given(seen_final(mint))
    spec.holds_together()
    kept = spec.state.instruments[AAPL]
    assert not kept.issuances
    assert (kept.treasury_owed, kept.free_total, kept.pool) == (0, 5 * 10**17, 2 * 10**18)


@pytest.mark.parametrize("lots_max", [1, 2, 3, 50])
def test_lots_of_dust_are_minted_together_however_few_a_decision_may_name(lots_max: int) -> None:
    spec = book(terms=instrument(decimals=0), events_per_decision_max=lots_max).given(requested("1"))
    for number in range(10):
        before = f"0.{number}" if number else None
        spec.given(confirmed("0.1", owner_id=reference_of(), previously_settled=before))
    spec.then_among(like(MintAuthorized, units="1", shares_in="1"))
    spec.when(seen_final(spec.last(MintAuthorized))).then(like(MintFinalized), like(IssuanceCompleted))


def test_more_lots_than_a_mint_may_name_are_minted_in_further_parts() -> None:
    spec = book(events_per_decision_max=2).given(requested("5"))
    for number in range(5):
        before = str(number) if number else None
        spec.given(confirmed("1", owner_id=reference_of(), previously_settled=before))
    spec.then_among(
        like(MintAuthorized, part=1, units="2"),
        like(MintAuthorized, part=2, units="2"),
        like(WorkPostponed, issuance=issuance_of()),
    )
    spec.when(tick(NOW)).then_among(like(WorkFinished), like(MintAuthorized, part=3, units="1"))


def test_many_lots_of_an_expired_issuance_go_back_over_ticks() -> None:
    spec = book(events_per_decision_max=2).given(requested("9"))
    for number in range(5):
        before = str(number) if number else None
        spec.given(confirmed("1", owner_id=reference_of(), previously_settled=before))
    spec.given(*(tick(later(day * DAY)) for day in range(1, 5)))
    spec.when(tick(later(5 * DAY))).then_among(
        like(IssuanceExpired),
        like(LotMoved, cause="expiry"),
        like(LotMoved, cause="expiry"),
        like(WorkPostponed),
    )
    while spec.state.instruments[AAPL].postponed is not None:
        spec.when(tick(later(5 * DAY)))
        assert len([each for each in spec.records[-1] if isinstance(each, LotMoved)]) <= 2
    spec.then_among(like(IssuanceClosed, units="0"))
    assert {lot.state for lot in spec.state.instruments[AAPL].lots.values()} == {"unassigned"}


def test_the_multiplier_rounds_down_and_leaves_the_rounding_in_the_pool() -> None:
    spec = book(terms=instrument(multiplier="3", decimals=2)).given(requested("10"))
    spec.when(confirmed("10", owner_id=reference_of())).then_among(
        like(MintAuthorized, units="3.33", shares_in="10", multiplier="3")
    )
    assert spec.state.instruments[AAPL].pool == 10 * 10**18


# Treasury.


def test_treasury_lots_are_drawn_oldest_first() -> None:
    spec = book().given(free("5", "a"), free("5", "b"), free("5", "c"))
    first, second, _ = (each.lot for each in spec.all(LotReceived))
    spec.when(treasury("8")).then(
        like(IssuanceAccepted),
        like(LotMoved, lot=first, from_state="free", cause="treasury"),
        like(LotSplit, lot=second),
        like(LotMoved, lot=_first_part(spec), cause="treasury"),
        like(IssuanceFunded),
        like(MintAuthorized, units="8"),
    )
    spec.when(treasury("4", "r2")).then_among(
        like(LotMoved, lot=spec.all(LotSplit)[0].parts[1].lot), like(LotMoved)
    )


def _first_part(spec: Specification) -> str:
    """The id of the first part, which is a function of the lot that is split."""
    from workers.core.ids import derive  # noqa: PLC0415

    return derive("lot_part", spec.all(LotReceived)[1].lot, 1)


def test_a_newer_lot_that_is_split_for_its_reference_does_not_become_the_oldest() -> None:
    spec = book().given(free("5", "old"), requested("1"))
    oldest = spec.last(LotReceived).lot
    spec.given(free("5", "new", owner_id=reference_of()))
    spec.when(treasury("2", "r2")).then_among(like(LotSplit, lot=oldest), like(LotMoved, cause="treasury"))


def test_what_one_issuance_draws_another_cannot() -> None:
    spec = book().given(free("10", "a"), treasury("7"))
    refusal = Refusal(code="backing_insufficient", needed="4", available="3")
    spec.when(treasury("4", "r2")).then(like(IssuanceRefused, refusal=refusal))
    spec.when(treasury("3", "r3")).then_among(like(MintAuthorized, units="3"))


def test_treasury_that_is_promised_but_not_drawn_yet_cannot_be_promised_again() -> None:
    spec = book(events_per_decision_max=2)
    spec.given(*(free("1", f"t{number}") for number in range(6)))
    spec.when(treasury("5")).then_among(like(WorkPostponed))
    assert spec.state.instruments[AAPL].free_total == 4 * 10**18
    refusal = Refusal(code="backing_insufficient", needed="2", available="1")
    spec.when(treasury("2", "r2")).then(like(IssuanceRefused, refusal=refusal))


def test_work_beyond_one_decision_is_done_over_ticks_and_in_turn() -> None:
    spec = book(events_per_decision_max=2)
    spec.given(*(free("1", f"t{number}") for number in range(6)))
    spec.when(treasury("5")).then_among(
        like(LotMoved), like(LotMoved), like(WorkPostponed, issuance=issuance_of())
    )
    spec.when(treasury("1", "r2")).then(
        like(IssuanceAccepted), like(LotMoved), like(IssuanceFunded), like(MintAuthorized, units="1")
    )
    assert spec.state.due_at() == NOW
    spec.when(tick(NOW)).then(
        like(TickRecorded), like(WorkFinished), like(LotMoved), like(LotMoved), like(WorkPostponed)
    )
    spec.when(tick(NOW)).then_among(
        like(WorkFinished),
        like(IssuanceFunded),
        like(MintAuthorized, part=1, units="2"),
        like(MintAuthorized, part=2, units="2"),
        like(WorkPostponed, issuance=issuance_of()),
    )
    while spec.state.instruments[AAPL].postponed is not None:
        spec.when(tick(NOW))
    assert spec.state.due_at() == later(DAY // 2)
    assert spec.state.instruments[AAPL].treasury_owed == 0


@pytest.mark.parametrize("events_max", [1, 2, 3])
def test_postponed_work_comes_to_an_end_and_every_tick_moves_it(events_max: int) -> None:
    spec = book(events_per_decision_max=events_max)
    spec.given(*(free("1", f"t{number}") for number in range(9)))
    spec.given(treasury("4", "r1"), treasury("5", "r2", partial="parts"))
    for _ in range(30):
        if spec.state.instruments[AAPL].postponed is None:
            break
        spec.when(tick(NOW))
        assert len(spec.records[-1]) > 2 or spec.state.instruments[AAPL].postponed is None
    assert spec.state.instruments[AAPL].postponed is None
    spec.holds_together()
    assert sum(int(each.units) for each in spec.all(MintAuthorized)) == 9


# Expiry.


def test_an_issuance_without_shares_expires_and_is_closed() -> None:
    spec = book(largest_time_jump_seconds=10 * DAY).given(requested("100"))
    assert spec.state.due_at() == later(5 * DAY)
    spec.when(tick(later(5 * DAY))).then(
        like(TickRecorded, accepted=True),
        like(TimeAdvanced),
        like(IssuanceExpired),
        like(IssuanceClosed, units="0", shares="0"),
    )


def test_an_issuance_does_not_expire_a_second_early() -> None:
    spec = book(largest_time_jump_seconds=10 * DAY).given(requested("100"))
    spec.when(tick(later(5 * DAY - 1))).then(like(TickRecorded), like(TimeAdvanced))


def test_a_funded_issuance_does_not_expire() -> None:
    spec = book(largest_time_jump_seconds=30 * DAY).given(requested("60"))
    spec.given(confirmed("60", owner_id=reference_of()))
    spec.when(tick(later(20 * DAY))).then(like(TickRecorded), like(TimeAdvanced))


def test_what_was_reserved_goes_back_where_it_came_from() -> None:
    spec = book(largest_time_jump_seconds=10 * DAY).given(requested("100"))
    spec.given(confirmed("10", "t1", reference_of()), free("10", "t2", owner_id=reference_of()))
    spec.when(tick(later(5 * DAY))).then_among(
        like(IssuanceExpired),
        like(LotMoved, from_state="reserved", to_state="unassigned", issuance=None, cause="expiry"),
        like(LotMoved, from_state="reserved", to_state="free", issuance=None, cause="expiry"),
        like(IssuanceClosed),
    )


def test_backing_shares_assigned_to_a_treasury_request_do_not_become_free_by_expiry() -> None:
    spec = book(events_per_decision_max=1, largest_time_jump_seconds=10 * DAY)
    spec.given(*(free("1", f"t{number}") for number in range(3)), confirmed("1", "other"))
    unassigned = spec.last(LotReceived).lot
    spec.given(treasury("3"))
    spec.given(ordered(AssignLot(instrument=AAPL, lot=unassigned, issuance=issuance_of()), of=AAPL))
    assert spec.state.instruments[AAPL].treasury_owed == 10**18
    spec.when(tick(later(5 * DAY)))
    while spec.state.instruments[AAPL].postponed is not None:
        spec.when(tick(later(5 * DAY)))
    assert {lot.state for lot in spec.state.instruments[AAPL].lots.values()} == {"free", "unassigned"}
    assert spec.state.instruments[AAPL].lots[unassigned].state == "unassigned"
    assert spec.state.instruments[AAPL].treasury_owed == 0
    spec.holds_together()


def test_an_expired_reference_links_nothing_more() -> None:
    spec = book(largest_time_jump_seconds=10 * DAY).given(requested("100"), tick(later(5 * DAY)))
    spec.when(confirmed("100", owner_id=reference_of())).then(like(LotReceived, state="unassigned"))


def test_mints_in_flight_go_on_when_their_issuance_expires() -> None:
    spec = book(largest_time_jump_seconds=10 * DAY).given(requested("100", partial="parts"))
    spec.given(confirmed("60", owner_id=reference_of()))
    spec.when(tick(later(5 * DAY))).then(like(TickRecorded), like(TimeAdvanced), like(IssuanceExpired))
    spec.when(seen_final(spec.last(MintAuthorized))).then(
        like(MintFinalized), like(IssuanceClosed, units="60", shares="60")
    )


def test_a_mint_that_fails_after_the_expiry_gives_its_lots_back_and_is_not_tried_again() -> None:
    spec = book(largest_time_jump_seconds=10 * DAY).given(requested("100", partial="parts"))
    spec.given(confirmed("60", owner_id=reference_of()), tick(later(5 * DAY)))
    spec.when(seen_closed(spec.last(MintAuthorized))).then(
        like(MintFailed),
        like(LotMoved, to_state="unassigned", cause="expiry"),
        like(IssuanceClosed, units="0", shares="0"),
    )
    assert spec.state.instruments[AAPL].pool == 0


def test_an_expired_treasury_request_frees_what_it_drew_and_what_it_still_had_to_draw() -> None:
    spec = book(events_per_decision_max=2, largest_time_jump_seconds=10 * DAY)
    spec.given(*(free("1", f"t{number}") for number in range(6)), treasury("5"))
    spec.given(tick(later(5 * DAY)))
    spec.holds_together()
    kept = spec.state.instruments[AAPL]
    assert (kept.free_total, kept.treasury_owed, len(kept.issuances)) == (6 * 10**18, 0, 0)
    while kept.postponed is not None:
        spec.given(tick(later(5 * DAY)))


def test_expiries_beyond_one_decision_stay_due() -> None:
    spec = book(events_per_decision_max=2, largest_time_jump_seconds=10 * DAY)
    spec.given(*(requested("1", f"r{number}") for number in range(5)))
    spec.when(tick(later(5 * DAY)))
    seen = len(spec.all(IssuanceExpired))
    assert 0 < seen < 5
    due = spec.state.due_at()
    assert due is not None
    assert due <= later(5 * DAY)
    spec.given(tick(later(5 * DAY)) for _ in range(4))
    assert len(spec.all(IssuanceClosed)) == 5


# What changes between acceptance and mint.


def test_a_token_added_later_does_not_change_what_was_accepted() -> None:
    tokens = (*instrument().tokens, Token(chain="mars", token="AAPLm", decimals=6, account="mars-1"))
    spec = book().given(requested("60"), published(HOUSE_RULES + 1, instrument(tokens=tokens)))
    spec.when(confirmed("60", owner_id=reference_of())).then_among(
        like(MintAuthorized, chain=CHAIN, token="AAPLx", account=ACCOUNT)
    )


def test_a_client_that_is_eligible_no_longer_gets_no_new_request_accepted() -> None:
    spec = book().given(published(HOUSE_RULES + 1, RegisterClient(client=CLIENT, eligible=False)))
    spec.when(requested("60")).then_among(like(IssuanceRefused))


def test_the_policy_of_the_moment_gives_the_deadline() -> None:
    book().given(requested("60")).when(confirmed("60", owner_id=reference_of(), at=later(100))).then_among(
        like(TimeAdvanced), like(MintAuthorized, deadline=later(700))
    )
