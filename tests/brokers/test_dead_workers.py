"""A worker that lost what it works with ends with one line that says why; its logs are JSON to the last."""

import json
from pathlib import Path

import pytest

from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.log_on_kafka import fresh_log
from tests.brokers.odd_workers import program
from tests.brokers.worker_processes import ACCOUNTS, WorkerProcesses, tallystick

END_SECONDS = 300


@pytest.mark.parametrize(
    "oddity",
    ["raises in a handler", "raises in a round", "raises in a fetch", "raises in a heartbeat"],
)
def test_a_worker_that_is_dead_ends_and_says_why(broker: KafkaBroker, tmp_path: Path, oddity: str) -> None:
    cluster = fresh_log(broker.bootstrap, partitions=2, accounts=ACCOUNTS)
    with WorkerProcesses(cluster, tmp_path, partitions=2) as workers:
        tallystick("log", "create", "--config", workers.config("admin"))
        worker = workers.add(program=program(oddity))
        assert worker.process.wait(END_SECONDS) == 1
        *logs, last = worker.words().splitlines()
    assert last == "tallystick: the worker ended: RuntimeError: broken on purpose"
    for line in logs:
        assert isinstance(json.loads(line), dict), line
