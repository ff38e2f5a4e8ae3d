"""A worker that is slow to hear of a rebalance lets its books go all the same."""

from collections import Counter
from pathlib import Path

import pytest

from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.kafka_verdict import LogOnKafka
from tests.brokers.odd_workers import program
from tests.brokers.under_load import UnderLoad, process_of

INPUTS = 300


@pytest.mark.timeout(1800)
def test_a_worker_that_is_slow_to_hear_of_a_rebalance_lets_its_books_go(
    broker: KafkaBroker, tmp_path: Path
) -> None:
    """A fetch waits for the end of a rebalance: the rebalance must not wait for a fetch."""
    with UnderLoad(broker.bootstrap, tmp_path, seed=31) as running:
        slow = running.workers.add(program=program("slow to let go"))
        running.workers.add("executor")
        running.set_up_the_house()
        running.sender.go_on()
        other = running.workers.add()
        running.until("each owns two books", lambda log: _books(log) == {slow.pid: 2, other.pid: 2})
        takeovers, voids = running.log.takeovers(), running.log.voids()
        running.more_inputs(INPUTS)
        running.until_decided()
        verdict = running.verdict()
        assert (verdict.takeovers, verdict.voids) == (takeovers, voids), "both decide the same books"
        running.workers.drop(other)
        running.until_owned_by(slow.pid)


def _books(log: LogOnKafka) -> Counter[int]:
    """Return how many books of the ledger each process owns."""
    return Counter(process_of(owner) for book, owner in log.owners().items() if book.startswith("ledger-"))
