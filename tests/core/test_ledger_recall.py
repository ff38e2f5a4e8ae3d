"""Taking a mint back: who asks, what the account's last word does, and what time alone never does."""

from typing import Any

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    ACCOUNT,
    BLOCK,
    CHAIN,
    RECORD,
    TREASURY,
    TSLA,
    cancelled,
    confirmed,
    contradicted,
    house,
    issuance_of,
    later,
    ordered,
    proposed,
    reference_of,
    requested,
    seen_closed,
    seen_final,
    tick,
)

from schemas.events import (
    CancellationRefused,
    CancellationRepeated,
    FinalityContradicted,
    HoldPlaced,
    HoldReleased,
    IssuanceCancelled,
    IssuanceClosed,
    IssuanceCompleted,
    LastWordWithdrawn,
    LotMoved,
    MessageParked,
    MessageSetAside,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    MintRecallRequested,
    ReceiptRepeated,
    TickRecorded,
    TimeAdvanced,
    WorkPostponed,
)
from schemas.events.cancellation import CancellationRefusal
from schemas.house import PlaceHold, ReleaseHold
from schemas.messages import RecordName

NEVER_SIGNED: dict[str, Any] = {
    "proof": "never_signed",
    "block_height": None,
    "block_hash": None,
    "block_time": None,
}
LATER_RECORD = RecordName(book=RECORD.book, seq=5, sha256="5" * 64)
LAST_RECORD = RecordName(book=RECORD.book, seq=9, sha256="9" * 64)
SHARES = 60 * 10**18


def book(partial: str = "wait", settled: str = "60", **changes: Any) -> Specification:
    spec = Specification().given(house(**changes), requested("60", partial=partial))
    return spec.given(confirmed(settled, owner_id=reference_of()))


def treasury_book() -> Specification:
    spec = Specification().given(house(), confirmed("100", account=TREASURY))
    return spec.given(requested("60", funding="treasury"))


def trouble(spec: Specification) -> Specification:
    """A receipt that contradicts what was authorized holds the instrument."""
    return spec.when(seen_final(mint_of(spec), units="0.5"))


def released(spec: Specification, *, at: str) -> Specification:
    hold = spec.last(HoldPlaced).hold
    return spec.given(ordered(ReleaseHold(instrument=AAPL, hold=hold), f"o{hold}", of=AAPL, at=at))


def mint_of(spec: Specification) -> MintAuthorized:
    mint: MintAuthorized = spec.last(MintAuthorized)
    return mint


def instrument_of(spec: Specification) -> Any:
    return spec.state.instruments[AAPL]


def test_a_hold_asks_every_open_mint_back_and_moves_nothing() -> None:
    spec = book()
    trouble(spec).then(
        like(MessageSetAside, code="receipt_contradicts"),
        like(HoldPlaced, instrument=AAPL),
        like(MintRecallRequested, mint=mint_of(spec).mint, issuance=issuance_of(), cause="hold"),
    )
    assert (instrument_of(spec).pool, instrument_of(spec).lots) == (SHARES, {})


def test_a_second_hold_asks_nobody_again() -> None:
    spec = book()
    trouble(spec)
    spec.when(seen_final(mint_of(spec), units="2")).never(MintRecallRequested).then_among(like(HoldPlaced))


def test_a_hold_on_one_instrument_asks_nobody_on_another() -> None:
    spec = book().given(requested("5", "r2", of=TSLA, instrument=TSLA))
    trouble(spec)
    other = reference_of("r2", TSLA)
    spec.when(confirmed("5", "t2", other, of=TSLA)).then_among(like(MintAuthorized, instrument=TSLA))
    assert len(spec.all(MintRecallRequested)) == 1


def test_what_one_decision_is_too_short_for_ticks_ask() -> None:
    spec = Specification().given(house(events_per_decision_max=2))
    for number in range(5):
        name = f"r{number}"
        spec.given(requested("1", name), confirmed("1", f"t{number}", reference_of(name)))
    trouble(spec)
    assert len(spec.all(MintRecallRequested)) == 2
    assert spec.state.due_at() == spec.state.time
    spec.when(tick(later(1))).then(
        like(TickRecorded), like(TimeAdvanced), like(MintRecallRequested), like(MintRecallRequested)
    )
    spec.when(tick(later(2))).then(like(TickRecorded), like(TimeAdvanced), like(MintRecallRequested))
    assert spec.state.due_at() != spec.state.time
    assert {event.mint for event in spec.all(MintRecallRequested)} == set(instrument_of(spec).mints)


def test_a_recalled_mint_that_becomes_final_anyway_stands() -> None:
    spec = book()
    trouble(spec)
    spec.when(seen_final(mint_of(spec))).then(like(MintFinalized, units="60"), like(IssuanceCompleted))
    assert instrument_of(spec).supply == {CHAIN: SHARES}


@pytest.mark.parametrize("proof", [NEVER_SIGNED, {"proof": "guard_cancelled"}, {"proof": "deadline_passed"}])
def test_lots_come_back_when_the_account_has_closed_the_mint_and_wait_under_the_hold(proof: Any) -> None:
    spec = book()
    trouble(spec)
    mint = mint_of(spec)
    spec.when(seen_closed(mint, **proof)).then(like(MintFailed, mint=mint.mint, proof=proof["proof"]))
    assert instrument_of(spec).pool == 0
    assert {lot.state for lot in instrument_of(spec).lots.values()} == {"reserved"}
    released(spec, at=later(60)).then_among(
        like(HoldReleased), like(MintAuthorized, part=1, attempt=2, lots=mint.lots)
    )


def test_a_released_hold_does_not_unask_and_the_closed_mint_is_authorized_again() -> None:
    spec = book()
    trouble(spec)
    mint = mint_of(spec)
    released(spec, at=later(60)).never(MintAuthorized)
    spec.when(seen_closed(mint, at=later(60), **NEVER_SIGNED)).then(
        like(MintFailed, mint=mint.mint), like(MintAuthorized, attempt=2, deadline=later(660))
    )


def test_a_recall_is_no_failed_attempt() -> None:
    spec = book(mint_attempts_max=1)
    trouble(spec)
    released(spec, at=later(60))
    spec.when(seen_closed(mint_of(spec), **NEVER_SIGNED)).never(HoldPlaced).then_among(like(MintAuthorized))


def test_time_alone_takes_nothing_back() -> None:
    spec = book()
    trouble(spec)
    spec.when(tick(later(80_000))).never(MintFailed, LotMoved)
    assert (instrument_of(spec).pool, list(instrument_of(spec).mints)) == (SHARES, [mint_of(spec).mint])


def test_never_signed_is_not_believed_of_a_mint_that_nobody_asked_back() -> None:
    spec = book()
    spec.when(seen_closed(mint_of(spec), **NEVER_SIGNED)).never(MintFailed).then_among(
        like(MessageSetAside, code="receipt_contradicts")
    )


@pytest.mark.parametrize("absent", ["block_height", "block_hash", "block_time"])
def test_a_proof_without_its_block_is_none(absent: str) -> None:
    spec = book()
    spec.when(seen_closed(mint_of(spec), **{absent: None})).never(MintFailed).then_among(
        like(MessageSetAside, code="receipt_contradicts")
    )


def test_a_cancelled_issuance_without_mints_gives_its_lots_back_and_is_closed() -> None:
    spec = book(settled="20")
    spec.when(cancelled()).then(
        like(IssuanceCancelled, issuance=issuance_of()),
        like(LotMoved, from_state="reserved", to_state="unassigned", cause="cancellation"),
        like(IssuanceClosed, units="0", shares="0"),
    )
    assert instrument_of(spec).issuances == {}


def test_a_cancelled_treasury_issuance_gives_back_what_was_free() -> None:
    spec = treasury_book()
    mint = mint_of(spec)
    spec.when(cancelled()).then(
        like(IssuanceCancelled), like(MintRecallRequested, mint=mint.mint, cause="cancellation")
    )
    spec.when(seen_closed(mint, **NEVER_SIGNED)).then(
        like(MintFailed),
        like(LotMoved, to_state="free", cause="cancellation"),
        like(IssuanceClosed, units="0", shares="0"),
    )
    assert instrument_of(spec).free_shares == 100 * 10**18


def test_what_of_a_cancelled_issuance_is_final_or_becomes_so_is_kept_and_said() -> None:
    spec = book("parts", "20")
    spec.given(seen_final(mint_of(spec)), confirmed("10", "t2", reference_of(), message_id="m2"))
    spec.when(cancelled()).then(like(IssuanceCancelled), like(MintRecallRequested, mint=mint_of(spec).mint))
    spec.when(seen_final(mint_of(spec))).then(
        like(MintFinalized, units="10"), like(IssuanceClosed, units="30", shares="30")
    )


def test_shares_that_come_for_a_cancelled_issuance_are_unassigned() -> None:
    spec = book("parts", "20").given(cancelled())
    spec.when(confirmed("10", "t2", reference_of(), message_id="m2")).never(LotMoved, MintAuthorized)


def test_a_cancellation_again_gets_the_same_answer_also_when_all_is_closed() -> None:
    spec = book().given(cancelled())
    spec.when(cancelled()).then(like(CancellationRepeated, process=issuance_of()))
    spec.given(seen_closed(mint_of(spec), **NEVER_SIGNED))
    spec.when(cancelled()).then(like(CancellationRepeated, process=issuance_of()))


def test_a_cancelled_issuance_does_not_expire() -> None:
    spec = book(issuance_expiry_seconds=60).given(requested("7", "r2"), cancelled("r2"))
    spec.given(cancelled()).when(tick(later(61))).then(like(TickRecorded), like(TimeAdvanced))


def test_many_lots_of_a_cancelled_issuance_go_back_by_ticks() -> None:
    spec = Specification().given(house(events_per_decision_max=2), requested("60"))
    for number in range(3):
        spec.given(confirmed("1", f"t{number}", reference_of()))
    spec.when(cancelled()).then(
        like(IssuanceCancelled), like(LotMoved), like(LotMoved), like(WorkPostponed, issuance=issuance_of())
    )
    spec.when(tick(later(1))).then_among(like(LotMoved, cause="cancellation"), like(IssuanceClosed))


def test_who_waits_behind_an_issuance_that_is_over_is_not_passed_over() -> None:
    """The one to be taken up next was cancelled, and a later one took its place (simulator, seed 16399)."""
    spec = Specification().given(house(events_per_decision_max=2))
    spec.given(proposed(PlaceHold(instrument=AAPL, text="", until=None), "h", of=AAPL))
    for name in ("r1", "r2", "over", "waits", "r3"):
        spec.given(requested("60" if name == "r3" else "1", name))
    for number, name in enumerate(("r1", "r2", "waits", "r3", "r3", "r3")):
        spec.given(confirmed("1", f"t{number}", reference_of(name)))
    released(spec, at=later(60)).then_among(
        like(MintAuthorized, issuance=issuance_of("r1")),
        like(MintAuthorized, issuance=issuance_of("r2")),
        like(WorkPostponed, issuance=issuance_of("over")),
    )
    spec.given(cancelled("over", at=later(61))).when(cancelled("r3", at=later(61)))
    spec.then_among(like(WorkPostponed, issuance=issuance_of("r1")))
    for seconds in range(62, 66):
        spec.given(tick(later(seconds)))
    assert issuance_of("waits") in [each.issuance for each in spec.all(MintAuthorized)]


def test_a_cancellation_under_another_clients_name_knows_nothing_of_the_request() -> None:
    spec = book()
    spec.when(cancelled(client="client-2")).then(
        like(
            CancellationRefused,
            client="client-2",
            refusal=CancellationRefusal(code="issuance_unknown", needed="r1", available=None),
        )
    )
    assert instrument_of(spec).issuances[issuance_of()].ended is None


def test_what_is_completed_expired_refused_or_of_a_strange_time_is_not_cancelled() -> None:
    def code_of(spec: Specification) -> str:
        code: str = spec.last(CancellationRefused).refusal.code
        return code

    assert code_of(book().given(seen_final(mint_of(book()))).when(cancelled())) == "issuance_over"
    assert code_of(book().given(requested("0", "r9")).when(cancelled("r9"))) == "issuance_unknown"
    assert code_of(book().when(cancelled(at=later(86_401)))) == "time_jump"
    expired = book("parts", "20", issuance_expiry_seconds=60).given(tick(later(61)))
    assert code_of(expired.when(cancelled())) == "issuance_over"


def test_a_refused_cancellation_of_an_instrument_without_requests_opens_no_book() -> None:
    spec = Specification().given(house())
    spec.when(cancelled()).then(like(CancellationRefused))
    assert spec.state.instruments == {}


def test_a_cancellation_sent_for_another_instrument_is_parked() -> None:
    book().when(cancelled(of=TSLA)).then(like(MessageParked, code="misrouted"))


def test_a_contradicted_finality_opens_the_mint_again_backed_held_and_asked_back() -> None:
    spec = book().given(seen_final(mint_of(book())))
    spec.when(contradicted(mint_of(spec), record=LATER_RECORD)).then(
        like(FinalityContradicted, units="60", block_hash="0xb10c", hash_now="0x07e2", account_seq=5),
        like(HoldPlaced, reason="finality_contradicted"),
        like(MintRecallRequested, mint=mint_of(spec).mint, cause="hold"),
    )
    kept = instrument_of(spec)
    assert (kept.supply, kept.pool, list(kept.mints)) == ({CHAIN: 0}, SHARES, [mint_of(spec).mint])


def test_words_from_before_the_contradiction_settle_nothing_after_it() -> None:
    spec = book().given(seen_final(mint_of(book())))
    spec.given(contradicted(mint_of(spec), record=LATER_RECORD))
    spec.when(seen_final(mint_of(spec))).then(like(ReceiptRepeated))
    spec.when(contradicted(mint_of(spec), record=LATER_RECORD)).then(like(ReceiptRepeated))
    spec.when(seen_final(mint_of(spec), record=LAST_RECORD, block_hash="0x07e2")).then(like(MintFinalized))
    spec.when(contradicted(mint_of(spec), record=LATER_RECORD)).then(like(ReceiptRepeated))
    assert instrument_of(spec).supply == {CHAIN: SHARES}


def test_a_mint_that_did_not_happen_after_all_gives_its_lots_to_nobody_where_its_issuance_is_over() -> None:
    spec = book().given(seen_final(mint_of(book())))
    spec.given(contradicted(mint_of(spec), record=LATER_RECORD))
    spec.when(seen_closed(mint_of(spec), record=LAST_RECORD, proof="guard_cancelled")).then(like(MintFailed))
    kept = instrument_of(spec)
    lots = [(lot.state, lot.issuance, lot.shares) for lot in kept.lots.values()]
    assert (lots, kept.pool, kept.supply) == ([("unassigned", None, SHARES)], 0, {CHAIN: 0})


def test_treasury_shares_of_such_a_mint_are_free_again() -> None:
    spec = treasury_book()
    spec.given(seen_final(mint_of(spec)), contradicted(mint_of(spec), record=LATER_RECORD))
    spec.given(seen_closed(mint_of(spec), record=LAST_RECORD, proof="guard_cancelled"))
    assert instrument_of(spec).free_shares == 100 * 10**18


def test_an_open_issuance_counts_a_reopened_part_as_on_its_way_again() -> None:
    spec = book("parts", "20")
    spec.given(seen_final(mint_of(spec)), contradicted(mint_of(spec), record=LATER_RECORD))
    issuance = instrument_of(spec).issuances[issuance_of()]
    assert (issuance.minted_units, issuance.mints) == (0, {mint_of(spec).mint})
    spec.when(seen_closed(mint_of(spec), record=LAST_RECORD)).then(like(MintFailed))
    released(spec, at=later(60)).then_among(like(HoldReleased), like(MintAuthorized, part=1, attempt=2))


@pytest.mark.parametrize(
    "said",
    [
        {"transaction": "0xother"},
        {"block_height": 8},
        {"block_hash": "0x5eed"},
        {"hash_now": "0xb10c"},
        {"chain": "omega"},
    ],
)
def test_a_contradiction_of_what_was_not_final_like_this_is_left_for_people(said: dict[str, Any]) -> None:
    spec = book().given(seen_final(mint_of(book())))
    spec.when(contradicted(mint_of(spec), record=LATER_RECORD, **said)).never(
        FinalityContradicted
    ).then_among(like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced))


def test_a_contradiction_of_a_mint_that_is_open_makes_older_words_old_and_undoes_nothing() -> None:
    spec = book()
    mint = mint_of(spec)
    spec.when(contradicted(mint, record=LATER_RECORD)).never(FinalityContradicted, HoldPlaced).then_among(
        like(LastWordWithdrawn, operation=mint.mint)
    )
    spec.when(seen_final(mint)).then_among(like(ReceiptRepeated, operation=mint.mint))
    assert mint.mint in spec.state.instruments[AAPL].mints


def test_a_contradiction_by_anybody_but_the_account_is_parked() -> None:
    spec = book().given(seen_final(mint_of(book())))
    spec.when(contradicted(mint_of(spec), record=LATER_RECORD, sender="mallory")).then(
        like(MessageParked, code="sender_not_allowed")
    )
    assert (mint_of(spec).account, BLOCK["block_hash"]) == (ACCOUNT, "0xb10c")
