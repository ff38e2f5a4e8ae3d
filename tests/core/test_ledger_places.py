"""Places: what is doubled has its place again when that is free, and nothing else is let act for it."""

from typing import Any

import pytest
from bridge_words import EIGHT, book_of, bridge_of, counts, issued, mint_of
from ledger_specification import Specification, like
from ledger_words import (
    CHAIN,
    TREASURY,
    bridged_out,
    confirmed,
    contradicted,
    later,
    requested,
    seen_closed,
    seen_final,
    tick,
)
from redemption_words import burning, minted
from test_ledger_closures import ONE, figures, unproved
from test_ledger_contradictions import gone, record_of, released
from test_ledger_doubles import AFTER, closed_again, final_again, gone_again

from schemas.events import (
    BridgeCompleted,
    BridgeMintAuthorized,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeRestored,
    BridgeTurnedBack,
    BridgeVoided,
    BurnAuthorized,
    BurnFailed,
    BurnFinalized,
    ClosureContradicted,
    DoubleResumed,
    LastWordWithdrawn,
    LotMoved,
    MessageSetAside,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    ReceiptRepeated,
    ReturnAuthorized,
    ReturnFailed,
    ReturnFinalized,
)

BURNED = bridged_out("40", EIGHT)


def doubled(kind: type, units: str) -> tuple[Specification, Any, Any]:
    """A burn or a return that may act beside its next attempt, and that attempt."""
    spec = burning(units, minted("60", None))
    first = spec.last(kind)
    closed = seen_closed(first, at=AFTER)
    spec.given(closed)
    second = spec.last(kind)
    spec.when(unproved(closed)).then_among(like(ClosureContradicted, outcome="doubled"))
    return spec, first, second


def test_a_burn_has_its_place_again_when_the_next_attempt_is_closed() -> None:
    spec, first, second = doubled(BurnAuthorized, "10")
    spec.when(seen_closed(second, at=AFTER)).then(
        like(BurnFailed, burn=second.burn),
        like(DoubleResumed, operation=first.burn, kind="burn", units="10"),
    )
    released(spec).given(tick(later(700)))
    assert len(spec.all(BurnAuthorized)) == 2
    spec.when(final_again(first, 8)).then_among(like(BurnFinalized, burn=first.burn, shares="10"))
    assert (figures(spec), book_of(spec).gone_twice) == ((50 * ONE, 50 * ONE, 0), 0)


def test_a_burn_that_acted_beside_its_place_promises_its_shares_when_the_place_is_free() -> None:
    spec, first, second = doubled(BurnAuthorized, "10")
    spec.given(final_again(first))
    assert book_of(spec).gone_twice == 10 * ONE
    spec.when(seen_closed(second, at=AFTER)).then_among(
        like(BurnFailed, burn=second.burn),
        like(DoubleResumed, operation=first.burn),
        like(BurnFinalized, burn=first.burn, units="10", shares="10"),
    )
    released(spec).given(tick(later(700)))
    assert len(spec.all(BurnAuthorized)) == 2
    assert (figures(spec), book_of(spec).gone_twice, book_of(spec).promised) == (
        (50 * ONE, 50 * ONE, 0),
        0,
        10 * ONE,
    )


def test_a_return_that_acted_beside_its_place_is_not_sent_again() -> None:
    spec, first, second = doubled(ReturnAuthorized, "10.5")
    spec.given(final_again(first)).when(seen_closed(second, at=AFTER)).then_among(
        like(ReturnFailed, transfer=second.transfer),
        like(DoubleResumed, operation=first.transfer, kind="transfer", units="0.5"),
        like(ReturnFinalized, transfer=first.transfer),
    )
    released(spec).given(tick(later(700)))
    assert len(spec.all(ReturnAuthorized)) == 2
    assert (figures(spec)[2], book_of(spec).gone_twice) == (0, 0)


def test_what_has_its_place_again_is_open_again_when_its_block_is_gone() -> None:
    spec, first, second = doubled(ReturnAuthorized, "10.5")
    spec.given(final_again(first), seen_closed(second, at=AFTER), gone_again(first, 8))
    assert list(book_of(spec).transfers) == [first.transfer]
    spec.given(seen_final(first, at=AFTER, record=record_of(9), block_hash="0xnew"))
    released(spec).given(tick(later(700)))
    assert (len(spec.all(ReturnAuthorized)), book_of(spec).returns) == (2, {})


def test_of_two_that_are_doubled_the_one_that_acted_has_the_place() -> None:
    spec, first, second = doubled(ReturnAuthorized, "10.5")
    closed = seen_closed(second, at=AFTER)
    spec.given(closed, seen_closed(first, at=AFTER, record=record_of(6), block_hash="0xnew"))
    released(spec).given(tick(later(700)))
    third = spec.last(ReturnAuthorized)
    assert third.attempt == 3
    spec.given(unproved(closed, 7), unproved(closed_again(first), 8), final_again(second, 9))
    spec.when(seen_closed(third, at=later(1400))).then_among(
        like(DoubleResumed, operation=second.transfer), like(ReturnFinalized, transfer=second.transfer)
    )
    assert list(book_of(spec).doubled) == [first.transfer]


def test_a_return_that_is_open_again_does_not_forget_its_later_attempts() -> None:
    spec, first, second = doubled(ReturnAuthorized, "10.5")
    spec.given(seen_closed(second, at=AFTER), final_again(first, 8), gone_again(first, 9))
    spec.given(seen_closed(first, at=AFTER, record=record_of(10), block_hash="0xnew"))
    released(spec).given(tick(later(700)))
    assert [each.attempt for each in spec.all(ReturnAuthorized)] == [1, 2, 3]
    assert len({each.transfer for each in spec.all(ReturnAuthorized)}) == 3


def bridging(**policy: int) -> tuple[Specification, Any, Any]:
    """A bridge's mint that may act beside its next attempt, and that attempt."""
    spec = issued(**policy).given(BURNED)
    first = mint_of(spec)
    closed = seen_closed(first, at=AFTER)
    spec.given(closed)
    second = mint_of(spec)
    spec.given(unproved(closed))
    return spec, first, second


@pytest.mark.parametrize("order", [1, -1])
def test_a_bridge_is_minted_once_whichever_word_comes_first(order: int) -> None:
    spec, first, second = bridging()
    spec.given(*[final_again(first, 8), seen_closed(second, at=AFTER)][::order])
    assert [each.operation for each in spec.all(DoubleResumed)] == [first.mint]
    assert [each.mint for each in spec.all(BridgeMintFinalized)] == [first.mint]
    assert [each.outcome for each in spec.all(BridgeCompleted)] == ["minted"]
    released(spec).given(tick(later(700)))
    assert (counts(spec), book_of(spec).deficit) == (({CHAIN: 60 * ONE, EIGHT: 40 * ONE}, 0, 0), 0)
    assert len(spec.all(BridgeMintAuthorized)) == 2


def test_a_bridge_does_not_turn_back_while_an_earlier_attempt_may_arrive() -> None:
    spec, first, second = bridging(mint_attempts_max=2)
    spec.when(seen_closed(second, at=AFTER)).then_among(
        like(BridgeMintFailed, mint=second.mint), like(DoubleResumed, operation=first.mint)
    ).never(BridgeTurnedBack)
    assert book_of(spec).in_flight.bridges[bridge_of()].mint == first.mint


def test_a_voided_bridge_that_is_restored_has_the_mint_that_may_act_and_no_other() -> None:
    spec, first, second = bridging()
    spec.given(gone(BURNED, seq=7)).when(seen_closed(second, at=AFTER)).then_among(like(BridgeVoided))
    spec.when(bridged_out("40", EIGHT, record=record_of(8), block_hash="0xnew", at=AFTER)).then_among(
        like(BridgeRestored), like(DoubleResumed, operation=first.mint)
    )
    released(spec).given(tick(later(700)))
    assert len(spec.all(BridgeMintAuthorized)) == 2
    spec.given(final_again(first, 9))
    assert (counts(spec), book_of(spec).deficit) == (({CHAIN: 60 * ONE, EIGHT: 40 * ONE}, 0, 0), 0)


# -- a word that is taken back before it was heard --


def test_a_closure_that_is_taken_back_unheard_is_old_when_it_comes() -> None:
    spec = burning("60", minted("60", None))
    burn = spec.last(BurnAuthorized)
    closed = seen_closed(burn, at=AFTER, record=record_of(4))
    spec.when(unproved(closed, 5)).then_among(
        like(LastWordWithdrawn, operation=burn.burn, kind="burn", units="60", account_seq=5)
    )
    spec.when(closed).then(like(ReceiptRepeated, operation=burn.burn))
    spec.when(final_again(burn, 6)).then_among(like(BurnFinalized, burn=burn.burn))


def test_a_finality_that_is_taken_back_unheard_is_old_when_it_comes() -> None:
    spec = burning("60", minted("60", None))
    burn = spec.last(BurnAuthorized)
    spec.when(contradicted(burn, record=record_of(5))).then(like(LastWordWithdrawn, operation=burn.burn))
    spec.when(seen_final(burn, record=record_of(4))).then(like(ReceiptRepeated, operation=burn.burn))
    assert book_of(spec).burns


def test_a_word_that_is_taken_back_may_be_told_twice() -> None:
    spec = burning("60", minted("60", None))
    closed = seen_closed(spec.last(BurnAuthorized), at=AFTER, record=record_of(4))
    spec.given(unproved(closed, 5)).when(unproved(closed, 5)).then(like(ReceiptRepeated))


@pytest.mark.parametrize("changes", [{"kind": "mint"}, {"chain": "other"}, {"hash_now": "0xb10c"}])
def test_only_a_word_on_what_is_open_like_this_is_taken_back(changes: dict[str, Any]) -> None:
    spec = burning("60", minted("60", None))
    closed = seen_closed(spec.last(BurnAuthorized), at=AFTER, block_hash="0xb10c")
    spec.when(unproved(closed, **changes)).then_among(
        like(MessageSetAside, code="receipt_contradicts")
    ).never(LastWordWithdrawn)


def test_a_mint_whose_closure_is_taken_back_unheard_keeps_its_lots() -> None:
    spec = minted("60", None)
    spec.given(confirmed("30", "t2", account=TREASURY, message_id="m2"))
    spec.given(requested("30", "r2", funding="treasury"))
    mint = spec.last(MintAuthorized)
    closed = seen_closed(mint, at=AFTER, record=record_of(4))
    spec.given(unproved(closed, 5)).when(closed).never(MintFailed, LotMoved, MintAuthorized)
    spec.when(final_again(mint)).then_among(like(MintFinalized, mint=mint.mint))
    assert figures(spec) == (90 * ONE, 90 * ONE, 0)
