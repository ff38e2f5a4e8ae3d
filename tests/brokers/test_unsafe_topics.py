"""Workers refuse to start on topics that could lose a record, and say which setting."""

from pathlib import Path

import pytest
from kafka.admin import ConfigResource, KafkaAdminClient, NewPartitions

from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.log_on_kafka import fresh_log
from tests.brokers.worker_processes import ACCOUNTS, WorkerProcesses, tallystick

UNSAFE = {
    "cleanup.policy": "compact",
    "retention.ms": "604800000",
    "retention.bytes": "1000000000",
    "max.message.bytes": "1048588",
    "unclean.leader.election.enable": "true",
}


@pytest.mark.parametrize("role", ["settlement", "executor"])
def test_a_worker_refuses_topics_that_could_lose_a_record_and_says_which_setting(
    broker: KafkaBroker, tmp_path: Path, role: str
) -> None:
    cluster = fresh_log(broker.bootstrap, partitions=2, accounts=ACCOUNTS)
    workers = WorkerProcesses(cluster, tmp_path, partitions=2)
    config = workers.config("unsafe")
    admin = KafkaAdminClient(bootstrap_servers=[broker.bootstrap])
    topic = f"{cluster.prefix}ledger"
    try:
        for setting, value in UNSAFE.items():
            admin.alter_configs([ConfigResource("TOPIC", topic, configs={setting: value})])
            said = tallystick("worker", role, "--config", config, exit_code=1)
            assert said.startswith(f"tallystick: {topic}: {setting} is {value}, and must be "), said
            assert said.count("\n") == 1
            tallystick("topics", "apply", "--config", config)
        admin.create_partitions({topic: NewPartitions(total_count=3)})
        said = tallystick("worker", role, "--config", config, exit_code=1)
        assert said.startswith(f"tallystick: {topic}: partitions is 3, and must be 2; "), said
    finally:
        admin.close()


def test_a_worker_refuses_topics_that_are_not_there(broker: KafkaBroker, tmp_path: Path) -> None:
    cluster = fresh_log(broker.bootstrap, partitions=2, accounts=ACCOUNTS[1:])
    config = WorkerProcesses(cluster, tmp_path, partitions=2).config("incomplete")
    said = tallystick("worker", "executor", "--config", config, exit_code=1)
    assert said.startswith(f"tallystick: {cluster.prefix}transactions.{ACCOUNTS[0]} is missing; "), said
