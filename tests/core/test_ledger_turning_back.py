"""Operators turn stuck things back: a bridge whose lane stays closed, a burn that keeps failing."""

from typing import Any

import pytest
from bridge_words import EIGHT, book_of, bridge_of, counts, issued, mint_of
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    CHAIN,
    bridged_out,
    lane,
    later,
    ordered,
    proposed,
    received,
    redeemed,
    redemption_of,
    seen_closed,
    seen_final,
)
from redemption_words import burning, held, minted, released
from test_ledger_contradictions import gone, record_of

from schemas.events import (
    BridgeCompleted,
    BridgeMintAuthorized,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeQueued,
    BridgeTurnedBack,
    BurnAuthorized,
    OrderRefused,
    ProposalConfirmed,
    ProposalMade,
    RedemptionCompleted,
    RedemptionEnded,
    ReturnAuthorized,
    ReturnFinalized,
)
from schemas.house import EndRedemption, TurnBridgeBack

ONE = 10**18
CLOSED = (lane(CHAIN, EIGHT, open=False),)
TURN = TurnBridgeBack(instrument=AAPL, bridge=bridge_of())
END = EndRedemption(instrument=AAPL, redemption=redemption_of())


def turned(spec: Specification, order: Any = TURN, order_id: str = "turn") -> Specification:
    return spec.given(ordered(order, order_id, of=AAPL))


def refused(spec: Specification, order: Any = TURN, order_id: str = "refused") -> Specification:
    """Propose what cannot take effect."""
    return spec.when(proposed(order, order_id, of=AAPL))


def test_two_operators_turn_a_bridge_back_that_its_lane_keeps() -> None:
    spec = issued(*CLOSED).given(bridged_out("40", EIGHT))
    assert spec.last(BridgeQueued).why == "lane_closed"
    turned(spec).then(
        like(ProposalConfirmed),
        like(BridgeTurnedBack, bridge=bridge_of(), why="operators"),
        like(BridgeMintAuthorized, leg="refund", chain=CHAIN, recipient="0xholder", units="40"),
    )
    spec.when(seen_final(mint_of(spec))).then(
        like(BridgeMintFinalized, leg="refund"), like(BridgeCompleted, outcome="refunded")
    )
    assert counts(spec) == ({CHAIN: 100 * ONE}, 0, 0)


def test_one_operator_turns_nothing_back() -> None:
    spec = issued(*CLOSED).given(bridged_out("40", EIGHT))
    spec.when(next(ordered(TURN, "turn", of=AAPL))).then(like(ProposalMade))
    assert not spec.all(BridgeTurnedBack)


def test_a_bridge_that_waits_for_its_limit_is_turned_back_without_its_remainder() -> None:
    spec = issued(lane(CHAIN, EIGHT, capacity="10", refill="0"))
    spec.given(bridged_out("10", EIGHT, "0xfirst"), bridged_out("40.000000001", EIGHT))
    turned(spec).then_among(like(BridgeTurnedBack), like(BridgeMintAuthorized, leg="refund", units="40"))
    assert book_of(spec).in_flight.remainder == 10**9


def test_a_bridge_whose_mint_may_act_is_not_turned_back_until_that_is_closed() -> None:
    spec = issued().given(bridged_out("40", EIGHT))
    refused(spec).then(like(OrderRefused, code="bridge_under_way", subject=mint_of(spec).mint))
    held_up = bridged_out("1000", EIGHT, "0xforged")
    spec.given(held_up, seen_closed(mint_of(spec), proof="guard_cancelled"))
    spec.then(like(BridgeMintFailed))
    turned(spec, order_id="again").then_among(like(BridgeTurnedBack, why="operators"))


def test_what_goes_back_already_is_not_turned_back_twice() -> None:
    spec = turned(issued(*CLOSED).given(bridged_out("40", EIGHT)))
    refused(spec, order_id="again").then(like(OrderRefused, code="bridge_under_way"))
    spec.given(seen_final(mint_of(spec)))
    refused(spec, order_id="once more").then(like(OrderRefused, code="bridge_unknown"))


def test_a_bridge_that_is_void_cannot_be_turned_back() -> None:
    told = bridged_out("40", EIGHT)
    spec = issued(*CLOSED).given(told, gone(told))
    refused(spec).then(like(OrderRefused, code="bridge_unknown", subject=bridge_of()))


def failing(units: str = "10.5") -> Specification:
    """The burn failed once, and its instrument is held."""
    spec = burning(units, minted(spec=None))
    spec = held(spec)
    return spec.given(seen_closed(spec.last(BurnAuthorized), at=later(601)))


def test_two_operators_end_a_redemption_whose_burn_fails_and_its_tokens_go_back() -> None:
    spec = failing("10")
    turned(spec, END).then(
        like(ProposalConfirmed), like(RedemptionEnded, redemption=redemption_of(), units="10")
    )
    released(spec).then_among(like(ReturnAuthorized, cause=redemption_of(), units="10", attempt=1))
    assert len(spec.all(BurnAuthorized)) == 1
    spec.when(seen_final(spec.last(ReturnAuthorized))).then(like(ReturnFinalized, units="10"))
    assert not spec.all(RedemptionCompleted)
    assert spec.state.instruments[AAPL].supply[CHAIN] == 60 * ONE


def test_the_rest_that_went_back_before_does_not_go_back_twice() -> None:
    spec = failing("10.5")
    rest = spec.last(ReturnAuthorized)
    refused(spec, END).then(like(OrderRefused, code="redemption_under_way"))
    spec.given(seen_final(rest))
    turned(spec, END, "again").then_among(like(RedemptionEnded, units="10"))
    released(spec).then_among(like(ReturnAuthorized, units="10", attempt=2))


def test_a_rest_that_was_not_sent_goes_back_with_all_else() -> None:
    spec = held(minted()).given(redeemed("10.5"), received("10.5"))
    turned(spec, END).then_among(like(RedemptionEnded, units="10.5"))
    released(spec).then_among(like(ReturnAuthorized, units="10.5", attempt=1))
    assert not spec.all(BurnAuthorized)


@pytest.mark.parametrize("before", ["no tokens", "burn open", "burned", "tokens gone"])
def test_a_redemption_that_is_elsewhere_is_not_ended(before: str) -> None:
    spec = minted().given(redeemed("10")) if before == "no tokens" else burning("10")
    if before == "burned":
        spec.given(seen_final(spec.last(BurnAuthorized)))
    if before == "tokens gone":
        spec.given(gone(received("10")), seen_closed(spec.last(BurnAuthorized), record=record_of(5)))
    refused(spec, END).then(like(OrderRefused, code="redemption_under_way", subject=redemption_of()))


def test_a_redemption_that_nobody_knows_is_not_ended() -> None:
    refused(minted(), END).then(like(OrderRefused, code="redemption_unknown"))


def test_tokens_that_went_back_from_an_ended_redemption_and_never_came_are_missing() -> None:
    spec = turned(failing("10"), END)
    released(spec)
    spec.given(seen_final(spec.last(ReturnAuthorized)), gone(received("10"), 9))
    assert spec.state.instruments[AAPL].missing_units == 10 * ONE
