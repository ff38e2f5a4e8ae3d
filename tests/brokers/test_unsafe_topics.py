"""Workers refuse to start on topics that could lose a record, and say which setting."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, KafkaAdminClient, NewPartitions

from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.log_on_kafka import fresh_log
from tests.brokers.worker_processes import ACCOUNTS, WorkerProcesses, tallystick

UNSAFE = [
    ("settlement", "cleanup.policy", "compact"),
    ("settlement", "retention.ms", "604800000"),
    ("settlement", "retention.bytes", "1000000000"),
    ("settlement", "max.message.bytes", "1048588"),
    ("executor", "unclean.leader.election.enable", "true"),
]


@pytest.mark.parametrize(("role", "setting", "value"), UNSAFE)
def test_a_worker_refuses_a_topic_that_could_lose_a_record_and_says_which_setting(
    broker: KafkaBroker, tmp_path: Path, role: str, setting: str, value: str
) -> None:
    cluster = fresh_log(broker.bootstrap, partitions=2, accounts=ACCOUNTS)
    topic = f"{cluster.prefix}ledger"
    with administration(broker) as admin:
        admin.alter_configs([ConfigResource("TOPIC", topic, configs={setting: value})])
    config = WorkerProcesses(cluster, tmp_path, partitions=2).config("unsafe")
    said = tallystick("worker", role, "--config", config, exit_code=1).splitlines()[-1]
    assert said.startswith(f"tallystick: {topic}: {setting} is {value}, and must be "), said


def test_a_worker_refuses_a_topic_with_more_partitions_than_the_log_has(
    broker: KafkaBroker, tmp_path: Path
) -> None:
    cluster = fresh_log(broker.bootstrap, partitions=2, accounts=ACCOUNTS)
    topic = f"{cluster.prefix}inbox.custody"
    with administration(broker) as admin:
        admin.create_partitions({topic: NewPartitions(total_count=3)})
    config = WorkerProcesses(cluster, tmp_path, partitions=2).config("unsafe")
    said = tallystick("worker", "settlement", "--config", config, exit_code=1).splitlines()[-1]
    assert said.startswith(f"tallystick: {topic}: partitions is 3, and must be 2; "), said


def test_a_worker_refuses_topics_that_are_not_there(broker: KafkaBroker, tmp_path: Path) -> None:
    cluster = fresh_log(broker.bootstrap, partitions=2, accounts=ACCOUNTS[1:])
    config = WorkerProcesses(cluster, tmp_path, partitions=2).config("incomplete")
    said = tallystick("worker", "executor", "--config", config, exit_code=1).splitlines()[-1]
    assert said.startswith(f"tallystick: {cluster.prefix}transactions.{ACCOUNTS[0]} is missing; "), said


@contextmanager
def administration(broker: KafkaBroker) -> Iterator[KafkaAdminClient]:
    admin = KafkaAdminClient(bootstrap_servers=[broker.bootstrap])
    try:
        yield admin
    finally:
        admin.close()
