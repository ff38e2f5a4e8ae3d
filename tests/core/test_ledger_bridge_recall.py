"""Taking a bridge's mint back: a hold asks, its account answers, and a finality may turn out not to hold."""

from bridge_words import EIGHT, book_of, bridge_of, counts, issued, mint_of
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    CHAIN,
    RECORD,
    bridged_out,
    contradicted,
    later,
    ordered,
    seen_closed,
    seen_final,
    tick,
)

from schemas.amounts import parse
from schemas.events import (
    BridgeCompleted,
    BridgeFinalityContradicted,
    BridgeMintAuthorized,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeMintRecallRequested,
    BridgeTurnedBack,
    HoldPlaced,
    HoldReleased,
    MessageSetAside,
    ReceiptRepeated,
)
from schemas.house import ReleaseHold
from schemas.messages import RecordName

LATER_RECORD = RecordName(book="transactions.eight-1", seq=9, sha256="9" * 64)
NEVER_SIGNED = {"proof": "never_signed", "block_height": None, "block_hash": None, "block_time": None}


def recalled(**policy: int) -> Specification:
    """A bridge's mint was asked back: a burn that cannot be placed the hold."""
    spec = issued(**policy).given(bridged_out("40", EIGHT), bridged_out("1000", EIGHT, "0xforged"))
    return spec.then_among(like(HoldPlaced), like(BridgeMintRecallRequested, bridge=bridge_of()))


def released(spec: Specification) -> Specification:
    hold = spec.last(HoldPlaced).hold
    return spec.given(ordered(ReleaseHold(instrument=AAPL, hold=hold), of=AAPL))


def reopened() -> Specification:
    """The bridge was completed, and the block of its mint is gone."""
    spec = issued().given(bridged_out("40", EIGHT))
    spec.given(seen_final(mint_of(spec), record=RECORD))
    return spec.when(contradicted(mint_of(spec), record=LATER_RECORD))


def test_a_hold_asks_an_open_mint_back_once() -> None:
    spec = recalled().when(bridged_out("1000", EIGHT, "0xforged again"))
    spec.then_among(like(HoldPlaced)).never(BridgeMintRecallRequested)
    spec.when(tick(later(5))).never(BridgeMintRecallRequested)


def test_a_mint_that_was_never_signed_leaves_its_units_in_flight_until_the_hold_goes() -> None:
    spec = recalled().when(seen_closed(mint_of(recalled()), **NEVER_SIGNED))
    spec.then(like(BridgeMintFailed, proof="never_signed", block_height=None))
    assert counts(spec) == ({CHAIN: parse("60")}, parse("40"), 0)
    released(spec).then_among(like(HoldReleased), like(BridgeMintAuthorized, leg="destination", attempt=2))


def test_a_mint_that_was_asked_back_did_not_fail_and_turns_nothing_back() -> None:
    spec = recalled(mint_attempts_max=1)
    spec.when(seen_closed(mint_of(spec), proof="guard_cancelled"))
    spec.then(like(BridgeMintFailed, proof="guard_cancelled")).never(BridgeTurnedBack)


def test_a_mint_may_be_final_although_it_was_asked_back() -> None:
    spec = recalled()
    spec.when(seen_final(mint_of(spec))).then(like(BridgeMintFinalized), like(BridgeCompleted))
    assert counts(spec) == ({CHAIN: parse("60"), EIGHT: parse("40")}, 0, 0)


def test_never_signed_proves_nothing_of_a_mint_that_nobody_asked_back() -> None:
    spec = issued().given(bridged_out("40", EIGHT))
    spec.when(seen_closed(mint_of(spec), **NEVER_SIGNED))
    spec.then_among(like(MessageSetAside, code="receipt_contradicts"))
    assert counts(spec) == ({CHAIN: parse("60")}, parse("40"), 0)


def test_a_finality_that_does_not_hold_puts_the_units_in_flight_again() -> None:
    spec = reopened().then(
        like(BridgeFinalityContradicted, bridge=bridge_of(), leg="destination", units="40", account_seq=9),
        like(HoldPlaced, reason="finality_contradicted"),
        like(BridgeMintRecallRequested, bridge=bridge_of()),
    )
    assert counts(spec) == ({CHAIN: parse("60")}, parse("40"), 0)
    assert list(book_of(spec).in_flight.bridges) == [bridge_of()]
    spec.when(contradicted(mint_of(spec), record=LATER_RECORD)).then(like(ReceiptRepeated))


def test_a_reopened_mint_may_become_final_in_another_block() -> None:
    spec = reopened()
    after = RecordName(book="transactions.eight-1", seq=10, sha256="a" * 64)
    spec.when(seen_final(mint_of(spec), record=after, block_hash="0xother")).then(
        like(BridgeMintFinalized, block_hash="0xother"), like(BridgeCompleted, outcome="minted", units="40")
    )
    assert counts(spec) == ({CHAIN: parse("60"), EIGHT: parse("40")}, 0, 0)


def test_a_reopened_mint_that_is_closed_is_minted_again_when_people_let_it() -> None:
    spec = reopened()
    after = RecordName(book="transactions.eight-1", seq=10, sha256="a" * 64)
    spec.when(seen_closed(mint_of(spec), record=after, proof="guard_cancelled"))
    spec.then(like(BridgeMintFailed)).never(BridgeMintAuthorized)
    released(spec).then_among(like(HoldReleased), like(BridgeMintAuthorized, attempt=2))


def test_what_was_not_final_like_this_is_not_contradicted() -> None:
    spec = issued().given(bridged_out("40", EIGHT))
    spec.given(seen_final(mint_of(spec)))
    spec.when(contradicted(mint_of(spec), block_hash="0xother")).then_among(
        like(MessageSetAside, code="receipt_contradicts")
    )
