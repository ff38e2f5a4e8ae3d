"""The demo's day on a real broker: three workers, and an independent reader at the end."""

import json
from pathlib import Path

import pytest

from tests.audit.conftest import Oracle
from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.log_on_kafka import fresh_log
from tests.brokers.worker_processes import ACCOUNTS, WorkerProcesses, tallystick, until_among

PARTITIONS = 4
SECONDS = 600


@pytest.mark.timeout(1800)
def test_the_demos_day_goes_through_kafka_and_every_reader_accepts_it(
    broker: KafkaBroker, tmp_path: Path, oracle: Oracle
) -> None:
    cluster = fresh_log(broker.bootstrap, partitions=PARTITIONS, accounts=ACCOUNTS)
    with WorkerProcesses(cluster, tmp_path, partitions=PARTITIONS) as workers:
        config = workers.config("day")
        tallystick("log", "create", "--config", config)
        for role in ("settlement", "settlement", "executor"):
            workers.add(role)
        acts = [workers.chains / f"{account.removesuffix('-1')}.acts" for account in ACCOUNTS]
        until_among("the chains are there", SECONDS, workers, lambda: all(map(Path.is_dir, acts)))
        outcome = json.loads(tallystick("demo", "--config", config, "--seed", "3", "--json"))
        assert "holds more than its genesis" in tallystick("demo", "--config", config, exit_code=2)
        for worker in list(workers.all):
            assert workers.remove(worker) == 0, worker.words()
    assert outcome["findings"] == []
    events = outcome["events"]
    assert events["mint_finalized"] > 100
    assert events["deficit_opened"] == events["deficit_closed"] == 1
    assert events["bridge_completed"] == events["redemption_completed"] == 1
    read = oracle(tmp_path / "data" / "export")
    assert read.returncode == 0, read.stdout
    assert json.loads(read.stdout.splitlines()[-1])["events"] == events
