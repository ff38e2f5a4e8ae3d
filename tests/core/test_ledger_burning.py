"""Burns and returns: what is burned, promised and sent back, what fails, is held, or was not final."""

from dataclasses import replace

import pytest
from ledger_specification import like
from ledger_words import (
    AAPL,
    CHAIN,
    RECORD,
    TREASURY,
    WALLET,
    confirmed,
    contradicted,
    later,
    ordered,
    received,
    redeemed,
    redemption_of,
    seen_closed,
    seen_final,
    tick,
)
from redemption_words import ONE, book, burning, held, minted, released

from schemas.events import (
    BurnAuthorized,
    BurnFailed,
    BurnFinalized,
    BurnReopened,
    DeficitClosed,
    DeficitOpened,
    DeliveryInstructed,
    DeliverySettled,
    HoldPlaced,
    HoldReleased,
    LotReceived,
    MessageSetAside,
    ProposalConfirmed,
    ReceiptParked,
    ReceiptRepeated,
    ReceiptReturnOrdered,
    RedemptionCompleted,
    ReturnAuthorized,
    ReturnFailed,
    ReturnFinalized,
    ReturnReopened,
    TokensReceived,
)
from schemas.house import (
    CoverShortfall,
    ReleaseHold,
    ReturnReceipt,
)
from schemas.messages import RecordName
from workers.core.ids import settlement_reference

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


# -- a finality that did not hold --


def test_a_burn_whose_finality_did_not_hold_is_open_again_and_what_it_promised_stays_promised() -> None:
    spec = burning("10")
    burn = spec.last(BurnAuthorized)
    spec.given(seen_final(burn))
    spec.when(contradicted(burn, record=later_record(2))).then(
        like(BurnReopened, burn=burn.burn, units="10", hash_now="0x07e2", account_seq=2),
        like(HoldPlaced, reason="finality_contradicted"),
        like(DeficitOpened, shares="10"),
        like(HoldPlaced, reason="deficit"),
    )
    after = spec.state.instruments[AAPL]
    assert (after.supply[CHAIN], after.pool, after.promised) == (60 * ONE, 50 * ONE, 10 * ONE)


def test_a_burn_that_is_final_again_promises_nothing_twice() -> None:
    spec = burning("10")
    burn = spec.last(BurnAuthorized)
    spec.given(seen_final(burn), contradicted(burn, record=later_record(2)))
    spec.when(seen_final(burn, transaction="0xagain", record=later_record(3))).then(
        like(BurnFinalized, units="10", shares="0", pool="0", owed="0"),
        like(DeficitClosed),
        like(HoldReleased),
    )
    assert spec.state.instruments[AAPL].promised == 10 * ONE
    assert len(spec.all(DeliveryInstructed)) == 1


def test_a_reopened_burn_that_failed_waits_until_its_deficit_is_covered() -> None:
    spec = burning("10").given(confirmed("10", "t9", account=TREASURY, message_id="m7"))
    burn, lot = spec.last(BurnAuthorized), spec.last(LotReceived).lot
    spec.given(seen_final(burn), contradicted(burn, record=later_record(2)))
    hold = next(each.hold for each in spec.all(HoldPlaced) if each.reason == "finality_contradicted")
    spec.when(seen_closed(burn, record=later_record(3))).then(like(BurnFailed))
    spec.given(ordered(ReleaseHold(instrument=AAPL, hold=hold), of=AAPL)).never(BurnAuthorized)
    spec.given(ordered(CoverShortfall(instrument=AAPL, lot=lot), "o2", of=AAPL)).then_among(
        like(DeficitClosed), like(HoldReleased), like(BurnAuthorized, attempt=2, units="10")
    )


def test_a_delivery_that_comes_while_its_burn_is_open_again_settles_and_completes_later() -> None:
    spec = burning("10")
    burn = spec.last(BurnAuthorized)
    spec.given(seen_final(burn))
    reference = spec.last(DeliveryInstructed).settlement_reference
    spec.given(contradicted(burn, record=later_record(2)))
    spec.when(confirmed("10", "d1", reference, movement="deliver", message_id="m5")).then_among(
        like(DeliverySettled, shares="10")
    ).never(RedemptionCompleted)
    spec.when(seen_final(burn, record=later_record(3))).then_among(
        like(BurnFinalized, shares="0"), like(RedemptionCompleted, shares="10")
    )


def test_a_return_whose_finality_did_not_hold_is_open_again_and_so_is_its_redemption() -> None:
    spec = burning("10.5")
    returned = spec.last(ReturnAuthorized)
    spec.given(seen_final(spec.last(BurnAuthorized)))
    reference = spec.last(DeliveryInstructed).settlement_reference
    spec.given(confirmed("10", "d1", reference, movement="deliver", message_id="m5"), seen_final(returned))
    assert len(spec.all(RedemptionCompleted)) == 1
    spec.when(contradicted(returned, record=later_record(2))).then(
        like(ReturnReopened, transfer=returned.transfer), like(HoldPlaced, reason="finality_contradicted")
    )
    spec.when(seen_final(returned, record=later_record(3))).then(
        like(ReturnFinalized), like(RedemptionCompleted)
    )


def test_a_contradiction_of_what_was_not_final_like_this_is_set_aside() -> None:
    spec = burning("10")
    burn = spec.last(BurnAuthorized)
    spec.given(seen_final(burn))
    spec.when(contradicted(burn, record=later_record(2), transaction="0xother")).then_among(
        like(MessageSetAside, code="receipt_contradicts")
    )


def test_a_burn_of_more_than_can_exist_is_set_aside() -> None:
    spec = burning("70")
    spec.when(seen_final(spec.last(BurnAuthorized))).then_among(
        like(MessageSetAside, code="receipt_contradicts")
    ).never(BurnFinalized)


def later_record(seq: int) -> RecordName:
    return replace(RECORD, seq=seq)
