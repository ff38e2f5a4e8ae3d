"""Lanes: how much goes from one chain to another, and in which order; what waits is never lost."""

from typing import Any

import pytest
from bridge_words import EIGHT, SIX, bridge_of, counts, issued, mint_of
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    CHAIN,
    HOUSE_RULES,
    bridged_out,
    house,
    lane,
    later,
    ordered,
    published,
    seen_final,
    tick,
)

from schemas.amounts import parse
from schemas.events import (
    BridgeMintAuthorized,
    BridgeQueued,
    BridgeReleased,
    BridgeStarted,
    BridgeTurnedBack,
    HoldPlaced,
    HoldReleased,
    HouseRuleDecided,
    OrderRefused,
    TickRecorded,
)
from schemas.house import ReleaseHold
from workers.audit.state_view import instrument_view
from workers.core import ledger


def test_a_hold_stops_a_bridge_and_loses_nothing() -> None:
    spec = issued().given(bridged_out("1000", EIGHT, "0xforged"))
    hold = spec.last(HoldPlaced).hold
    spec.when(bridged_out("40", EIGHT)).then(
        like(BridgeStarted), like(BridgeQueued, why="held", units="40", available="1000")
    )
    assert counts(spec) == ({CHAIN: parse("60")}, parse("40"), 0)
    assert ledger.due_at(spec.state) != spec.state.time, "a hold lets no tick storm begin"
    spec.given(ordered(ReleaseHold(instrument=AAPL, hold=hold), of=AAPL))
    spec.then_among(like(HoldReleased), like(BridgeReleased), like(BridgeMintAuthorized, units="40"))


def test_a_hold_stops_a_refund_too() -> None:
    spec = issued().given(bridged_out("1000", EIGHT, "0xforged"))
    spec.when(bridged_out("40", "omega")).then(
        like(BridgeStarted), like(BridgeTurnedBack), like(BridgeQueued, why="held")
    )


def test_a_lane_that_nobody_opened_keeps_what_comes_until_somebody_does() -> None:
    spec = issued(lane(EIGHT, CHAIN)).given(bridged_out("40", EIGHT))
    spec.then(like(BridgeStarted), like(BridgeQueued, why="lane_unknown", available="0"))
    spec.given(published(HOUSE_RULES + 2, lane(CHAIN, EIGHT)))
    assert ledger.due_at(spec.state) == spec.state.time
    spec.when(tick(later(0))).then_among(like(TickRecorded), like(BridgeReleased), like(BridgeMintAuthorized))
    assert ledger.due_at(spec.state) != spec.state.time


def test_a_closed_lane_keeps_its_queue() -> None:
    spec = issued(lane(CHAIN, EIGHT, open=False)).when(bridged_out("40", EIGHT))
    spec.then(like(BridgeStarted), like(BridgeQueued, why="lane_closed", units="40"))
    spec.when(tick(later(80_000))).never(BridgeReleased)


def test_what_does_not_fit_waits_and_a_tick_lets_it_go_when_the_lane_has_refilled() -> None:
    spec = issued(lane(CHAIN, EIGHT, capacity="50", refill="0.5")).given(bridged_out("40", EIGHT))
    spec.when(bridged_out("20", EIGHT, "0xb2"))
    spec.then(like(BridgeStarted), like(BridgeQueued, why="lane_limited", units="20", available="10"))
    assert ledger.due_at(spec.state) == later(20)
    spec.when(tick(later(19))).never(BridgeReleased)
    spec.when(tick(later(20))).then_among(
        like(BridgeReleased, bridge=bridge_of("0xb2"), available="20"), like(BridgeMintAuthorized, units="20")
    )


def test_nobody_overtakes_in_a_lane() -> None:
    spec = issued(lane(CHAIN, EIGHT, capacity="50", refill="1")).given(bridged_out("40", EIGHT))
    spec.given(bridged_out("20", EIGHT, "0xb2"))
    spec.when(bridged_out("1", EIGHT, "0xb3")).then_among(like(BridgeQueued, why="behind_others"))
    spec.when(tick(later(11))).then_among(
        like(BridgeReleased, bridge=bridge_of("0xb2"), available="21"),
        like(BridgeReleased, bridge=bridge_of("0xb3"), available="1"),
    )


def test_the_opposite_flow_refills_a_lane() -> None:
    lanes = (lane(CHAIN, EIGHT, capacity="40", refill="0"), lane(EIGHT, CHAIN, capacity="40", refill="0"))
    spec = issued(*lanes).given(bridged_out("40", EIGHT))
    spec.given(seen_final(mint_of(spec)), bridged_out("10", EIGHT, "0xb2"))
    spec.when(bridged_out("15", CHAIN, "0xback", chain=EIGHT)).then(
        like(BridgeStarted, chain=EIGHT),
        like(BridgeReleased, source=EIGHT, destination=CHAIN, units="15", available="40"),
        like(BridgeMintAuthorized, chain=CHAIN, units="15"),
        like(BridgeReleased, bridge=bridge_of("0xb2"), units="10", available="15"),
        like(BridgeMintAuthorized, chain=EIGHT, units="10"),
    )


def test_each_instrument_and_each_direction_has_a_bucket_of_its_own() -> None:
    spec = issued(lane(CHAIN, EIGHT, capacity="40", refill="0"), lane(CHAIN, SIX, capacity="40", refill="0"))
    spec.given(bridged_out("40", EIGHT))
    spec.when(bridged_out("40", SIX, "0xb2")).then_among(like(BridgeReleased, destination=SIX))


def test_an_instruments_own_rule_goes_before_the_rule_of_all() -> None:
    spec = issued(lane(CHAIN, EIGHT, capacity="10"), lane(CHAIN, EIGHT, capacity="40", instrument=AAPL))
    spec.when(bridged_out("40", EIGHT)).then_among(like(BridgeReleased, available="40"))


def test_more_than_the_capacity_goes_when_the_bucket_is_full_and_is_paid_for_whole() -> None:
    spec = issued(lane(CHAIN, EIGHT, capacity="10", refill="1")).given(bridged_out("1", EIGHT))
    spec.when(bridged_out("30", EIGHT, "0xb2")).then_among(like(BridgeQueued, why="lane_limited"))
    assert ledger.due_at(spec.state) == later(1)
    spec.when(tick(later(1))).then_among(like(BridgeReleased, units="30", available="10"))
    spec.given(bridged_out("10", EIGHT, "0xb3", at=later(1)))
    assert ledger.due_at(spec.state) == later(31)


def test_a_new_limit_counts_what_was_spent_at_the_old_rate() -> None:
    spec = issued(lane(CHAIN, EIGHT, capacity="40", refill="1")).given(bridged_out("40", EIGHT))
    spec.given(published(HOUSE_RULES + 2, lane(CHAIN, EIGHT, capacity="40", refill="0"), at=later(10)))
    spec.when(bridged_out("11", EIGHT, "0xb2", at=later(60)))
    spec.then_among(like(BridgeQueued, why="lane_limited", available="10"))


def test_a_lane_that_takes_ages_to_refill_is_looked_at_within_a_day() -> None:
    spec = issued(
        lane(CHAIN, EIGHT, capacity="40", refill="0.000000000000000001"), largest_time_jump_seconds=10**7
    )
    spec.given(bridged_out("40", EIGHT), bridged_out("40", EIGHT, "0xb2"))
    assert ledger.due_at(spec.state) == later(86_400)


def test_one_decision_lets_only_so_many_go_and_ticks_take_up_the_rest() -> None:
    spec = issued(lane(CHAIN, EIGHT, open=False), events_per_decision_max=2)
    spec.given(bridged_out("1", EIGHT, f"0x{number}") for number in range(5))
    spec.given(published(HOUSE_RULES + 2, lane(CHAIN, EIGHT)))
    spec.when(tick(later(0))).then_among(*[like(BridgeMintAuthorized)] * 2)
    assert ledger.due_at(spec.state) == spec.state.time
    spec.when(tick(later(0))).then_among(*[like(BridgeMintAuthorized)] * 2)
    spec.when(tick(later(0))).then_among(like(BridgeMintAuthorized))


def test_who_comes_while_one_decision_lets_enough_others_go_is_behind_them() -> None:
    spec = issued(lane(CHAIN, EIGHT, open=False), events_per_decision_max=2)
    spec.given(bridged_out("1", EIGHT, f"0x{number}") for number in range(2))
    spec.given(published(HOUSE_RULES + 2, lane(CHAIN, EIGHT)))
    spec.when(bridged_out("1", EIGHT, "0x2")).then_among(
        like(BridgeMintAuthorized), like(BridgeMintAuthorized), like(BridgeQueued, why="behind_others")
    )
    assert ledger.due_at(spec.state) == spec.state.time


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (lane(CHAIN, CHAIN), "lane_unusable"),
        (lane(CHAIN, EIGHT, capacity="0"), "lane_unusable"),
        (lane(CHAIN, EIGHT, instrument="GHOST"), "instrument_unknown"),
    ],
)
def test_a_lane_that_makes_no_sense_is_refused(rule: Any, code: str) -> None:
    spec = Specification().given(house())
    spec.given(ordered(rule)).then(like(OrderRefused, code="proposal_unknown"))
    assert [event.code for event in spec.all(OrderRefused)] == [code, "proposal_unknown"]


def test_a_lane_is_a_rule_of_the_house() -> None:
    spec = Specification().given(house()).given(ordered(lane(CHAIN, EIGHT)))
    spec.then_among(like(HouseRuleDecided, rule=lane(CHAIN, EIGHT)))


def test_people_see_what_is_between_the_chains_and_why() -> None:
    spec = issued(lane(CHAIN, EIGHT, capacity="50", refill="1"))
    spec.given(bridged_out("40.0000000001", EIGHT), bridged_out("20", EIGHT, "0xb2"))
    shown = instrument_view(spec.state, AAPL)["bridges"]
    assert (shown["in_flight"], shown["remainder"]) == ("60", "0.0000000001")
    assert shown["remainders"] == [{"chain": CHAIN, "holder": "0xholder", "units": "0.0000000001"}]
    assert [(each["units"], each["open_because"]) for each in shown["open"]] == [
        ("40", "its destination mint is authorized and not final"),
        ("20", "the lane refills by time and by the opposite flow"),
    ]
    assert shown["lanes"] == [{"source": CHAIN, "destination": EIGHT, "available": "10"}]
