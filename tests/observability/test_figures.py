"""The figures of one book: what waits, what is missing, what stands; and a doubt does not change them."""

import pytest

from tests.observability.desk import BOOK, Desk, deficit, hold
from tests.observability.scrape import Watched

# isort: split
import ledger_words as words
from executor_world import BOOK as ACCOUNT_BOOK
from executor_world import DEADLINE_SECONDS, World
from loop_words import Clock, around, until

from schemas.envelope import encode_message
from schemas.events import OwnerStarted
from schemas.house import PlaceWideHold
from schemas.messages import CUSTODY, REQUESTS
from schemas.scopes import OnChain
from schemas.streams import inbox_stream
from workers.counts import BOUNDS_SECONDS, Durations
from workers.log.commit import GroupCommit
from workers.log.engine import LogUnusable
from workers.log.memory import MemoryEngine
from workers.runner import READ_LIMIT
from workers.settlement import Settlement


def test_what_waits_is_counted_by_topic_until_its_decision_is_read_back() -> None:
    desk = Desk().owning()
    desk.engine.append({inbox_stream(CUSTODY, 0): [b"1", b"2", b"3"], inbox_stream(REQUESTS, 0): [b"4"]})
    of_custody = {"book": BOOK, "topic": CUSTODY}
    before = desk.now()
    assert before("inbox_lag_messages", **of_custody) == 3
    assert before("inbox_lag_messages", book=BOOK, topic=REQUESTS) == 1
    desk.round()
    assert desk.now()("inbox_lag_messages", **of_custody) == 3, "appended is not read back"
    assert desk.now()("records_pending", book=BOOK) == 4
    desk.round()
    after = desk.now()
    assert after("inbox_lag_messages", **of_custody) == 0
    assert after("inputs_decided_total", **of_custody) == 3
    assert after("records_pending", book=BOOK) == 0


def test_the_oldest_input_that_waits_is_as_old_as_its_receipt_says() -> None:
    desk = Desk().owning()
    received = desk.clock.now()
    desk.clock.seconds = 90
    message = encode_message(words.requested("60", at=received))
    desk.engine.append({inbox_stream(REQUESTS, 0): [message]})
    assert desk.now()("oldest_undecided_seconds", book=BOOK, topic=REQUESTS) == 90
    assert desk.now()("oldest_undecided_seconds", book=BOOK, topic=CUSTODY) == 0


@pytest.mark.parametrize(
    "value", [b"no message", encode_message(words.requested("60", at="2099-01-01T00:00:00.000000Z"))]
)
def test_what_tells_no_time_or_a_wrong_one_is_as_old_as_it_was_seen_to_wait(value: bytes) -> None:
    desk = Desk().owning()
    desk.engine.append({inbox_stream(REQUESTS, 0): [value]})
    desk.watched.publish()
    desk.clock.seconds = 40
    assert desk.now()("oldest_undecided_seconds", book=BOOK, topic=REQUESTS) == 40


def test_an_input_that_is_decided_leaves_the_next_one_its_own_age() -> None:
    desk = Desk().owning()
    desk.engine.append({inbox_stream(REQUESTS, 0): [b"first"]})
    desk.watched.publish()
    desk.clock.seconds = 5
    until(lambda: desk.settlement.decided(REQUESTS) == 1, desk.round)
    desk.engine.append({inbox_stream(REQUESTS, 0): [b"second"]})
    assert desk.now()("oldest_undecided_seconds", book=BOOK, topic=REQUESTS) == 0


def test_deficits_are_counted_and_each_says_what_is_missing() -> None:
    scrape = Desk(deficit("2.5", "AAPLx"), deficit("1000000", "TSLAx")).owning().now()
    assert scrape("deficits_open", book=BOOK) == 2
    assert scrape("deficit_shares", book=BOOK, instrument="AAPLx") == 2.5
    assert scrape("deficit_shares", book=BOOK, instrument="TSLAx") == 1_000_000


def test_holds_are_counted_by_reason() -> None:
    held = (hold(1), hold(2, instrument="TSLAx"), hold(3, "deficit"))
    scrape = Desk(*held).owning().now()
    assert scrape("holds_open", book=BOOK, scope="instrument", reason="operators") == 2
    assert scrape("holds_open", book=BOOK, scope="instrument", reason="deficit") == 1


@pytest.mark.parametrize(("partition", "counted"), [(0, 1), (1, None)])
def test_a_hold_of_the_house_is_counted_in_its_book_alone(partition: int, counted: int | None) -> None:
    desk = Desk(partition=partition).owning()
    wide = PlaceWideHold(scope=OnChain(chain="solana"), text="why", until=None)
    desk.settlement.runner.loop.state.rules.holds["a" * 64] = wide
    scrape = desk.now()
    assert scrape("holds_open", book=desk.book, scope="on_chain", reason="operators") == counted


def test_void_records_and_takeovers_are_those_of_the_log_however_often_it_is_read() -> None:
    desk = Desk(OwnerStarted(program="another")).owning()
    desk.engine.append({BOOK: [b"void", b"void as well"]})
    desk.round()
    assert desk.now()("void_records_total", book=BOOK) == 2
    assert desk.now()("takeovers_total", book=BOOK) == 2
    desk.settlement.runner.doubt("a test")
    desk.owning()
    after = desk.now()
    assert after("void_records_total", book=BOOK) == 2
    assert after("takeovers_total", book=BOOK) == 3
    assert after("doubts_total", book=BOOK) == 1


def test_after_a_doubt_what_was_known_of_the_book_stays_until_it_is_read_again() -> None:
    desk = Desk(deficit("2", "AAPLx"), hold(1, "deficit")).owning()
    known = desk.now()
    desk.settlement.runner.doubt("a test")
    doubting = desk.now()
    assert doubting("book_owned", book=BOOK) == 0
    for name in ("deficits_open", "book_records_total", "takeovers_total"):
        assert doubting(name, book=BOOK) == known(name, book=BOOK)
    assert doubting("holds_open", book=BOOK, scope="instrument", reason="deficit") == 1


def test_a_log_that_does_not_answer_leaves_what_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk().owning()
    desk.engine.append({inbox_stream(CUSTODY, 0): [b"1"]})
    desk.watched.publish()

    def refuse(_stream: str) -> int:
        raise LogUnusable("no answer")

    monkeypatch.setattr(desk.engine, "end", refuse)
    assert desk.now()("inbox_lag_messages", book=BOOK, topic=CUSTODY) == 1


def test_a_record_counts_where_its_way_back_took_that_long() -> None:
    desk = Desk().owning()
    before = desk.now()("readback_seconds_count", book=BOOK)
    desk.engine.append({inbox_stream(CUSTODY, 0): [b"1"]})
    desk.round()
    desk.clock.seconds = 0.75
    desk.round()
    after = desk.now()
    assert before is not None
    assert after("readback_seconds_count", book=BOOK) == before + 1
    assert after("readback_seconds_bucket", book=BOOK, le="0.5") == before
    assert after("readback_seconds_bucket", book=BOOK, le="1.0") == before + 1
    assert after("readback_seconds_sum", book=BOOK) == 0.75
    assert after("records_appended_total", book=BOOK) == before + 1


def test_a_duration_that_is_a_bound_is_within_it() -> None:
    durations = Durations()
    durations.add(BOUNDS_SECONDS[3])
    assert durations.counts == [0, 0, 0, 1, *[0] * (len(BOUNDS_SECONDS) - 3)]


def test_records_that_come_back_one_after_the_other_are_each_timed_from_their_own_making() -> None:
    desk = Desk().owning()
    before = desk.now()("readback_seconds_count", book=BOOK)
    under_way = []
    for made_at in (0, 1):
        desk.clock.seconds = made_at
        desk.engine.append({inbox_stream(CUSTODY, 0): [b"an input"]})
        under_way.append(GroupCommit())
        desk.settlement.advance(under_way[-1])
    for read_at, commit in ((2, under_way[0]), (2.25, under_way[1])):
        commit.flush(desk.engine)
        desk.clock.seconds = read_at
        desk.settlement.advance(GroupCommit())
    after = desk.now()
    assert before is not None
    assert after("readback_seconds_bucket", book=BOOK, le="1.0") == before
    assert after("readback_seconds_bucket", book=BOOK, le="2.5") == before + 2
    assert after("readback_seconds_sum", book=BOOK) == 3.25


def test_a_book_of_the_role_that_is_not_here_is_not_owned_here() -> None:
    clock, engine = Clock(), MemoryEngine()
    scrape = Watched(engine, clock, books=("ledger-0", "ledger-1")).now()
    assert [scrape("book_owned", book=book) for book in ("ledger-0", "ledger-1")] == [0, 0]
    assert scrape("inbox_lag_messages", book="ledger-0", topic=CUSTODY) is None


def test_a_book_that_came_back_is_watched_anew() -> None:
    desk = Desk().owning()
    desk.settlement.runner.doubt("a test")
    desk.watched.publish()
    desk.watched.parts[0] = Settlement(desk.engine, 0, around(desk.clock, "another"))
    assert desk.now()("doubts_total", book=BOOK) == 0


def test_a_book_that_went_to_another_worker_leaves_no_figures_behind() -> None:
    desk = Desk(deficit("2", "AAPLx")).owning()
    assert desk.now()("deficits_open", book=BOOK) == 1
    desk.watched.parts.clear()
    scrape = desk.now()
    assert scrape("deficits_open", book=BOOK) is None
    assert scrape("book_owned", book=BOOK) == 0


def test_who_stands_by_tells_what_is_in_the_book_and_leaves_its_inbox_to_the_owner() -> None:
    desk = Desk(deficit("2", "AAPLx")).owning()
    desk.engine.append({inbox_stream(CUSTODY, 0): [b"1"]})
    assert desk.now()("inbox_lag_messages", book=BOOK, topic=CUSTODY) == 1
    desk.is_ours = False
    desk.round()
    scrape = desk.now()
    assert scrape("book_owned", book=BOOK) == 0
    assert scrape("deficits_open", book=BOOK) == 1
    assert scrape("takeovers_total", book=BOOK) == 1
    assert scrape("inbox_lag_messages", book=BOOK, topic=CUSTODY) is None


def test_a_book_that_is_not_read_to_its_end_tells_nothing_of_itself_yet() -> None:
    many = [hold(number) for number in range(READ_LIMIT + 1)]
    desk = Desk(*many)
    desk.round()
    assert desk.settlement.behind
    assert desk.now()("holds_open", book=BOOK, scope="instrument", reason="operators") is None
    desk.owning()
    counted = desk.now()("holds_open", book=BOOK, scope="instrument", reason="operators")
    assert counted == READ_LIMIT + 1


def test_figures_that_nobody_publishes_grow_old() -> None:
    desk = Desk().owning()
    desk.watched.publish()
    desk.clock.seconds = 70
    assert desk.watched.scrape()("figures_age_seconds") == 70
    assert desk.now()("figures_age_seconds") == 0


def test_an_account_tells_what_it_still_has_to_do_and_what_is_late() -> None:
    world = World()
    world.authorize(1)
    world.authorize(2, deadline_seconds=3 * DEADLINE_SECONDS)
    hand = world.executor(world.node())
    watched = Watched(world.engine, world.clock, hand.executor)
    hand.round()
    hand.round()
    assert watched.now()("operations_open", book=ACCOUNT_BOOK) == 2
    assert watched.now()("operations_past_deadline", book=ACCOUNT_BOOK) == 0
    world.clock.seconds = DEADLINE_SECONDS + 1
    assert watched.now()("operations_past_deadline", book=ACCOUNT_BOOK) == 1
    assert watched.now()("book_owned", book=ACCOUNT_BOOK) == 1
