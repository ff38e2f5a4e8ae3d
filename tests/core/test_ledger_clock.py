"""The clock and holds: time moves by what is accepted, ticks bring due what waits."""

import pytest
from ledger_specification import Specification, like
from ledger_words import (
    AAPL,
    NOW,
    TSLA,
    confirmed,
    confirmed_by,
    house,
    information,
    later,
    message,
    ordered,
    proposed,
    requested,
    tick,
)

from schemas import instants
from schemas.envelope import NotAMessage, decode_message, encode_message
from schemas.events import (
    DeliveryConfirmed,
    HoldPlaced,
    HoldReleased,
    InformationRecorded,
    LotReceived,
    MintAuthorized,
    OrderRefused,
    ProposalConfirmed,
    SharesTaken,
    TickRecorded,
    TimeAdvanced,
)
from schemas.house import ReleaseHold
from schemas.messages import CUSTODY, Tick
from workers.core import ledger
from workers.core.ledger import Given

DAY = 86_400


def book(**changes: int) -> Specification:
    return Specification().given(house(**changes))


def test_a_books_time_is_the_largest_that_it_accepted_in_whole_seconds() -> None:
    book().when(information(at="2026-11-23T09:00:07.900000Z")).then(
        like(TimeAdvanced, to=later(7)), like(InformationRecorded)
    )


@pytest.mark.parametrize("at", [NOW, later(-500), "2026-11-23T09:00:00.999999Z"])
def test_what_is_not_a_later_second_moves_no_time(at: str) -> None:
    book().when(information(at=at)).then(like(InformationRecorded))


def test_a_fact_beyond_the_time_jump_is_recorded_and_moves_no_time() -> None:
    spec = book().when(confirmed("60", at=later(DAY + 1))).then(like(LotReceived))
    assert spec.state.time == NOW


def test_a_tick_moves_the_time() -> None:
    book().when(tick(later(30))).then(like(TickRecorded, at=later(30), accepted=True), like(TimeAdvanced))


def test_a_tick_beyond_the_time_jump_moves_nothing() -> None:
    spec = book().given(requested("1")).when(tick(later(DAY + 1)))
    spec.then(like(TickRecorded, accepted=False))
    assert spec.state.time == NOW


def test_a_tick_of_the_past_is_harmless() -> None:
    spec = book().given(tick(later(100))).when(tick(later(50))).then(like(TickRecorded, accepted=True))
    assert spec.state.time == later(100)


def test_a_ticks_own_moment_counts_and_not_its_receipt() -> None:
    late = message("tick", Tick(at=later(5)), at=later(3 * DAY))
    spec = book().when(late).then(like(TickRecorded, accepted=True), like(TimeAdvanced, to=later(5)))
    assert spec.state.time == later(5)


@pytest.mark.parametrize("jump", [1, 2, 3, 10, DAY])
def test_the_clock_is_never_due_again_in_the_same_second(jump: int) -> None:
    spec = book(largest_time_jump_seconds=jump)
    for second in range(1, 6):
        due = spec.state.due_at()
        assert due is not None
        assert due > (spec.state.time or ""), "a tick now would move nothing: a storm of ticks"
        spec.given(tick(later(second)))
    spec.holds_together()


def test_a_clock_far_ahead_arrives_in_steps_that_policy_accepts() -> None:
    spec = book().given(requested("1"))
    now = later(7 * DAY)
    for _ in range(8):
        assert spec.state.time is not None
        spec.given(tick(min(now, instants.plus(spec.state.time, DAY))))
    assert spec.state.time == now
    assert not spec.state.instruments[AAPL].issuances
    assert spec.holds_together()


@pytest.mark.parametrize(
    "moment",
    ["2026-13-01T00:00:00.000000Z", "2026-02-30T00:00:00.000000Z", "2026-11-23T25:00:00.000000Z"],
)
def test_a_moment_that_does_not_exist_never_reaches_a_decision(moment: str) -> None:
    with pytest.raises(NotAMessage):
        decode_message(encode_message(information(at=moment)))


def test_at_the_end_of_time_nothing_raises() -> None:
    last = "9999-12-31T23:59:59.000000Z"
    spec = Specification().given(
        each.__class__(**{**{n: getattr(each, n) for n in each.__slots__}, "received_at": last})
        for each in house()
    )
    spec.given(requested("60", at=last), confirmed("1", "x", at=last))
    assert spec.state.due_at() == instants.LAST
    spec.holds_together()


# Holds.


def test_a_decision_that_raised_holds_the_messages_instrument() -> None:
    spoken = confirmed("60")
    events = list(ledger.set_aside(Given(CUSTODY, "a" * 64, spoken, None), "ZeroDivisionError"))
    assert [event.type for event in events] == ["message_set_aside", "hold_placed"]
    assert events[0].code == "decision_raised"
    assert events[1].instrument == AAPL


def test_bytes_that_are_no_message_are_set_aside_without_a_hold() -> None:
    events = list(ledger.set_aside(Given(CUSTODY, "a" * 64, None, "garbage"), "KeyError"))
    assert [event.type for event in events] == ["message_set_aside"]


def test_every_delivery_is_a_hold_of_its_own() -> None:
    spec = book().given(confirmed("1", "x", movement="deliver"), confirmed("1", "y", movement="deliver"))
    assert len({each.hold for each in spec.all(HoldPlaced)}) == 2
    spec.then(like(DeliveryConfirmed), like(SharesTaken, state="owed"), like(HoldPlaced))


def test_two_operators_release_a_hold_and_nobody_alone() -> None:
    spec = book().given(confirmed("1", "x", movement="deliver"))
    order = ReleaseHold(instrument=AAPL, hold=spec.last(HoldPlaced).hold)
    spec.given(proposed(order, of=AAPL)).when(confirmed_by("alice", of=AAPL)).then(like(OrderRefused))
    assert spec.state.instruments[AAPL].holds
    spec.when(confirmed_by("bob", of=AAPL)).then(like(ProposalConfirmed), like(HoldReleased))
    assert not spec.state.instruments[AAPL].holds


def test_a_hold_is_released_once() -> None:
    spec = book().given(confirmed("1", "x", movement="deliver"))
    order = ReleaseHold(instrument=AAPL, hold=spec.last(HoldPlaced).hold)
    spec.given(ordered(order, "o1", of=AAPL))
    spec.when(proposed(order, "o2", of=AAPL)).then(like(OrderRefused, code="hold_unknown"))


def test_a_hold_of_one_instrument_is_not_released_through_another() -> None:
    spec = book().given(confirmed("1", "x", movement="deliver"), confirmed("1", "y", of=TSLA))
    order = ReleaseHold(instrument=TSLA, hold=spec.last(HoldPlaced).hold)
    spec.when(proposed(order, of=TSLA)).then(like(OrderRefused, code="hold_unknown"))
    spec.never(MintAuthorized)
