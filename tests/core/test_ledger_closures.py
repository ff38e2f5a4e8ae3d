"""Closures contradicted: the block that proved that an operation cannot act is gone: it may act after all."""

from typing import Any

import pytest
from bridge_words import EIGHT, book_of, bridge_of, counts, issued, mint_of
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    CHAIN,
    TREASURY,
    bridged_out,
    confirmed,
    contradicted,
    later,
    message,
    ordered,
    requested,
    seen_closed,
    seen_final,
)
from redemption_words import burning, minted
from test_ledger_contradictions import record_of, released

from schemas.envelope import Message
from schemas.events import (
    BridgeCompleted,
    BridgeMintAuthorized,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeMintRecallRequested,
    BurnAuthorized,
    BurnFailed,
    BurnFinalized,
    ClosureContradicted,
    DeficitClosed,
    DeficitOpened,
    DoubleClosed,
    DoubleFinalized,
    DoubleReopened,
    HoldPlaced,
    HoldReleased,
    LotReceived,
    MessageParked,
    MessageSetAside,
    MintAuthorized,
    MintFailed,
    ReceiptRepeated,
    ReturnAuthorized,
    ReturnFinalized,
)
from schemas.house import CoverShortfall, EndRedemption
from schemas.messages import ClosureSeenContradicted

ONE = 10**18


def unproved(closed: Message, seq: int = 5, **changes: Any) -> Message:
    """The account says that the block which closed an operation is not there any more."""
    seen: Any = closed.body
    names = ("operation", "kind", "account", "chain", "block_height", "block_hash")
    said = {name: getattr(seen, name) for name in names}
    said |= {"hash_now": "0x07e2", "record": record_of(seq), **changes}
    sender = said.pop("says", seen.account)
    body = ClosureSeenContradicted(**said)
    return message("closure_contradicted", body, at=closed.received_at, sender=sender, instrument=AAPL)


def failed() -> tuple[Specification, Any, Message]:
    """A mint was closed, its lots came back, and the next attempt is authorized."""
    spec = minted("60", None)
    spec.given(confirmed("30", "t2", account=TREASURY, message_id="m2"))
    spec.given(requested("30", "r2", funding="treasury"))
    first = spec.last(MintAuthorized)
    closed = seen_closed(first, at=later(601))
    spec.when(closed).then_among(like(MintFailed), like(MintAuthorized, attempt=2))
    return spec, first, closed


def figures(spec: Specification) -> tuple[int, int, int]:
    """Pool, supply and deficit."""
    book = spec.state.instruments[AAPL]
    return book.pool, book.supply[CHAIN], book.deficit


def test_a_mint_that_may_have_acted_after_all_is_counted_beside_the_next_attempt() -> None:
    spec, first, closed = failed()
    spec.when(unproved(closed))
    spec.then_among(
        like(ClosureContradicted, operation=first.mint, kind="mint", units="30", outcome="doubled"),
        like(DeficitOpened, shares="30", cure_units="30"),
    )
    assert figures(spec) == (90 * ONE, 60 * ONE, 30 * ONE)


def test_units_that_nobody_counted_stay_in_the_deficit_until_it_is_covered() -> None:
    spec, first, closed = failed()
    spec.given(unproved(closed))
    spec.when(seen_final(first, at=later(601), record=record_of(6))).then(
        like(DoubleFinalized, operation=first.mint, kind="mint", units="30")
    )
    assert figures(spec) == (90 * ONE, 90 * ONE, 30 * ONE)
    spec.given(confirmed("30", "t9", account=TREASURY, message_id="m9", at=later(601)))
    order = CoverShortfall(instrument=AAPL, lot=spec.last(LotReceived).lot)
    spec.given(ordered(order, of=AAPL, at=later(601))).then_among(like(DeficitClosed))


def test_a_mint_that_is_closed_again_is_counted_no_more() -> None:
    spec, first, closed = failed()
    spec.given(unproved(closed))
    again = seen_closed(
        first, at=later(601), record=record_of(6), block_hash="0xnew", proof="guard_cancelled"
    )
    spec.when(again).then(like(DoubleClosed, operation=first.mint), like(DeficitClosed), like(HoldReleased))
    spec.when(unproved(again, 7)).then_among(like(ClosureContradicted, block_hash="0xnew", outcome="doubled"))


def test_a_doubled_mint_whose_finality_breaks_may_act_again() -> None:
    spec, first, closed = failed()
    spec.given(unproved(closed), seen_final(first, at=later(601), record=record_of(6)))
    spec.when(contradicted(first, at=later(601), record=record_of(7))).then_among(
        like(DoubleReopened, operation=first.mint, units="30", account_seq=7)
    )
    assert figures(spec) == (90 * ONE, 60 * ONE, 30 * ONE)
    spec.when(seen_final(first, at=later(601), record=record_of(8))).then_among(like(DoubleFinalized))


def test_what_was_said_before_the_closure_broke_is_old() -> None:
    spec, first, closed = failed()
    spec.given(unproved(closed))
    spec.when(closed).then(like(ReceiptRepeated, operation=first.mint))
    spec.when(unproved(closed)).then(like(ReceiptRepeated, operation=first.mint))


@pytest.mark.parametrize(
    "changes",
    [{"block_hash": "0xelse"}, {"block_height": 8}, {"hash_now": "0xb10c"}, {"kind": "burn"}],
)
def test_only_what_was_closed_like_this_may_act_again(changes: dict[str, Any]) -> None:
    spec, _, closed = failed()
    spec.when(unproved(closed, **changes)).then_among(like(MessageSetAside, code="receipt_contradicts"))
    assert figures(spec)[2] == 0


def test_only_its_own_account_says_so() -> None:
    spec, _, closed = failed()
    spec.when(unproved(closed, says="sim-2")).then(like(MessageParked, code="sender_not_allowed"))


def burn_failed() -> tuple[Specification, Any, Message]:
    """A burn was closed while a hold stands, so nothing took its place."""
    spec = burning("10", minted("60", None))
    spec.given(confirmed("1", "extra", account=TREASURY, message_id="m8"))
    spec.given(confirmed("1", "gone", movement="deliver", message_id="m9"))
    burn = spec.last(BurnAuthorized)
    closed = seen_closed(burn, at=later(601))
    return spec.when(closed).then_among(like(BurnFailed)), burn, closed


def test_a_burn_whose_place_is_free_is_open_again_and_promises_as_it_would_have() -> None:
    spec, burn, closed = burn_failed()
    spec.when(unproved(closed)).then(
        like(ClosureContradicted, kind="burn", outcome="reopened"),
        like(HoldPlaced, reason="finality_contradicted"),
    )
    spec.when(seen_final(burn, at=later(601), record=record_of(6))).then_among(
        like(BurnFinalized, units="10", shares="10")
    )
    released(spec)
    assert len(spec.all(BurnAuthorized)) == 1


def test_a_burn_that_acts_beside_its_next_attempt_took_somebodys_tokens() -> None:
    spec = burning("10", minted("60", None))
    first = spec.last(BurnAuthorized)
    closed = seen_closed(first, at=later(601))
    spec.when(closed).then_among(like(BurnFailed), like(BurnAuthorized, attempt=2))
    second = spec.last(BurnAuthorized)
    spec.when(unproved(closed)).then_among(like(ClosureContradicted, outcome="doubled"))
    assert figures(spec) == (60 * ONE, 60 * ONE, 0)
    spec.given(seen_final(second, at=later(601)))
    assert figures(spec) == (50 * ONE, 50 * ONE, 0)
    spec.when(seen_final(first, at=later(601), record=record_of(6))).then(
        like(DoubleFinalized, kind="burn", units="10")
    )
    book = spec.state.instruments[AAPL]
    assert (book.supply[CHAIN], book.gone_twice, book.units) == (40 * ONE, 10 * ONE, 50 * ONE)


def test_a_return_whose_place_is_free_is_open_again() -> None:
    spec = burning("10.5", minted("60", None))
    returned = spec.last(ReturnAuthorized)
    spec.given(confirmed("1", "extra", account=TREASURY, message_id="m8"))
    spec.given(confirmed("1", "gone", movement="deliver", message_id="m9"))
    closed = seen_closed(returned, at=later(601))
    spec.given(closed).when(unproved(closed)).then_among(like(ClosureContradicted, outcome="reopened"))
    spec.when(seen_final(returned, at=later(601), record=record_of(6))).then(like(ReturnFinalized))
    assert figures(spec)[2] == 0


def test_a_return_that_acts_a_second_time_is_in_the_deficit() -> None:
    spec = burning("10.5", minted("60", None))
    first = spec.last(ReturnAuthorized)
    closed = seen_closed(first, at=later(601))
    spec.given(closed)
    spec.when(unproved(closed)).then_among(
        like(ClosureContradicted, outcome="doubled"), like(DeficitOpened, shares="0.5")
    )
    spec.when(seen_final(first, at=later(601), record=record_of(6))).then(like(DoubleFinalized))
    assert figures(spec)[2] == 5 * 10**17


def test_a_burn_of_an_ended_redemption_is_counted_beside_its_return() -> None:
    spec, _, closed = burn_failed()
    order = EndRedemption(instrument=AAPL, redemption=spec.last(BurnAuthorized).redemption)
    spec.given(ordered(order, "end", of=AAPL, at=later(601)))
    spec.when(unproved(closed)).then_among(like(ClosureContradicted, outcome="doubled"))


def bridge_failed() -> tuple[Specification, Any, Message]:
    """A bridge's mint was closed while a hold stands, so nothing took its place."""
    spec = issued().given(bridged_out("40", EIGHT), bridged_out("1000", EIGHT, "0xforged"))
    mint = mint_of(spec)
    closed = seen_closed(mint, at=later(601))
    return spec.when(closed).then_among(like(BridgeMintFailed)), mint, closed


def test_a_bridge_whose_mint_may_have_acted_waits_for_its_word_and_exists_once() -> None:
    spec, mint, closed = bridge_failed()
    spec.when(unproved(closed)).then(
        like(ClosureContradicted, operation=mint.mint, outcome="reopened"),
        like(HoldPlaced, reason="finality_contradicted"),
        like(BridgeMintRecallRequested, bridge=bridge_of()),
    )
    assert counts(spec) == ({CHAIN: 60 * ONE}, 40 * ONE, 0)
    spec.when(seen_final(mint, at=later(601), record=record_of(6))).then(
        like(BridgeMintFinalized), like(BridgeCompleted, outcome="minted")
    )
    released(spec)
    assert len(spec.all(BridgeMintAuthorized)) == 1
    assert book_of(spec).deficit == 0


def test_a_bridge_that_was_minted_by_the_next_attempt_may_exist_twice() -> None:
    spec = issued().given(bridged_out("40", EIGHT))
    first = mint_of(spec)
    closed = seen_closed(first, at=later(601))
    spec.given(closed, seen_final(mint_of(spec.given(closed)), at=later(601)))
    spec.when(unproved(closed)).then_among(
        like(ClosureContradicted, outcome="doubled"), like(DeficitOpened, shares="40")
    )
    spec.when(seen_final(first, at=later(601), record=record_of(6))).then(like(DoubleFinalized, units="40"))
    assert counts(spec) == ({CHAIN: 60 * ONE, EIGHT: 80 * ONE}, 0, 0)
