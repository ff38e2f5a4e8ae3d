"""Settlement and the clock: ticks when something is due, and first of all after a pause."""

import sys
from pathlib import Path
from typing import Any

import pytest
from loop_words import Clock, around, until, valid_records

from schemas import instants
from schemas.envelope import Message, encode_message
from schemas.messages import BODIES, OPERATOR
from schemas.streams import inbox_stream, ledger_book
from workers.log.commit import GroupCommit
from workers.log.engine import AppendFailed
from workers.log.memory import MemoryEngine
from workers.settlement import Settlement

sys.path.append(str(Path(__file__).parent.parent / "core"))  # the words of the ledger's sentences
import ledger_words as words

DAY = 86_400


class Desk:
    """One book with its house, and a clock that stands until it is moved."""

    def __init__(self, **changes: Any) -> None:
        self.engine = MemoryEngine()
        self.clock = Clock()
        self.settlement = Settlement(self.engine, 0, around(self.clock, "desk"))
        said = list(words.house(**changes))
        for each in said:
            if each.type != "house_rule_published":
                self.put(each)
        for each in said:
            if each.type == "house_rule_published":
                self.put(each)
        until(lambda: self.rules == words.HOUSE_RULES, self.round)

    @property
    def rules(self) -> int:
        return self.settlement.runner.loop.state.rules.number

    def put(self, message: Message) -> None:
        stream = inbox_stream(BODIES[message.type][1], 0)
        self.engine.append({stream: [encode_message(message)]})

    def round(self) -> None:
        commit = GroupCommit()
        self.settlement.advance(commit)
        commit.flush(self.engine)

    def decided(self, *names: str) -> list[Any]:
        events = [event for each in valid_records(self.engine, ledger_book(0)) for event in each.events]
        return [event for event in events if event.type in names]


def test_after_a_weekend_the_clock_comes_before_what_waits() -> None:
    desk = Desk()
    desk.put(words.requested("60"))
    until(lambda: bool(desk.decided("issuance_accepted")), desk.round)
    desk.clock.seconds = 3.5 * DAY
    monday = desk.clock.now()
    desk.put(words.confirmed("60", owner_id=words.reference_of(), at=monday))
    desk.put(words.requested("10", "r2", at=monday))
    until(lambda: len(desk.decided("issuance_accepted", "issuance_refused")) == 2, desk.round)
    assert desk.decided("issuance_refused") == []
    assert [event.deadline for event in desk.decided("mint_authorized")] == [instants.plus(monday, 600)]
    assert [event.accepted for event in desk.decided("tick_recorded")] == [True] * 3


def test_orders_are_decided_while_the_clock_catches_up() -> None:
    desk = Desk()
    desk.clock.seconds = 30 * DAY
    desk.put(words.proposed(words.RegisterClient(client="client-2", eligible=True), at=desk.clock.now()))
    until(lambda: bool(desk.decided("proposal_made")), desk.round, rounds=3)


@pytest.mark.parametrize("jump", [1, 2, DAY])
def test_a_clock_that_stands_asks_for_one_tick_at_most(jump: int) -> None:
    desk = Desk(largest_time_jump_seconds=jump)
    desk.clock.seconds = jump
    for _ in range(30):
        desk.round()
    asked = desk.engine.end(inbox_stream(OPERATOR, 0))
    for _ in range(30):
        desk.round()
    assert desk.engine.end(inbox_stream(OPERATOR, 0)) == asked
    assert len(desk.decided("tick_recorded")) == 1


def test_a_tick_that_failed_is_asked_for_again_where_a_hole_took_its_place() -> None:
    desk = Desk()
    desk.clock.seconds = DAY
    commit = GroupCommit()
    desk.settlement.advance(commit)
    commit.abandon(AppendFailed("nothing was appended"))
    desk.engine.leave_hole(inbox_stream(OPERATOR, 0), 1)
    desk.clock.seconds += 1  # a doubt pauses
    until(lambda: bool(desk.decided("tick_recorded")), desk.round)


def test_an_idle_book_whose_time_grows_stale_is_ticked() -> None:
    desk = Desk()
    for hour in range(72):
        desk.clock.seconds = hour * 3_600
        desk.round()
        desk.round()
    state = desk.settlement.runner.loop.state
    assert state.time is not None
    assert instants.seconds_between(state.time, desk.clock.now()) <= DAY // 2 + 3_600


def test_an_issuance_expires_by_the_clock_alone() -> None:
    desk = Desk()
    desk.put(words.requested("60"))
    until(lambda: bool(desk.decided("issuance_accepted")), desk.round)
    for day in range(7):
        desk.clock.seconds = day * DAY
        for _ in range(6):
            desk.round()
    assert len(desk.decided("issuance_closed")) == 1


def test_postponed_work_is_finished_without_anybodys_help_and_then_there_is_peace() -> None:
    desk = Desk(events_per_decision_max=1)
    for number in range(6):
        lot = words.confirmed("1", f"t{number}", account=words.TREASURY, message_id=f"t{number}")
        desk.put(lot)
    until(lambda: len(desk.decided("lot_received")) == 6, desk.round)
    desk.put(words.requested("5", funding="treasury"))
    until(lambda: len(desk.decided("mint_authorized")) == 5, desk.round)
    for _ in range(5):
        desk.round()
    quiet = desk.engine.end(inbox_stream(OPERATOR, 0))
    for _ in range(20):
        desk.round()
    assert desk.engine.end(inbox_stream(OPERATOR, 0)) == quiet
