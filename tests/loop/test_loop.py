"""The loop: a book has one owner at a time, whatever the log does to its appends."""

from random import Random
from typing import Any

import pytest
from loop_words import (
    BOOK,
    INBOX,
    Clock,
    Remember,
    Worker,
    decided,
    record,
    say,
    source_of,
    until,
    valid_records,
)

from schemas.events import InformationRecorded, OwnerStarted
from workers.log.faults import Fault, PerMille
from workers.log.faulty import FaultyLog
from workers.log.memory import MemoryEngine
from workers.log.rule import Chain, NewerProgramNeeded
from workers.loop import Doubt, Loop, Phase

SAID = InformationRecorded(code="cash", text="theirs")


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def a_loop(engine: MemoryEngine, owner: str) -> Loop[list[str], str]:
    loop: Loop[list[str], str] = Loop(
        BOOK, Remember(), owner=owner, program="test", recorded_at=lambda: "2026-11-23T09:00:00.000000Z"
    )
    loop.follow(engine.read(BOOK, 0, 10**6))
    return loop


def own(engine: MemoryEngine, owner: str) -> Loop[list[str], str]:
    loop = a_loop(engine, owner)
    engine.append({BOOK: [loop.take_over()]})
    loop.follow(engine.read(BOOK, loop.position, 10**6))
    assert loop.phase is Phase.OWNING
    return loop


def test_a_book_is_owned_when_its_own_start_was_read_back(engine: MemoryEngine) -> None:
    loop = a_loop(engine, "one")
    data = loop.take_over()
    assert loop.phase is Phase.STARTING
    engine.append({BOOK: [data]})
    assert loop.phase is Phase.STARTING, "appending is not owning"
    settled = loop.follow(engine.read(BOOK, 0, 10))
    assert [(each.own, each.record.events) for each in settled] == [(True, (OwnerStarted(program="test"),))]
    assert loop.phase is Phase.OWNING


def test_a_start_behind_somebody_elses_is_void_and_a_doubt(engine: MemoryEngine) -> None:
    one, other = a_loop(engine, "one"), a_loop(engine, "other")
    engine.append({BOOK: [one.take_over(), other.take_over()]})
    one.follow(engine.read(BOOK, 0, 1))
    with pytest.raises(Doubt, match="one appended"):
        other.follow(engine.read(BOOK, 0, 10))


def test_a_takeover_ends_the_earlier_ownership_and_the_zombies_appends_are_void(
    engine: MemoryEngine,
) -> None:
    zombie = own(engine, "zombie")
    heir = own(engine, "heir")
    late = zombie.decide(source_of(0, b"late"), "late")
    assert late is not None
    engine.append({BOOK: [late]})
    assert heir.follow(engine.read(BOOK, heir.position, 10)) == []
    assert heir.chain.voids == 1
    with pytest.raises(Doubt, match="heir appended"):
        zombie.follow(engine.read(BOOK, zombie.position, 10))
    mine = heir.decide(source_of(0, b"late"), "late")
    assert mine is not None
    engine.append({BOOK: [mine]})
    assert decided(engine) == [(0, "late")]


def test_nothing_is_settled_before_it_is_read_back(engine: MemoryEngine) -> None:
    loop = own(engine, "one")
    records = [loop.decide(source_of(number, b"x"), f"text {number}") for number in range(3)]
    assert loop.pending == 3
    assert loop.state == ["text 0", "text 1", "text 2"], "the state runs ahead"
    assert loop.chain.seq == 1
    engine.append({BOOK: [each for each in records if each is not None]})
    settled = loop.follow(engine.read(BOOK, loop.position, 2))
    assert [each.given for each in settled] == ["text 0", "text 1"]
    assert loop.pending == 1


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (2, 1, 0)])
def test_records_that_come_back_in_another_order_are_a_doubt(
    engine: MemoryEngine, order: tuple[int, ...]
) -> None:
    loop = own(engine, "one")
    records = [loop.decide(source_of(number, b"x"), str(number)) or b"" for number in range(3)]
    engine.append({BOOK: [records[number] for number in order]})
    with pytest.raises(Doubt, match="void"):
        loop.follow(engine.read(BOOK, loop.position, 10))


def test_a_second_copy_of_a_record_that_was_read_back_is_harmless(engine: MemoryEngine) -> None:
    loop = own(engine, "one")
    data = loop.decide(source_of(0, b"x"), "x") or b""
    engine.append({BOOK: [data, data]})
    assert len(loop.follow(engine.read(BOOK, loop.position, 10))) == 1
    assert loop.phase is Phase.OWNING


def test_an_observation_that_is_no_news_is_no_record() -> None:
    class Silent(Remember):
        def decide(self, _state: list[str], _given: str) -> Any:
            return iter(())

    loop: Loop[list[str], str] = Loop(BOOK, Silent(), owner="o", program="t", recorded_at=lambda: "")
    assert loop.decide(None, "nothing") is None
    assert loop.decide(source_of(0, b"x"), "nothing") is not None, "every input yields a record"


def test_what_the_owner_acts_on_is_what_every_other_reader_reads(engine: MemoryEngine, clock: Clock) -> None:
    worker = Worker(engine, clock)
    say(engine, "a", "b", "c")
    until(lambda: len(worker.acted) == 3, worker.round)
    assert decided(engine) == [(0, "a"), (1, "b"), (2, "c")]
    assert worker.acted == ["a", "b", "c"]


def test_somebody_elses_start_in_between_is_answered_by_another_takeover(
    engine: MemoryEngine, clock: Clock
) -> None:
    worker = Worker(engine, clock)
    worker.round()
    theirs = Chain(BOOK)
    engine_book = [entry.value for entry in engine.read(BOOK, 0, 10)]
    assert len(engine_book) == 1
    engine2 = MemoryEngine()
    engine2.append({BOOK: [record(theirs, OwnerStarted(program="test"), owner="theirs"), *engine_book]})
    worker.engine = engine2
    worker.runner._engine = engine2
    say(engine2, "a")
    until(lambda: worker.acted == ["a"], worker.round)
    assert worker.runner.counts.doubts == 1
    assert worker.runner.counts.takeovers == 2
    assert [each.owner for each in valid_records(engine2)] == ["theirs", "worker-1", "worker-1"]


def test_after_a_doubt_the_next_owner_waits_for_its_pause(engine: MemoryEngine, clock: Clock) -> None:
    worker = Worker(engine, clock, pause=lambda: 5.0)
    worker.round()
    worker.runner.doubt("a test says so")
    for _ in range(3):
        worker.round()
    assert len(valid_records(engine)) == 1
    clock.seconds += 5
    worker.round()
    assert len(valid_records(engine)) == 2


def test_a_decision_that_raised_is_set_aside_after_a_new_fold_and_the_book_goes_on(
    engine: MemoryEngine, clock: Clock
) -> None:
    worker = Worker(engine, clock)
    say(engine, "a", "poison", "b")
    until(lambda: "b" in worker.acted, worker.round)
    assert decided(engine) == [(0, "a"), (1, "poison: ArithmeticError"), (2, "b")]
    assert worker.runner.loop.state == ["a", "b"], "nothing of the half decision is left"
    assert len({each.owner for each in valid_records(engine)}) == 2


def test_another_process_that_takes_over_sets_the_same_input_aside(
    engine: MemoryEngine, clock: Clock
) -> None:
    first, second = Worker(engine, clock, "first"), Worker(engine, clock, "second")
    say(engine, "poison")
    first.round()
    first.round()
    until(lambda: bool(decided(engine)), second.round)
    assert decided(engine) == [(0, "poison: ArithmeticError")]


@pytest.mark.parametrize("count", [1, 3])
def test_a_hole_in_the_inbox_is_consumed_once(engine: MemoryEngine, clock: Clock, count: int) -> None:
    worker = Worker(engine, clock)
    say(engine, "a")
    engine.leave_hole(INBOX, count)
    say(engine, "b")
    until(lambda: "b" in worker.acted, worker.round)
    assert decided(engine) == [(0, "a"), (1, f"absent {count}"), (1 + count, "b")]


def test_a_hole_at_the_end_is_not_taken_for_one(engine: MemoryEngine, clock: Clock) -> None:
    worker = Worker(engine, clock)
    say(engine, "a")
    engine.leave_hole(INBOX, 2)
    for _ in range(4):
        worker.round()
    assert decided(engine) == [(0, "a")]


def test_no_more_than_the_limit_waits_for_its_read_back(clock: Clock) -> None:
    log = FaultyLog(MemoryEngine(), Random(1))
    worker = Worker(log.client("worker"), clock, pending_max=3)
    worker.round()
    worker.read()
    say(log.engine, *map(str, range(10)))
    worker.decide()
    worker.decide()
    assert worker.runner.loop.pending == 3
    assert worker.runner.room == 0
    until(lambda: len(worker.acted) == 10, worker.round)
    assert [text for _, text in decided(log.engine)] == list(map(str, range(10)))


def test_a_record_that_never_comes_back_is_a_doubt_when_its_time_is_over(clock: Clock) -> None:
    log = FaultyLog(MemoryEngine(), Random(1))
    worker = Worker(log.client("worker"), clock, readback_timeout_seconds=10.0)
    until(lambda: worker.runner.owning, worker.round)
    say(log.engine, "a")
    lost = worker.runner.decide(source_of(0, b"a"), "a")
    assert lost is not None
    clock.seconds += 9.9
    worker.read()
    assert worker.runner.owning
    clock.seconds += 0.2
    worker.read()
    assert not worker.runner.owning
    until(lambda: worker.acted == ["a"], worker.round)
    assert decided(log.engine) == [(0, "a")]


def test_a_start_that_never_comes_back_is_tried_again(engine: MemoryEngine, clock: Clock) -> None:
    worker = Worker(engine, clock)
    worker.runner.advance(lambda _stream, _values: None)
    clock.seconds += 11
    until(lambda: worker.runner.owning, worker.round)
    assert worker.runner.counts.doubts == 1


@pytest.mark.parametrize("fault", list(Fault))
def test_after_an_append_of_any_outcome_every_input_is_decided_once(fault: Fault, clock: Clock) -> None:
    log = FaultyLog(MemoryEngine(), Random(3))
    worker = Worker(log.client("worker"), clock)
    until(lambda: worker.runner.owning, worker.round)
    say(log.engine, "a", "b")
    log.plan("worker", fault)
    until(lambda: "b" in worker.acted, worker.round)
    log.land()
    until(lambda: worker.runner.owning, worker.round)
    assert decided(log.engine) == [(0, "a"), (1, "b")]


def test_membership_that_ends_is_a_doubt_and_nothing_is_appended_until_it_begins_again(
    engine: MemoryEngine, clock: Clock
) -> None:
    is_ours = [True]
    worker = Worker(engine, clock, owned=lambda _book: is_ours[0])
    say(engine, "a")
    until(lambda: worker.acted == ["a"], worker.round)
    is_ours[0] = False
    say(engine, "b")
    before = engine.end(BOOK)
    for _ in range(5):
        worker.round()
    assert engine.end(BOOK) == before
    is_ours[0] = True
    until(lambda: worker.acted[-1] == "b", worker.round)
    assert decided(engine) == [(0, "a"), (1, "b")]


def test_a_newer_programs_record_stops_the_owner(engine: MemoryEngine, clock: Clock) -> None:
    engine.append({BOOK: [record(Chain(BOOK), SAID).replace(b'"v":1}', b'"v":2}')]})
    with pytest.raises(NewerProgramNeeded):
        Worker(engine, clock).round()


@pytest.mark.parametrize("seed", range(25))
def test_rivals_on_a_bad_log_decide_every_input_once_and_in_order(seed: int) -> None:
    print(f"seed {seed}")
    chance = Random(seed)
    clock = Clock()
    bad = PerMille(refused=40, lost=40, unanswered=40, delayed=60, duplicated=40, torn=20, reordered=20)
    log = FaultyLog(MemoryEngine(), chance, {"ledger": bad})
    workers = [
        Worker(
            log.client(name),
            clock,
            name,
            pause=lambda: chance.random() * 3,
            pending_max=chance.choice([1, 9]),
        )
        for name in ("one", "two", "three")
    ]
    for number in range(40):
        if chance.random() < 0.1:
            log.engine.leave_hole(INBOX, chance.randrange(1, 4))
        say(log.engine, *(["poison"] if chance.random() < 0.05 else [f"text {number}"]))
        for worker in chance.sample(workers, chance.randrange(4)):
            worker.round() if chance.random() < 0.8 else worker.read()
        clock.seconds += chance.random()
    log.calm()
    log.land()
    end = log.engine.end(INBOX)
    last = workers[0]

    def finish() -> None:
        last.round()
        clock.seconds += 4

    until(lambda: last.runner.loop.chain.next_offset("inbox.custody", 0) == end, finish)
    found = decided(log.engine)
    written = {entry.position: entry.value.decode() for entry in log.engine.read(INBOX, 0, 10**6)}
    assert {offset: text for offset, text in found if not text.startswith("absent")} == {
        offset: "poison: ArithmeticError" if text == "poison" else text for offset, text in written.items()
    }
    assert [offset for offset, _ in found] == sorted({offset for offset, _ in found})
    acted = [text for worker in workers for text in worker.acted]
    recorded = [text for _, text in found]
    assert all(text in recorded or text == "poison" for text in acted), "only what is in the book is acted on"
