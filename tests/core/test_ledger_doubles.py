"""Doubled operations: what acts, closes or is open again beside what took its place, and what follows."""

from typing import Any

import pytest
from bridge_words import EIGHT, book_of, counts, issued, mint_of
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    CHAIN,
    TREASURY,
    bridged_out,
    cancelled,
    confirmed,
    contradicted,
    later,
    ordered,
    requested,
    seen_closed,
    seen_final,
    tick,
)
from redemption_words import burning, minted
from test_ledger_closures import ONE, failed, figures, unproved
from test_ledger_contradictions import record_of, released

from schemas.envelope import Message
from schemas.events import (
    BridgeCompleted,
    BridgeMintAuthorized,
    BridgeMintFinalized,
    BurnAuthorized,
    BurnFinalized,
    ClosureContradicted,
    DeficitClosed,
    DeficitOpened,
    DoubleClosed,
    DoubleFinalized,
    DoubleReopened,
    HoldPlaced,
    HoldReleased,
    IssuanceClosed,
    IssuanceCompleted,
    LotMoved,
    MessageSetAside,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    MintRecallRequested,
    MultiplierActivated,
    MultiplierWaits,
    ReceiptRepeated,
    ReturnAuthorized,
    ReturnFailed,
    ReturnFinalized,
)
from schemas.house import ChangeMultiplier

NEVER_SIGNED = {"proof": "never_signed", "block_height": None, "block_hash": None, "block_time": None}
AFTER = later(601)


def final_again(operation: Any, seq: int = 6, **fields: Any) -> Message:
    return seen_final(operation, at=AFTER, record=record_of(seq), **fields)


def gone_again(operation: Any, seq: int = 7) -> Message:
    return contradicted(operation, at=AFTER, record=record_of(seq))


def closed_again(operation: Any, seq: int = 6) -> Message:
    return seen_closed(operation, at=AFTER, record=record_of(seq), block_hash="0xnew")


def taken_back(proof: str) -> tuple[Specification, Any, Message]:
    """A client took back what treasury was to fund; its mint was closed, and the lots are free again."""
    spec = minted("60", None)
    spec.given(confirmed("30", "t2", account=TREASURY, message_id="m2"))
    spec.given(requested("30", "r2", funding="treasury"))
    mint = spec.last(MintAuthorized)
    spec.given(cancelled("r2"))
    closed = seen_closed(mint, at=AFTER, **(NEVER_SIGNED if proof == "never_signed" else {"proof": proof}))
    spec.when(closed).then_among(
        like(MintFailed, proof=proof), like(LotMoved, to_state="free"), like(IssuanceClosed, units="0")
    )
    return spec, mint, closed


@pytest.mark.parametrize("proof", ["guard_cancelled", "deadline_passed"])
def test_a_mint_whose_issuance_is_over_is_counted_when_its_closure_is_gone(proof: str) -> None:
    spec, mint, closed = taken_back(proof)
    spec.when(unproved(closed)).then(
        like(ClosureContradicted, operation=mint.mint, kind="mint", units="30", outcome="doubled"),
        like(HoldPlaced, reason="finality_contradicted", owner=mint.mint),
        like(DeficitOpened, shares="30", cure_units="30"),
        like(HoldPlaced, reason="deficit"),
    )
    spec.when(final_again(mint)).then(like(DoubleFinalized, units="30")).never(MintFinalized)
    assert figures(spec) == (60 * ONE, 90 * ONE, 30 * ONE)


def test_what_was_never_signed_has_no_block_that_can_be_gone() -> None:
    spec, mint, closed = taken_back("never_signed")
    told = unproved(closed, block_height=7, block_hash="0xb10c")
    spec.when(told).then_among(like(MessageSetAside, code="receipt_contradicts")).never(ClosureContradicted)
    spec.when(final_again(mint)).then_among(like(MessageSetAside, code="receipt_contradicts"))
    assert figures(spec) == (60 * ONE, 60 * ONE, 0)


def test_a_mint_that_acted_after_all_completes_nothing_and_nothing_is_minted_by_itself() -> None:
    spec, first, closed = failed()
    second = spec.last(MintAuthorized)
    spec.given(unproved(closed)).when(final_again(first)).never(IssuanceCompleted)
    spec.when(seen_final(second, at=AFTER)).then_among(
        like(MintFinalized), like(IssuanceCompleted, units="30")
    )
    released(spec).given(tick(later(700)))
    assert len(spec.all(MintAuthorized)) == 3
    assert figures(spec) == (90 * ONE, 120 * ONE, 30 * ONE)


def test_the_next_attempt_is_asked_back_and_none_follows_it_while_the_first_may_act() -> None:
    spec, _, closed = failed()
    second = spec.last(MintAuthorized)
    spec.when(unproved(closed)).then_among(like(MintRecallRequested, mint=second.mint, cause="hold"))
    spec.when(seen_closed(second, at=AFTER, **NEVER_SIGNED)).then_among(like(MintFailed)).never(
        MintAuthorized
    )
    assert figures(spec) == (60 * ONE, 60 * ONE, 30 * ONE)
    released(spec).when(tick(later(700))).never(MintAuthorized)


def test_every_contradiction_has_a_hold_of_its_own() -> None:
    spec, first, closed = failed()
    spec.given(unproved(closed)).given(final_again(first), gone_again(first))
    spec.given(closed_again(first, 8), unproved(closed_again(first, 8), 9))
    holds = [each for each in spec.all(HoldPlaced) if each.reason == "finality_contradicted"]
    assert [each.owner for each in holds] == [first.mint] * 3
    assert {each.hold for each in holds} <= set(book_of(spec).holds)
    assert len({each.hold for each in holds}) == 3


def test_a_doubled_mint_has_one_last_word() -> None:
    spec, first, closed = failed()
    spec.given(unproved(closed), final_again(first))
    spec.when(final_again(first)).then(like(ReceiptRepeated, operation=first.mint))
    spec.when(closed_again(first, 7)).then_among(like(MessageSetAside, code="receipt_contradicts"))
    spec.when(unproved(closed, 8)).then_among(like(MessageSetAside, code="receipt_contradicts"))
    assert figures(spec) == (90 * ONE, 90 * ONE, 30 * ONE)


def test_never_signed_is_not_believed_of_what_is_doubled() -> None:
    spec, first, closed = failed()
    spec.given(unproved(closed))
    spec.when(seen_closed(first, at=AFTER, **{**NEVER_SIGNED, "record": record_of(6)})).then_among(
        like(MessageSetAside, code="receipt_contradicts")
    )
    assert figures(spec)[2] == 30 * ONE


def test_a_double_that_is_open_again_is_counted_no_more_once_it_is_closed() -> None:
    spec, first, closed = failed()
    spec.given(unproved(closed), final_again(first), gone_again(first))
    spec.when(closed_again(first, 8)).then(
        like(DoubleClosed, operation=first.mint), like(DeficitClosed), like(HoldReleased)
    )
    assert figures(spec) == (90 * ONE, 60 * ONE, 0)


def test_the_multiplier_waits_for_what_is_doubled() -> None:
    spec, first, closed = failed()
    spec.given(seen_final(spec.last(MintAuthorized), at=AFTER), unproved(closed))
    order = ChangeMultiplier(instrument=AAPL, nonce=1, before="1", after="0.5", activates_at=later(660))
    spec.given(ordered(order, "change", of=AAPL, at=AFTER))
    spec.when(tick(later(660))).then_among(like(MultiplierWaits, open_operations=1)).never(
        MultiplierActivated
    )
    spec.given(closed_again(first)).when(tick(later(661))).then_among(like(MultiplierActivated))


def burned_twice() -> tuple[Specification, Any]:
    """A burn acted beside its next attempt, which is final."""
    spec = burning("10", minted("60", None))
    first = spec.last(BurnAuthorized)
    closed = seen_closed(first, at=AFTER)
    spec.given(closed)
    second = spec.last(BurnAuthorized)
    spec.given(unproved(closed), seen_final(second, at=AFTER), final_again(first))
    return spec, first


def test_a_burn_that_acted_twice_promises_once_and_the_tokens_of_others_are_owed() -> None:
    spec, _ = burned_twice()
    book = book_of(spec)
    assert (book.supply[CHAIN], book.gone_twice, book.promised) == (40 * ONE, 10 * ONE, 10 * ONE)
    assert (book.pool, book.units, book.deficit) == (50 * ONE, 50 * ONE, 0)


def test_a_burn_that_acted_twice_and_did_not_gives_the_tokens_back() -> None:
    spec, first = burned_twice()
    spec.when(gone_again(first)).then(
        like(DoubleReopened, operation=first.burn, kind="burn", units="10", account_seq=7),
        like(HoldPlaced, reason="finality_contradicted", owner=first.burn),
    )
    book = book_of(spec)
    assert (book.supply[CHAIN], book.gone_twice, book.units) == (50 * ONE, 0, 50 * ONE)
    spec.when(closed_again(first, 8)).then(like(DoubleClosed, operation=first.burn, kind="burn"))
    released(spec).given(tick(later(700)))
    assert len(spec.all(BurnAuthorized)) == 2


def test_a_doubled_burn_of_more_than_there_is_left_is_set_aside() -> None:
    spec = burning("60", minted("60", None))
    first = spec.last(BurnAuthorized)
    closed = seen_closed(first, at=AFTER)
    spec.given(closed)
    spec.given(seen_final(spec.last(BurnAuthorized), at=AFTER), unproved(closed))
    spec.when(final_again(first)).then_among(like(MessageSetAside, code="receipt_contradicts"))
    assert (figures(spec)[1], book_of(spec).gone_twice) == (0, 0)


def returned_twice() -> tuple[Specification, Any]:
    """A return acted beside its next attempt."""
    spec = burning("10.5", minted("60", None))
    first = spec.last(ReturnAuthorized)
    closed = seen_closed(first, at=AFTER)
    spec.given(closed).given(unproved(closed), final_again(first))
    return spec, first


def test_a_return_that_acted_twice_and_did_not_is_counted_until_it_is_closed() -> None:
    spec, first = returned_twice()
    half = ONE // 2
    assert (figures(spec)[2], book_of(spec).gone_twice) == (half, half)
    spec.when(gone_again(first)).then_among(like(DoubleReopened, kind="transfer", units="0.5"))
    assert (figures(spec)[2], book_of(spec).gone_twice) == (half, 0)
    spec.when(closed_again(first, 8)).then(
        like(DoubleClosed, kind="transfer"), like(DeficitClosed), like(HoldReleased)
    )
    assert len(spec.all(ReturnAuthorized)) == 2


def bridged_twice() -> tuple[Specification, BridgeMintAuthorized]:
    """A bridge's mint acted beside its next attempt, which is final."""
    spec = issued().given(bridged_out("40", EIGHT))
    first = mint_of(spec)
    closed = seen_closed(first, at=AFTER)
    spec.given(closed)
    spec.given(seen_final(mint_of(spec), at=AFTER), unproved(closed), final_again(first))
    return spec, first


def test_a_bridge_that_was_minted_twice_and_was_not_is_minted_once() -> None:
    spec, first = bridged_twice()
    assert (counts(spec), book_of(spec).deficit) == (({CHAIN: 60 * ONE, EIGHT: 80 * ONE}, 0, 0), 40 * ONE)
    spec.when(gone_again(first)).then_among(like(DoubleReopened, operation=first.mint, units="40"))
    assert (counts(spec), book_of(spec).deficit) == (({CHAIN: 60 * ONE, EIGHT: 40 * ONE}, 0, 0), 40 * ONE)
    spec.when(closed_again(first, 8)).then(like(DoubleClosed), like(DeficitClosed), like(HoldReleased))
    released(spec).given(tick(later(700)))
    assert (len(spec.all(BridgeMintAuthorized)), book_of(spec).deficit) == (2, 0)


def test_a_bridge_whose_next_attempt_is_on_its_way_exists_twice_at_most_until_one_is_closed() -> None:
    spec = issued().given(bridged_out("40", EIGHT))
    first = mint_of(spec)
    closed = seen_closed(first, at=AFTER)
    spec.given(closed).when(unproved(closed)).then_among(
        like(ClosureContradicted, outcome="doubled"), like(DeficitOpened, shares="40")
    )
    spec.when(closed_again(first)).then(like(DoubleClosed), like(DeficitClosed), like(HoldReleased))
    spec.when(seen_final(mint_of(spec), at=AFTER)).never(DeficitOpened)
    assert counts(spec) == ({CHAIN: 60 * ONE, EIGHT: 40 * ONE}, 0, 0)


def test_a_double_has_one_closure_at_a_time() -> None:
    spec, first, closed = failed()
    spec.given(unproved(closed), closed_again(first))
    spec.when(closed_again(first)).then(like(ReceiptRepeated, operation=first.mint))
    spec.when(final_again(first)).then_among(like(MessageSetAside, code="receipt_contradicts"))
    assert figures(spec) == (90 * ONE, 60 * ONE, 0)


# -- what was doubled and has its place again: it is closed there, and that does not hold --


def test_a_return_finds_its_place_free_and_is_not_sent_twice() -> None:
    spec = burning("10.5", minted("60", None))
    first = spec.last(ReturnAuthorized)
    closed = seen_closed(first, at=AFTER)
    spec.given(closed).given(unproved(closed), seen_closed(spec.last(ReturnAuthorized), at=AFTER))
    spec.when(closed_again(first)).then(like(ReturnFailed, transfer=first.transfer))
    spec.when(unproved(closed_again(first), 7)).then(
        like(ClosureContradicted, operation=first.transfer, outcome="reopened"),
        like(HoldPlaced, reason="finality_contradicted"),
    )
    spec.when(final_again(first, 8)).then(like(ReturnFinalized, transfer=first.transfer, units="0.5"))
    released(spec).given(tick(later(700)))
    assert (len(spec.all(ReturnAuthorized)), figures(spec)[2]) == (2, 0)


def test_a_burn_finds_its_place_free_and_promises_what_the_next_would_have() -> None:
    spec = burning("10", minted("60", None))
    first = spec.last(BurnAuthorized)
    closed = seen_closed(first, at=AFTER)
    spec.given(closed).given(unproved(closed), seen_closed(spec.last(BurnAuthorized), at=AFTER))
    spec.given(closed_again(first)).when(unproved(closed_again(first), 7)).then_among(
        like(ClosureContradicted, operation=first.burn, outcome="reopened")
    )
    spec.when(final_again(first, 8)).then_among(like(BurnFinalized, units="10", shares="10"))
    released(spec).given(tick(later(700)))
    assert (len(spec.all(BurnAuthorized)), book_of(spec).gone_twice) == (2, 0)


def test_a_bridges_mint_finds_its_place_free_and_is_the_only_one() -> None:
    spec = issued().given(bridged_out("40", EIGHT))
    first = mint_of(spec)
    closed = seen_closed(first, at=AFTER)
    spec.given(closed).given(unproved(closed), seen_closed(mint_of(spec), at=AFTER))
    spec.given(closed_again(first)).when(unproved(closed_again(first), 7)).then_among(
        like(ClosureContradicted, operation=first.mint, outcome="reopened")
    )
    spec.when(final_again(first, 8)).then(
        like(BridgeMintFinalized, mint=first.mint), like(BridgeCompleted, outcome="minted", units="40")
    )
    released(spec).given(tick(later(700)))
    assert (counts(spec), book_of(spec).deficit) == (({CHAIN: 60 * ONE, EIGHT: 40 * ONE}, 0, 0), 0)
    assert len(spec.all(BridgeMintAuthorized)) == 2
