"""A worker with a name of its own restarted in place gets its books back, and nobody else loses any."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.kafka_verdict import LogOnKafka
from tests.brokers.under_load import UnderLoad, process_of
from tests.brokers.worker_processes import WorkerProcess

INPUTS = 50
SESSION_SECONDS = 120
"""Longer than a restart takes on a machine with much else to do."""


@pytest.fixture
def running(broker: KafkaBroker, tmp_path: Path) -> Iterator[UnderLoad]:
    with UnderLoad(broker.bootstrap, tmp_path, seed=61) as running:
        for number in range(2):
            running.workers.add(instance=f"settlement-{number}", session_seconds=SESSION_SECONDS)
        running.workers.add("executor")
        running.set_up_the_house()
        yield running


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("which", [0, 1])
def test_a_worker_that_is_restarted_in_place_moves_no_book_of_another(running: UnderLoad, which: int) -> None:
    """Both are tried: one of them leads the group, and shares out the books when it joins."""
    workers = running.workers.of("settlement")
    running.until_owned_by(*(worker.pid for worker in workers))
    restarted, other = workers[which], workers[1 - which]
    running.sender.go_on()
    running.more_inputs(INPUTS)
    books, before = owned(running.log, restarted), takeovers(running.log)
    restart(restarted)
    running.until_owned_by(restarted.pid, other.pid)
    running.more_decisions(INPUTS)
    running.until_decided()
    after = takeovers(running.log)
    assert {name: after[name] - before[name] for name in after} == {name: name in books for name in after}
    assert owned(running.log, restarted) == books
    print(running.verdict())


def restart(worker: WorkerProcess) -> None:
    """Ask it to stop, and start it again at once."""
    worker.down = True  # nobody wonders about its end
    assert worker.stop() == 0, worker.words()
    worker.start()


def owned(log: LogOnKafka, worker: WorkerProcess) -> set[str]:
    """Return the books of the ledger that a worker owns."""
    owners = log.owners().items()
    return {book for book, owner in owners if book.startswith("ledger-") and process_of(owner) == worker.pid}


def takeovers(log: LogOnKafka) -> dict[str, int]:
    """Return how often each book of the ledger was taken over."""
    return {
        name: sum(record.source is None for record in book.valid)
        for name, book in log.books.items()
        if name.startswith("ledger-")
    }
