"""Finality contradicted under what others did: it is undone as far as it can be, nothing is made twice."""

from dataclasses import replace
from typing import Any

import pytest
from bridge_words import EIGHT, book_of, bridge_of, counts, issued, mint_of
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    ACCOUNT,
    BLOCK,
    CHAIN,
    NOW,
    RECORD,
    TREASURY,
    TSLA,
    bridged_out,
    cancelled,
    confirmed,
    later,
    message,
    ordered,
    received,
    redeemed,
    redemption_of,
    seen_closed,
    seen_final,
    tick,
)
from redemption_words import EXPIRY, burning, held, minted

from schemas.envelope import Message
from schemas.events import (
    BridgeCompleted,
    BridgeContradicted,
    BridgeMintAuthorized,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeMintRecallRequested,
    BridgeQueued,
    BridgeReleased,
    BridgeRestored,
    BridgeStarted,
    BridgeVoided,
    BurnAuthorized,
    BurnFailed,
    BurnFinalized,
    BurnRecorded,
    DeficitClosed,
    DeficitOpened,
    DeliveryInstructed,
    HolderBurnContradicted,
    HoldPlaced,
    HoldReleased,
    LotReceived,
    MessageParked,
    MessageSetAside,
    ReceiptContradicted,
    ReceiptMatched,
    ReceiptParked,
    ReceiptRestored,
    RedemptionCancelled,
    RedemptionExpired,
    RemainderBooked,
    ReturnAuthorized,
    ReturnFinalized,
    SightingRepeated,
    TokensReceived,
)
from schemas.house import CoverShortfall, MatchReceipt, ReleaseHold, ReturnReceipt
from schemas.messages import RecordName, SightingSeenContradicted, UnitsBurnedSeen
from workers.core.ids import sighting_id

ONE = 10**18
STRANGER = "0xstranger"


def record_of(seq: int) -> RecordName:
    return replace(RECORD, seq=seq, sha256=f"{seq % 10}" * 64)


def burned(units: str, transaction: str = "0xburn") -> Message:
    body = UnitsBurnedSeen(
        sighting=sighting_id(CHAIN, transaction, 3),
        account=ACCOUNT,
        chain=CHAIN,
        token="AAPLx",
        index=3,
        holder="0xabc",
        units=units,
        transaction=transaction,
        **BLOCK,  # type: ignore[arg-type]
        record=RECORD,
    )
    return message("units_burned_seen", body, at=NOW, sender=ACCOUNT, instrument=AAPL)


def gone(told: Message, seq: int = 2, **changes: Any) -> Message:
    """The account says that the block of what it told is not there any more."""
    seen: Any = told.body
    of, sender = changes.pop("of", AAPL), changes.pop("says", seen.account)
    said = {
        "sighting": seen.sighting,
        "account": seen.account,
        "chain": seen.chain,
        "token": seen.token,
        "transaction": seen.transaction,
        "block_height": seen.block_height,
        "block_hash": seen.block_hash,
        "hash_now": "0x07e2",
        "record": record_of(seq),
    }
    body = SightingSeenContradicted(**{**said, **changes})
    return message("sighting_contradicted", body, at=NOW, sender=sender, instrument=of)


def anew(told: Message, seq: int = 3, **changes: Any) -> Message:
    """The account sees the same transaction in another block, at the same place there or at another."""
    seen: Any = told.body
    index = changes.get("index", seen.index)
    again = {"block_hash": "0xnew", "sighting": sighting_id(seen.chain, seen.transaction, index), **changes}
    return replace(told, body=replace(seen, record=record_of(seq), **again))


def released(spec: Specification, order_id: str = "let-go") -> Specification:
    """Operators let go of every hold that is theirs to release."""
    holds = spec.state.instruments[AAPL].holds
    names = [name for name, each in holds.items() if each.reason not in ("deficit", "movement_waits")]
    for number, hold in enumerate(names):
        spec.given(ordered(ReleaseHold(instrument=AAPL, hold=hold), f"{order_id}-{number}", of=AAPL))
    return spec


def figures(spec: Specification) -> tuple[int, int, int, int]:
    """Pool, unclaimed shares, supply and deficit."""
    book = spec.state.instruments[AAPL]
    return book.pool, book.unclaimed, book.supply[CHAIN], book.deficit


def parked(units: str = "10", transaction: str = "0xs1") -> Message:
    return received(units, transaction, sender=STRANGER)


def test_a_holders_burn_that_is_gone_puts_its_shares_behind_its_units_again() -> None:
    spec = minted().given(burned("40"))
    spec.when(gone(burned("40"))).then(
        like(HolderBurnContradicted, units="40", shares="40", hash_now="0x07e2", account_seq=2),
        like(HoldPlaced, reason="finality_contradicted", owner=sighting_id(CHAIN, "0xburn", 3)),
    )
    assert figures(spec) == (60 * ONE, 0, 60 * ONE, 0)
    assert spec.state.instruments[AAPL].pool_at == minted().state.instruments[AAPL].pool_at


def test_a_burn_that_freed_nothing_leaves_a_deficit_when_it_is_gone() -> None:
    spec = held(minted()).given(burned("1"))
    before = figures(spec)
    spec.given(gone(burned("1"))).then_among(like(HolderBurnContradicted))
    assert figures(spec)[2] == before[2] + ONE


def test_a_burn_in_another_block_counts_once_more() -> None:
    spec = minted().given(burned("40"), gone(burned("40")))
    spec.when(anew(burned("40"))).then(like(BurnRecorded, units="40", shares="40", block_hash="0xnew"))
    assert figures(spec) == (20 * ONE, 40 * ONE, 20 * ONE, 0)


def test_what_was_said_before_the_contradiction_is_old() -> None:
    spec = minted().given(burned("40"), gone(burned("40")))
    spec.when(burned("40")).then(like(SightingRepeated))
    spec.when(gone(burned("40"))).then(like(SightingRepeated))
    assert figures(spec) == (60 * ONE, 0, 60 * ONE, 0)


def test_the_same_burn_may_be_gone_a_second_time() -> None:
    spec = minted().given(burned("40"), gone(burned("40")), anew(burned("40")))
    spec.when(gone(anew(burned("40")), 4)).then(
        like(HolderBurnContradicted, block_hash="0xnew", account_seq=4),
        like(HoldPlaced, reason="finality_contradicted"),
    )
    assert figures(spec) == (60 * ONE, 0, 60 * ONE, 0)


def test_a_burn_that_comes_back_as_another_one_is_left_to_people() -> None:
    spec = minted().given(burned("40"), gone(burned("40")))
    spec.when(anew(burned("41"))).then_among(like(MessageSetAside, code="receipt_contradicts"))


@pytest.mark.parametrize(
    "changes",
    [
        {"block_hash": "0xelse"},
        {"block_height": 8},
        {"transaction": "0xelse"},
        {"hash_now": "0xb10c"},
        {"sighting": "e" * 64},
        {"token": "TSLAx"},
        {"chain": "mars"},
    ],
)
def test_only_what_stood_like_this_is_contradicted(changes: dict[str, Any]) -> None:
    spec = minted().given(burned("40"))
    spec.when(gone(burned("40"), **changes)).then(
        like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced, reason="message_set_aside")
    )
    assert figures(spec) == (20 * ONE, 40 * ONE, 20 * ONE, 0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"says": "sim-2"}, "sender_not_allowed"), ({"of": None}, "misrouted")],
)
def test_only_the_tokens_account_contradicts(changes: dict[str, Any], code: str) -> None:
    spec = minted().given(burned("40"))
    spec.when(gone(burned("40"), **changes)).then(like(MessageParked, code=code))


def test_another_instruments_sighting_is_not_contradicted_here() -> None:
    spec = minted().given(burned("40"))
    spec.when(gone(burned("40"), of=TSLA)).then_among(like(MessageSetAside, code="receipt_contradicts"))
    assert figures(spec) == (20 * ONE, 40 * ONE, 20 * ONE, 0)


def test_parked_tokens_that_are_gone_are_parked_no_more() -> None:
    spec = minted().given(parked())
    spec.when(gone(parked())).then(
        like(ReceiptContradicted, redemption=None, outcome="forgotten", units="10"),
        like(HoldPlaced, reason="finality_contradicted"),
    )
    assert not spec.state.instruments[AAPL].parked_receipts
    spec.when(anew(parked())).then(like(ReceiptParked, units="10"))


def test_tokens_that_are_to_be_returned_and_are_gone_are_not_returned() -> None:
    spec = held(minted()).given(parked())
    sighting = spec.last(ReceiptParked).sighting
    spec.given(ordered(ReturnReceipt(instrument=AAPL, sighting=sighting), "o7", of=AAPL))
    spec.when(gone(parked())).then_among(like(ReceiptContradicted, outcome="forgotten"))
    released(spec)
    assert not spec.all(ReturnAuthorized)


def returned() -> Specification:
    """Parked tokens were sent back; that is final."""
    spec = minted().given(parked())
    sighting = spec.last(ReceiptParked).sighting
    spec.given(ordered(ReturnReceipt(instrument=AAPL, sighting=sighting), "o7", of=AAPL))
    return spec.given(seen_final(spec.last(ReturnAuthorized)))


def test_tokens_that_were_sent_back_and_never_came_are_owed_to_somebody() -> None:
    spec = returned().when(gone(parked()))
    spec.then(
        like(ReceiptContradicted, redemption=None, outcome="missing"),
        like(HoldPlaced, reason="finality_contradicted"),
        like(DeficitOpened, shares="10", cure_units="10"),
        like(HoldPlaced, reason="deficit"),
    )
    assert figures(spec) == (60 * ONE, 0, 60 * ONE, 10 * ONE)


@pytest.mark.parametrize("index", [0, 5])
def test_tokens_that_come_after_all_are_not_sent_back_twice(index: int) -> None:
    spec = returned().given(gone(parked()))
    spec.when(anew(parked(), index=index)).then(
        like(ReceiptRestored, returned=parked().body.sighting, sender=STRANGER, units="10"),  # type: ignore[union-attr]
        like(DeficitClosed),
        like(HoldReleased),
    )
    released(spec)
    assert len(spec.all(ReturnAuthorized)) == 1
    assert not spec.state.instruments[AAPL].parked_receipts
    again = anew(parked(), index=index)
    spec.when(gone(again, 4)).then_among(like(ReceiptContradicted, outcome="missing"))


def test_a_redemption_of_which_nothing_was_burned_waits_for_its_tokens_again() -> None:
    spec = held(minted()).given(redeemed("10.5"), received("10.5"))
    spec.when(gone(received("10.5"))).then_among(
        like(ReceiptContradicted, redemption=redemption_of(), outcome="awaited")
    )
    released(spec)
    assert not spec.all(BurnAuthorized)
    assert not spec.all(ReturnAuthorized)
    spec.when(received("10.5", "0xother", record=record_of(5))).then(
        like(TokensReceived, redemption=redemption_of()),
        like(BurnAuthorized, units="10", attempt=1),
        like(ReturnAuthorized, units="0.5", attempt=1),
    )


def test_a_redemption_that_waits_again_may_be_taken_back_or_expire() -> None:
    spec = held(minted()).given(redeemed("10"), received("10"), gone(received("10")))
    spec.when(cancelled("q1", kind="redemption")).then(like(RedemptionCancelled))
    spec = held(minted()).given(redeemed("10"), received("10"))
    spec.given(tick(later(EXPIRY + 1))).never(RedemptionExpired)
    spec.given(gone(received("10")))
    spec.when(tick(later(EXPIRY + 2))).then_among(like(RedemptionExpired, redemption=redemption_of()))


def test_the_oldest_redemption_gets_the_tokens_that_come_next() -> None:
    spec = held(minted()).given(redeemed("10"), received("10"), redeemed("10", "q2"), gone(received("10")))
    spec.when(received("10", "0xother", record=record_of(5))).then_among(
        like(TokensReceived, redemption=redemption_of("q1"))
    )


def test_a_burn_that_is_authorized_may_still_act_and_is_not_tried_again() -> None:
    spec = burning("10").given(gone(received("10")))
    spec.then_among(like(ReceiptContradicted, outcome="missing")).never(DeficitOpened)
    spec.when(seen_closed(spec.last(BurnAuthorized), record=record_of(5))).then(like(BurnFailed))
    released(spec)
    assert len(spec.all(BurnAuthorized)) == 1
    assert figures(spec) == (60 * ONE, 0, 60 * ONE, 0)
    spec.when(received("10", "0xother", record=record_of(6))).then(
        like(TokensReceived, redemption=redemption_of()), like(BurnAuthorized, attempt=2)
    )


def test_a_burn_that_acts_on_tokens_that_never_came_opens_a_deficit() -> None:
    spec = burning("10").given(gone(received("10")))
    spec.when(seen_final(spec.last(BurnAuthorized), record=record_of(5))).then_among(
        like(BurnFinalized, units="10", shares="10"), like(DeficitOpened, shares="10", cure_units="10")
    )
    assert figures(spec) == (50 * ONE, 0, 50 * ONE, 10 * ONE)


def delivering() -> Specification:
    """The burn is final and its delivery instructed, when the tokens turn out never to have come."""
    spec = burning("10.5")
    spec.given(seen_final(spec.last(BurnAuthorized)), seen_final(spec.last(ReturnAuthorized)))
    return spec.given(gone(received("10.5"), 4))


def test_all_that_was_burned_and_sent_on_is_missing() -> None:
    spec = delivering()
    spec.then_among(like(ReceiptContradicted, outcome="missing"), like(DeficitOpened, shares="10.5"))
    assert spec.state.instruments[AAPL].missing_units == 105 * 10**17


@pytest.mark.parametrize("index", [0, 4])
def test_tokens_of_a_redemption_that_come_after_all_close_the_deficit(index: int) -> None:
    spec = delivering()
    spec.when(anew(received("10.5"), 5, index=index)).then(
        like(TokensReceived, redemption=redemption_of()), like(DeficitClosed), like(HoldReleased)
    )
    assert len(spec.all(BurnAuthorized)) == 1
    assert len(spec.all(DeliveryInstructed)) == 1


def test_operators_match_other_tokens_to_what_is_missing() -> None:
    spec = delivering().given(parked("10.5"))
    sighting = spec.last(ReceiptParked).sighting
    order = MatchReceipt(instrument=AAPL, sighting=sighting, redemption=redemption_of())
    spec.given(ordered(order, "o8", of=AAPL)).then_among(
        like(ReceiptMatched, redemption=redemption_of()), like(DeficitClosed)
    )


def test_operators_cover_what_is_missing_from_treasury() -> None:
    spec = delivering().given(confirmed("11", "t9", account=TREASURY, message_id="m7"))
    lot = spec.last(LotReceived).lot
    spec.given(ordered(CoverShortfall(instrument=AAPL, lot=lot), "o8", of=AAPL)).then_among(
        like(DeficitClosed), like(HoldReleased)
    )
    assert spec.state.instruments[AAPL].pool == 605 * 10**17


def test_nothing_is_delivered_for_tokens_that_are_not_there() -> None:
    spec = burning("10").given(gone(received("10")))
    spec.given(confirmed("10", "t9", account=TREASURY, message_id="m7"))
    lot = spec.last(LotReceived).lot
    spec.given(seen_final(spec.last(BurnAuthorized), record=record_of(5)))
    spec.given(ordered(CoverShortfall(instrument=AAPL, lot=lot), "o8", of=AAPL))
    released(spec)
    assert not spec.all(DeliveryInstructed)
    spec.when(anew(received("10"), 6)).then_among(like(TokensReceived), like(DeliveryInstructed, shares="10"))


def test_a_return_that_acts_on_tokens_that_never_came_opens_a_deficit() -> None:
    spec = burning("10.5").given(gone(received("10.5")))
    spec.when(seen_final(spec.last(ReturnAuthorized), record=record_of(5))).then_among(
        like(ReturnFinalized, units="0.5"), like(DeficitOpened, shares="0.5")
    )


def test_a_bridge_that_waits_ends_when_its_burn_is_gone() -> None:
    told = bridged_out("40", EIGHT)
    spec = issued().given(burned("2000"), told)
    assert not spec.all(BridgeMintAuthorized)
    spec.when(gone(told)).then(
        like(BridgeContradicted, bridge=bridge_of(), units="40"),
        like(BridgeVoided, bridge=bridge_of(), units="40", before="0", remainder="0"),
        like(HoldPlaced, reason="finality_contradicted"),
    )
    assert counts(spec) == ({CHAIN: 100 * ONE}, 0, 0)
    released(spec)
    assert not spec.all(BridgeMintAuthorized)


def test_a_bridge_whose_mint_is_open_is_asked_back_and_exists_twice_until_then() -> None:
    told = bridged_out("40", EIGHT)
    spec = issued().given(told)
    spec.when(gone(told)).then(
        like(BridgeContradicted, bridge=bridge_of()),
        like(HoldPlaced, reason="finality_contradicted"),
        like(DeficitOpened, shares="40"),
        like(HoldPlaced, reason="deficit"),
        like(BridgeMintRecallRequested, bridge=bridge_of()),
    )
    spec.when(seen_closed(mint_of(spec), proof="guard_cancelled", record=record_of(5))).then(
        like(BridgeMintFailed), like(BridgeVoided, units="40"), like(DeficitClosed), like(HoldReleased)
    )
    assert counts(spec) == ({CHAIN: 100 * ONE}, 0, 0)
    released(spec)
    assert len(spec.all(BridgeMintAuthorized)) == 1


def test_a_mint_that_could_not_be_stopped_leaves_the_deficit() -> None:
    told = bridged_out("40", EIGHT)
    spec = issued().given(told, gone(told))
    spec.when(seen_final(mint_of(spec), record=record_of(5))).then(
        like(BridgeMintFinalized), like(BridgeCompleted, outcome="minted")
    )
    assert counts(spec) == ({CHAIN: 100 * ONE, EIGHT: 40 * ONE}, 0, 0)
    assert book_of(spec).deficit == 40 * ONE


def test_a_bridge_that_was_minted_exists_on_both_chains() -> None:
    told = bridged_out("40", EIGHT)
    spec = issued().given(told)
    spec.given(seen_final(mint_of(spec)))
    spec.when(gone(told)).then(
        like(BridgeContradicted, bridge=bridge_of(), units="40"),
        like(HoldPlaced, reason="finality_contradicted"),
        like(DeficitOpened, shares="40", cure_units="40"),
        like(HoldPlaced, reason="deficit"),
    )
    assert counts(spec) == ({CHAIN: 100 * ONE, EIGHT: 40 * ONE}, 0, 0)


@pytest.mark.parametrize("index", [0, 6])
def test_a_burn_that_is_seen_again_mints_nothing_twice(index: int) -> None:
    told = bridged_out("40", EIGHT)
    spec = issued().given(told)
    spec.given(seen_final(mint_of(spec)), gone(told))
    spec.when(anew(told, index=index)).then(
        like(BridgeRestored, bridge=bridge_of(), units="40", block_hash="0xnew"),
        like(DeficitClosed),
        like(HoldReleased),
    ).never(BridgeStarted)
    released(spec)
    assert len(spec.all(BridgeMintAuthorized)) == 1
    assert counts(spec) == ({CHAIN: 60 * ONE, EIGHT: 40 * ONE}, 0, 0)
    spec.when(gone(anew(told, index=index), 4)).then_among(like(BridgeContradicted, bridge=bridge_of()))


def test_a_burn_that_is_seen_again_while_its_mint_is_open_goes_on_with_that_mint() -> None:
    told = bridged_out("40", EIGHT)
    spec = issued().given(told, gone(told))
    spec.when(anew(told)).then(like(BridgeRestored), like(DeficitClosed), like(HoldReleased))
    spec.when(seen_final(mint_of(spec), record=record_of(5))).then(
        like(BridgeMintFinalized), like(BridgeCompleted, outcome="minted")
    )
    assert counts(spec) == ({CHAIN: 60 * ONE, EIGHT: 40 * ONE}, 0, 0)


def test_a_voided_bridge_sets_out_again_when_its_burn_is_seen_and_people_let_it() -> None:
    told = bridged_out("40", EIGHT)
    spec = issued().given(told, gone(told))
    spec.given(seen_closed(mint_of(spec), proof="guard_cancelled", record=record_of(5)))
    spec.when(anew(told, 6)).then(like(BridgeRestored), like(BridgeQueued, why="held", units="40"))
    assert counts(spec) == ({CHAIN: 60 * ONE}, 40 * ONE, 0)
    released(spec).then_among(like(BridgeReleased), like(BridgeMintAuthorized, attempt=2, leg="destination"))


def test_a_voided_bridge_gives_its_remainder_back() -> None:
    told = bridged_out("40.000000001", EIGHT)
    spec = issued().given(told, gone(told))
    assert spec.last(RemainderBooked).units == "0.000000001"
    spec.when(seen_closed(mint_of(spec), proof="guard_cancelled", record=record_of(5))).then_among(
        like(BridgeVoided, units="40", before="0.000000001", remainder="0")
    )
    assert counts(spec) == ({CHAIN: 100 * ONE}, 0, 0)
    spec.when(anew(told, 6)).then_among(like(BridgeRestored), like(RemainderBooked, units="0.000000001"))


def test_a_remainder_that_another_bridge_carried_since_is_in_the_deficit() -> None:
    first, second = bridged_out("0.000000006", EIGHT), bridged_out("1.000000004", EIGHT, "0xb2")
    spec = issued().given(first, second)
    assert mint_of(spec).units == "1.00000001"
    spec.when(gone(first)).then_among(
        like(BridgeContradicted), like(BridgeVoided, units="0", before="0", remainder="0")
    )
    assert book_of(spec).deficit == 6 * 10**9


def test_a_bridge_that_was_refunded_exists_twice_at_its_source() -> None:
    told = bridged_out("40", "nowhere")
    spec = issued().given(told)
    spec.given(seen_final(mint_of(spec)), gone(told))
    assert counts(spec) == ({CHAIN: 140 * ONE}, 0, 0)
    assert book_of(spec).deficit == 40 * ONE


def test_a_voided_refund_goes_back_as_it_was_burned() -> None:
    told = bridged_out("40", "nowhere")
    spec = issued().given(told, gone(told))
    spec.given(seen_closed(mint_of(spec), proof="guard_cancelled", record=record_of(5)))
    spec.given(anew(told, 6))
    released(spec).then_among(like(BridgeMintAuthorized, leg="refund", attempt=2, units="40"))
