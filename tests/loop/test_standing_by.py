"""Who owns nothing reads on: a book that was let go is owned again without being read again."""

import pytest
from loop_words import BOOK, Clock, Remember, Worker, around, decided, record, say, until, valid_records

from schemas.events import OwnerStarted
from workers.log.engine import Entry
from workers.log.memory import MemoryEngine
from workers.log.rule import Chain
from workers.runner import READ_LIMIT, Runner


class Counting(MemoryEngine):
    """Counts what is read of the book."""

    def __init__(self) -> None:
        super().__init__()
        self.read_of_book = 0

    def read(self, stream: str, position: int, limit: int) -> list[Entry]:
        found = super().read(stream, position, limit)
        self.read_of_book += len(found) if stream == BOOK else 0
        return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine() -> Counting:
    return Counting()


class Standing(Worker):
    """A worker that keeps its state when its book becomes another's."""

    def __init__(self, engine: Counting, clock: Clock, name: str = "standing") -> None:
        super().__init__(engine, clock, name)
        self.is_ours = True
        changes = around(clock, name, owned=lambda _book: self.is_ours)
        self.runner = Runner(engine, BOOK, Remember(), changes, keeps_state=True)


def test_a_book_that_is_anothers_is_read_on_and_owned_again_without_being_read_again(
    engine: Counting, clock: Clock
) -> None:
    first, second = Standing(engine, clock, "first"), Standing(engine, clock, "second")
    second.is_ours = False
    say(engine, "a")
    until(lambda: first.acted == ["a"], first.round)
    first.is_ours, second.is_ours = False, True
    say(engine, "b")
    until(lambda: second.acted == ["b"], first.round, second.round)
    read_by_both = engine.read_of_book
    first.is_ours, second.is_ours = True, False
    say(engine, "c")
    until(lambda: first.acted == ["a", "c"], second.round, first.round)
    assert first.runner.counts.doubts == second.runner.counts.doubts == 0
    # The start and the decision, by each of the two: nothing of what stood there before.
    assert engine.read_of_book - read_by_both <= 4
    assert decided(engine) == [(0, "a"), (1, "b"), (2, "c")]


def test_each_takeover_is_under_an_owner_of_its_own(engine: Counting, clock: Clock) -> None:
    worker = Standing(engine, clock)
    for _ in range(3):
        worker.is_ours = True
        until(lambda: worker.runner.owning, worker.round)
        worker.is_ours = False
        worker.round()
    owners = [each.owner for each in valid_records(engine)]
    assert len(set(owners)) == len(owners) == 3


def test_what_waits_for_its_read_back_is_waited_for_before_the_book_is_let_go(
    engine: Counting, clock: Clock
) -> None:
    worker = Standing(engine, clock)
    until(lambda: worker.runner.owning, worker.round)
    say(engine, "a")
    worker.decide()
    worker.is_ours = False
    assert not worker.runner.owning, "nothing more is decided"
    worker.round()
    assert worker.acted == ["a"]
    assert worker.runner.counts.doubts == 0


def test_what_never_comes_back_is_a_doubt_also_where_the_book_is_anothers(
    engine: Counting, clock: Clock
) -> None:
    worker = Standing(engine, clock)
    until(lambda: worker.runner.owning, worker.round)
    worker.runner.loop.absent(None, 1)  # made, and appended by nobody
    worker.is_ours = False
    worker.round()
    assert worker.runner.counts.doubts == 0
    clock.seconds += 11
    worker.round()
    assert worker.runner.counts.doubts == 1


def test_who_was_overtaken_while_something_waited_drops_what_it_had(engine: Counting, clock: Clock) -> None:
    first, second = Standing(engine, clock, "first"), Standing(engine, clock, "second")
    until(lambda: first.runner.owning, first.round)
    say(engine, "a")
    late = first.runner.loop.absent(None, 1)
    first.is_ours = False
    until(lambda: second.acted == ["a"], second.round)
    engine.append({BOOK: [late]})
    first.round()
    assert first.runner.counts.doubts == 1
    first.is_ours, second.is_ours = True, False
    say(engine, "b")
    until(lambda: first.acted == ["b"], second.round, first.round)
    assert decided(engine) == [(0, "a"), (1, "b")]


def test_a_long_book_is_read_in_stretches_and_taken_over_at_its_end(engine: Counting, clock: Clock) -> None:
    chain = Chain(BOOK)
    lines = [started(chain) for _ in range(2 * READ_LIMIT + 1)]
    engine.append({BOOK: lines})
    worker = Standing(engine, clock)
    worker.round()
    assert worker.runner.behind
    assert worker.runner.loop.chain.seq == READ_LIMIT
    assert engine.end(BOOK) == len(lines), "nothing is taken over before the end is reached"
    until(lambda: worker.runner.owning, worker.round, rounds=5)
    assert not worker.runner.behind


def started(chain: Chain) -> bytes:
    line = record(chain, OwnerStarted(program="long"))
    chain.advance(line)
    return line
