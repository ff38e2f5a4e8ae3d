"""Minting: the pool, the chain's word, and what happens when it says no."""

from typing import Any

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    TREASURY,
    TSLA,
    WALLET,
    confirmed,
    house,
    issuance_of,
    later,
    ordered,
    reference_of,
    requested,
    seen_closed,
    seen_final,
    tick,
)

from schemas.events import (
    HoldPlaced,
    HoldReleased,
    IssuanceCompleted,
    LotReceived,
    MessageParked,
    MessageSetAside,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    MintRecallRequested,
    ReceiptRepeated,
    TimeAdvanced,
)
from schemas.house import ReleaseHold
from workers.core.ids import mint_id


def book(**changes: Any) -> Specification:
    spec = Specification().given(house(**changes), requested("60"))
    return spec.given(confirmed("60", owner_id=reference_of()))


def mint_of(spec: Specification) -> MintAuthorized:
    mint: MintAuthorized = spec.last(MintAuthorized)
    return mint


def test_the_mint_id_digests_all_that_is_minted_but_neither_account_nor_deadline() -> None:
    spec = book()
    mint = mint_of(spec)
    assert mint.mint == mint_id(
        issuance=issuance_of(),
        part=1,
        attempt=1,
        chain=mint.chain,
        token=mint.token,
        recipient=WALLET,
        units="60",
    )
    assert mint.deadline == later(600)


def test_authorized_lots_dissolve_into_the_pool() -> None:
    spec = book()
    kept = spec.state.instruments[AAPL]
    assert (kept.pool, kept.lots, kept.supply) == (60 * 10**18, {}, {})


def test_a_final_mint_is_supply_and_completes_its_issuance() -> None:
    spec = book()
    spec.when(seen_final(mint_of(spec))).then(
        like(MintFinalized, units="60", transaction="0xfeed", block_height=7),
        like(IssuanceCompleted, issuance=issuance_of(), units="60", shares="60"),
    )
    assert spec.state.instruments[AAPL].supply == {"sim": 60 * 10**18}


def test_the_same_receipt_again_changes_nothing() -> None:
    spec = book()
    spec.given(seen_final(mint_of(spec)))
    spec.when(seen_final(mint_of(spec), block_height=8)).then(like(ReceiptRepeated))


def test_a_failed_mint_gives_the_same_lots_to_the_next_attempt() -> None:
    spec = book()
    first = mint_of(spec)
    spec.when(seen_closed(first, at=later(700))).then(
        like(TimeAdvanced),
        like(MintFailed, mint=first.mint, proof="deadline_passed"),
        like(MintAuthorized, part=1, attempt=2, lots=first.lots, deadline=later(1300)),
    )
    assert mint_of(spec).mint != first.mint
    assert spec.state.instruments[AAPL].pool == 60 * 10**18


def test_a_receipt_of_a_closed_mint_repeated_changes_nothing() -> None:
    spec = book()
    first = mint_of(spec)
    spec.given(seen_closed(first))
    spec.when(seen_closed(first, block_height=9)).then(like(ReceiptRepeated))


def test_only_the_newest_attempt_can_complete() -> None:
    spec = book()
    first = mint_of(spec)
    spec.given(seen_closed(first))
    spec.when(seen_final(first)).then(
        like(MessageSetAside, code="receipt_contradicts"),
        like(HoldPlaced, instrument=AAPL),
        like(MintRecallRequested, mint=mint_of(spec).mint),
    )
    assert spec.state.instruments[AAPL].supply == {}


def test_a_mint_that_was_final_and_is_said_to_be_closed_is_a_contradiction() -> None:
    spec = book()
    spec.given(seen_final(mint_of(spec)))
    spec.when(seen_closed(mint_of(spec))).then(
        like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced)
    )
    assert spec.state.instruments[AAPL].supply == {"sim": 60 * 10**18}


def test_another_transaction_for_a_mint_that_is_final_is_a_contradiction() -> None:
    spec = book()
    spec.given(seen_final(mint_of(spec)))
    spec.when(seen_final(mint_of(spec), transaction="0xother")).then_among(
        like(MessageSetAside, code="receipt_contradicts")
    )


@pytest.mark.parametrize(
    "fields", [{"units": "59"}, {"units": "61"}, {"chain": "mars"}, {"account": "sim-2"}, {"kind": "burn"}]
)
def test_a_receipt_that_is_not_as_authorized_is_set_aside(fields: dict[str, Any]) -> None:
    spec = book()
    spec.when(seen_final(mint_of(spec), **fields)).then(
        like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced), like(MintRecallRequested)
    )
    assert mint_of(spec).mint in spec.state.instruments[AAPL].mints


@pytest.mark.parametrize("fields", [{"chain": "mars"}, {"account": "sim-2"}, {"kind": "transfer"}])
def test_a_closing_by_somebody_else_brings_no_lots_back(fields: dict[str, Any]) -> None:
    spec = book()
    spec.when(seen_closed(mint_of(spec), **fields)).then(
        like(MessageSetAside, code="receipt_contradicts"), like(HoldPlaced), like(MintRecallRequested)
    )
    assert spec.state.instruments[AAPL].pool == 60 * 10**18


@pytest.mark.parametrize("say", [seen_final, seen_closed])
def test_nobody_but_the_signing_account_speaks_of_its_mints(say: Any) -> None:
    spec = book()
    spec.when(say(mint_of(spec), sender="sim-2")).then(like(MessageParked, code="sender_not_allowed"))
    assert mint_of(spec).mint in spec.state.instruments[AAPL].mints


@pytest.mark.parametrize("say", [seen_final, seen_closed])
def test_a_receipt_for_a_mint_that_nobody_authorized_is_set_aside(say: Any) -> None:
    spec = book()
    spec.when(say(mint_of(spec), operation="e" * 64)).then(
        like(MessageSetAside, code="operation_unknown"), like(HoldPlaced), like(MintRecallRequested)
    )


@pytest.mark.parametrize("say", [seen_final, seen_closed])
def test_a_receipt_under_another_instrument_finds_no_mint(say: Any) -> None:
    spec = book()
    spec.when(say(mint_of(spec), of=TSLA)).then_among(like(MessageSetAside, code="operation_unknown"))


@pytest.mark.parametrize("say", [seen_final, seen_closed])
def test_a_receipt_without_an_instrument_is_misrouted_and_opens_no_book(say: Any) -> None:
    spec = book()
    spec.when(say(mint_of(spec), of=None)).then(like(MessageParked, code="misrouted"))
    assert set(spec.state.instruments) == {AAPL}


@pytest.mark.parametrize("say", [seen_final, seen_closed])
def test_a_receipt_in_another_partition_is_misrouted(say: Any) -> None:
    told = []
    for partition in (0, 1):
        spec = Specification(partition)
        spec.given(each for each in house(partitions=2) if each.type != "genesis")
        told.append(spec.when(say(mint_of(book()))).records[-1][0].type)
    assert sorted(told) == ["message_parked", "message_set_aside"]


def test_too_many_failures_hold_the_instrument() -> None:
    spec = book(mint_attempts_max=2)
    spec.given(seen_closed(mint_of(spec)))
    spec.when(seen_closed(mint_of(spec))).then(
        like(MintFailed), like(HoldPlaced, instrument=AAPL, reason="mint_failed_too_often")
    )
    kept = spec.state.instruments[AAPL]
    assert (kept.pool, len(kept.lots), len(kept.mints)) == (0, 1, 0)


def test_released_it_is_tried_again_with_the_next_attempt() -> None:
    spec = book(mint_attempts_max=1)
    spec.given(seen_closed(mint_of(spec)))
    hold = spec.last(HoldPlaced)
    proposal, confirmation = ordered(ReleaseHold(instrument=AAPL, hold=hold.hold), of=AAPL)
    spec.given(proposal).when(confirmation).then_among(
        like(HoldReleased, hold=hold.hold), like(MintAuthorized, part=1, attempt=2)
    )
    spec.when(seen_closed(mint_of(spec))).then(like(MintFailed), like(HoldPlaced))
    assert spec.last(HoldPlaced).hold != hold.hold


def test_a_failed_part_keeps_its_number_and_others_go_on() -> None:
    spec = Specification().given(house(), requested("100", partial="parts"))
    spec.given(confirmed("60", owner_id=reference_of()))
    first = mint_of(spec)
    spec.given(confirmed("40", owner_id=reference_of(), previously_settled="60"))
    second = mint_of(spec)
    spec.when(seen_closed(first)).then(like(MintFailed), like(MintAuthorized, part=1, attempt=2, units="60"))
    again = mint_of(spec)
    spec.when(seen_closed(second)).then(like(MintFailed), like(MintAuthorized, part=2, attempt=2, units="40"))
    assert len({each.mint for each in spec.all(MintAuthorized)}) == 4
    spec.given(seen_final(again)).when(seen_final(mint_of(spec)))
    spec.then(like(MintFinalized), like(IssuanceCompleted, units="100"))


def test_two_parts_that_failed_under_a_hold_are_minted_together_and_once() -> None:
    spec = Specification().given(house(mint_attempts_max=1), requested("100", partial="parts"))
    spec.given(confirmed("60", owner_id=reference_of()))
    first = mint_of(spec)
    spec.given(confirmed("40", owner_id=reference_of(), previously_settled="60"))
    second = mint_of(spec)
    spec.given(seen_closed(first), seen_closed(second))
    assert [each.mint for each in spec.all(MintRecallRequested)] == [second.mint]
    hold = spec.last(HoldPlaced).hold
    proposal, confirmation = ordered(ReleaseHold(instrument=AAPL, hold=hold), of=AAPL)
    spec.given(proposal).when(confirmation).then_among(
        like(HoldReleased), like(MintAuthorized, units="100", shares_in="100")
    )
    spec.when(seen_final(mint_of(spec))).then(like(MintFinalized), like(IssuanceCompleted, units="100"))


def test_a_hold_stops_mints_but_not_facts_and_release_resumes() -> None:
    spec = Specification().given(house(), requested("60"))
    spec.given(confirmed("1", "x", movement="deliver"))
    spec.when(confirmed("60", owner_id=reference_of())).never(MintAuthorized)
    spec.then_among(like(LotReceived))
    order = ReleaseHold(instrument=AAPL, hold=spec.last(HoldPlaced).hold)
    proposal, confirmation = ordered(order, of=AAPL)
    spec.given(proposal).when(confirmation).then_among(like(HoldReleased), like(MintAuthorized, units="60"))


def test_a_hold_of_one_instrument_does_not_stop_another() -> None:
    spec = Specification().given(house(), confirmed("1", "x", movement="deliver", of=TSLA))
    spec.given(requested("60")).when(confirmed("60", owner_id=reference_of()))
    spec.then_among(like(MintAuthorized))


def test_two_holds_need_two_releases() -> None:
    spec = Specification().given(house(), requested("60"))
    spec.given(confirmed("1", "x", movement="deliver"), confirmed("2", "y", movement="deliver"))
    spec.given(confirmed("60", owner_id=reference_of()))
    one, other = (each.hold for each in spec.all(HoldPlaced))
    spec.given(ordered(ReleaseHold(instrument=AAPL, hold=one), "o1", of=AAPL)).never(MintAuthorized)
    spec.given(ordered(ReleaseHold(instrument=AAPL, hold=other), "o2", of=AAPL))
    spec.then_among(like(HoldReleased), like(MintAuthorized))


def test_treasury_requests_under_a_hold_draw_and_wait() -> None:
    spec = Specification().given(house(events_per_decision_max=1))
    spec.given(*(confirmed("1", f"t{n}", account=TREASURY, message_id=f"t{n}") for n in range(4)))
    spec.given(requested("3", funding="treasury"), confirmed("1", "x", movement="deliver"))
    assert spec.state.due_at() != spec.state.time, "a hold lets no tick storm begin"
    spec.given(ordered(ReleaseHold(instrument=AAPL, hold=spec.last(HoldPlaced).hold), of=AAPL))
    for second in range(1, 9):
        spec.given(tick(later(second)))
    assert sum(int(each.units) for each in spec.all(MintAuthorized)) == 3
    spec.holds_together()


def test_a_multiplier_so_small_that_no_event_could_carry_the_units_raises_and_writes_nothing() -> None:
    from ledger_words import instrument  # noqa: PLC0415

    shares = "9" * 30
    spec = Specification().given(house(terms=instrument(multiplier="0.000000000000000001")))
    spec.given(requested(shares))
    with pytest.raises(ValueError, match="digits before the point"):
        spec.when(confirmed(shares, owner_id=reference_of()))
