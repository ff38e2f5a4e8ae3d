"""Mistakes that somebody could make in a worker: each runs as one, and the verdict finds it.

What is done to a mistaken worker is done to a right one as well, of which the verdict finds nothing.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.brokers.kafka_broker import KafkaBroker, until, unused_port
from tests.brokers.odd_workers import program
from tests.brokers.proxy import Proxy
from tests.brokers.under_load import SECONDS, UnderLoad
from tests.brokers.usurper import usurp
from tests.brokers.worker_processes import ACCOUNTS, TALLYSTICK, Program
from workers.log.kafka.engine import KafkaEngine

SEED = 23
PARTITIONS = 6
"""So that a third worker has its share: Faust moves nothing for a rest."""
TRIES = 12
RIGHT_TRIES = 3
BURST = 400
HOLE = "no engine here leaves holes"
TIMEOUT_MILLISECONDS = 2_000
SWALLOWING_SECONDS = 10.0
"""Longer than an append is waited for, so that its outcome is unknown."""
USURPED = 25


@dataclass(frozen=True, slots=True)
class Wired:
    """A broker of the test's own, and the wire before it."""

    broker: KafkaBroker
    wire: Proxy


@pytest.fixture
def wired() -> Iterator[Wired]:
    """Give a broker whose wire may be harmed."""
    port = unused_port(Random())
    with KafkaBroker(behind_port=port) as broker, Proxy(port, broker.port) as wire:
        yield Wired(broker, wire)


def let_workers_come_and_go(running: UnderLoad, settlement: Program) -> None:
    """Have books change hands in the middle of a burst."""
    running.burst(BURST)
    worker = running.workers.add(program=settlement)
    running.until_owning(worker)
    running.burst(BURST)
    running.workers.drop(worker)
    running.until_not_owning(worker.pid)


def swallow_answers(running: UnderLoad, wired: Wired) -> None:
    """Let appends come about whose answers never arrive, until a worker has given some up."""
    running.sender.go_on()
    running.more_decisions(20)
    swallowed = wired.wire.swallowed
    wired.wire.fault = "swallow appends' answers"
    until("answers are swallowed", SECONDS, lambda: wired.wire.swallowed > swallowed)
    time.sleep(SWALLOWING_SECONDS)  # the fault itself; nothing is waited for
    wired.wire.heal()
    running.more_decisions(20)


@contextmanager
def usurping(running: UnderLoad) -> Iterator[Callable[[], object]]:
    """Give what takes the accounts' books from the executor while it signs and sends, and then checks."""
    engine, chance = KafkaEngine(running.cluster), Random(SEED)

    def usurp_some() -> None:
        running.burst(BURST)
        for _ in range(USURPED):
            time.sleep(chance.uniform(0.0, 0.4))  # the moment itself; nothing is waited for
            usurp(engine, f"transactions.{chance.choice(ACCOUNTS)}")
        running.check_sent()

    try:
        yield usurp_some
    finally:
        engine.close()


def decide_a_burst(running: UnderLoad) -> None:
    running.burst(BURST)
    running.until_decided()


def again(times: int, act: Callable[[], object]) -> None:
    """Do it over and over: not every time shows the mistake."""
    for _ in range(times):
        act()


@pytest.mark.timeout(3600)
def test_who_trusts_committed_offsets_is_caught(broker: KafkaBroker, tmp_path: Path) -> None:
    mistaken = program("trusts offsets")
    with UnderLoad(broker.bootstrap, tmp_path, SEED, partitions=PARTITIONS) as running:

        def come_and_go() -> None:
            if not running.workers.all:
                running.start(settlement=mistaken)
            let_workers_come_and_go(running, mistaken)

        with pytest.raises(AssertionError, match=HOLE):
            again(TRIES, come_and_go)


@pytest.mark.timeout(3600)
def test_who_does_not_seek_again_after_a_dropped_fetch_is_caught(broker: KafkaBroker, tmp_path: Path) -> None:
    with UnderLoad(broker.bootstrap, tmp_path, SEED) as running:

        def decide_more() -> None:
            if not running.workers.all:
                running.start(settlement=program("goes on"))
            # What comes behind a dropped fetch shows that it is missing; with nothing behind it, all wait.
            running.sender.go_on()
            running.more_decisions(BURST)

        with pytest.raises(AssertionError, match=HOLE):
            again(TRIES, decide_more)


@pytest.mark.timeout(3600)
def test_who_seeks_again_after_every_dropped_fetch_leaves_nothing_out(
    broker: KafkaBroker, tmp_path: Path
) -> None:
    with UnderLoad(broker.bootstrap, tmp_path, SEED, partitions=PARTITIONS) as running:
        running.start(settlement=program("drops fetches"))
        again(RIGHT_TRIES, lambda: decide_a_burst(running))
        let_workers_come_and_go(running, TALLYSTICK)
        running.until_decided()
        print(running.verdict())


@pytest.mark.timeout(3600)
def test_who_sends_again_what_timed_out_is_caught(wired: Wired, tmp_path: Path) -> None:
    mistaken = program("sends again")
    with UnderLoad(wired.broker.bootstrap, tmp_path, SEED, timeout_ms=TIMEOUT_MILLISECONDS) as running:
        running.start(settlement=mistaken, executor=mistaken)

        def swallow() -> None:
            swallow_answers(running, wired)
            running.check_owners()

        with pytest.raises(AssertionError, match="were appended twice"):
            again(TRIES, swallow)


@pytest.mark.timeout(3600)
def test_who_takes_over_afresh_after_a_timeout_appends_nothing_twice(wired: Wired, tmp_path: Path) -> None:
    with UnderLoad(wired.broker.bootstrap, tmp_path, SEED, timeout_ms=TIMEOUT_MILLISECONDS) as running:
        running.start()
        again(RIGHT_TRIES, lambda: swallow_answers(running, wired))
        running.until_decided()
        print(running.verdict())


@pytest.mark.timeout(3600)
def test_who_acts_before_the_read_back_is_caught(broker: KafkaBroker, tmp_path: Path) -> None:
    with UnderLoad(broker.bootstrap, tmp_path, SEED) as running:
        running.start(executor=program("acts early"))
        with usurping(running) as usurp_some, pytest.raises(AssertionError, match="no valid record holds"):
            again(TRIES, usurp_some)


@pytest.mark.timeout(3600)
def test_who_waits_for_the_read_back_sends_nothing_that_is_void(broker: KafkaBroker, tmp_path: Path) -> None:
    with UnderLoad(broker.bootstrap, tmp_path, SEED) as running:
        running.start()
        with usurping(running) as usurp_some:
            again(RIGHT_TRIES, usurp_some)
        running.until_decided()
        print(running.verdict())
        void = sum(book.void for name, book in running.log.books.items() if name.startswith("transactions."))
        assert void > 0, "nothing of the executor was under way, which proves nothing"
