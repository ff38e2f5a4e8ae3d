"""Workers on a real broker: they share the books, take over from the dead, and nothing is done twice."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.under_load import UnderLoad, owned_by

ZOMBIES_MAX = 8
BURST = 1_500


@pytest.fixture
def running(broker: KafkaBroker, tmp_path: Path) -> Iterator[UnderLoad]:
    with UnderLoad(broker.bootstrap, tmp_path, seed=11) as running:
        running.start()
        yield running


@pytest.mark.timeout(1800)
def test_two_workers_share_the_books_and_decide_everything_once(running: UnderLoad) -> None:
    first, second = running.workers.of("settlement")
    running.until_owned_by(first.pid, second.pid)
    running.sender.go_on()
    running.more_inputs(500)
    running.until_decided()
    verdict = running.verdict()
    print(verdict)
    assert verdict.inputs >= 500
    assert verdict.mints > 0
    assert owned_by(running.log) == {first.pid, second.pid}
    for worker in list(running.workers.all):
        assert running.workers.remove(worker) == 0, worker.words()
        for line in worker.words().splitlines():
            assert isinstance(json.loads(line), dict), line
    after = running.verdict()
    assert (after.voids, after.mints) == (verdict.voids, verdict.mints)


@pytest.mark.timeout(1800)
def test_who_is_killed_is_taken_over_from_and_nothing_is_doubled(running: UnderLoad) -> None:
    first, second = running.workers.of("settlement")
    running.until_owned_by(first.pid, second.pid)
    running.sender.go_on()
    running.more_inputs(100)
    running.workers.drop(first)
    running.until_owned_by(second.pid)
    running.more_decisions(100)
    third = running.workers.add()
    running.until_owned_by(second.pid, third.pid)
    executor = running.workers.of("executor")[0]
    executor.kill()
    executor.start()
    running.until_decided()
    print(running.verdict())


@pytest.mark.timeout(1800)
def test_who_is_asked_to_stop_hands_its_books_over_without_a_void_record(running: UnderLoad) -> None:
    first, second = running.workers.of("settlement")
    running.until_owned_by(first.pid, second.pid)
    voids = running.log.voids()
    running.sender.go_on()
    running.more_inputs(100)
    assert running.workers.remove(first) == 0, first.words()
    running.until_owned_by(second.pid)
    running.more_decisions(100)
    running.until_decided()
    assert running.verdict().voids == voids, "it appended after it had handed over"


@pytest.mark.timeout(3600)
def test_a_zombie_appends_what_every_reader_ignores(running: UnderLoad) -> None:
    """Where nothing of the zombie was under way, the round proves nothing, and is played again."""
    running.until_owned_by(*(worker.pid for worker in running.workers.of("settlement")))
    running.sender.go_on()
    for attempt in range(1, ZOMBIES_MAX + 1):
        voids = running.log.voids()
        zombie, other = running.workers.of("settlement")[:: 1 if attempt % 2 else -1]
        running.burst(BURST)
        zombie.freeze_at_work(0.05 * attempt)
        running.until_owned_by(other.pid)
        running.more_decisions(50)
        zombie.thaw()
        running.until_owned_by(zombie.pid, other.pid)
        running.log.read()
        if running.log.voids() > voids:
            break
        print(f"zombie {attempt} had nothing under way: its round proves nothing")
    running.until_decided()
    verdict = running.verdict()
    print(verdict)
    assert verdict.voids > 0, f"{ZOMBIES_MAX} zombies proved nothing"
