"""Chaos in its short form: some rounds of faults on three brokers, each judged by a reader of its own."""

import pytest

from tests.brokers.chaos import rounds, table
from tests.brokers.kafka_cluster import KafkaCluster

SEED = 5
FAULTS = ("zombie", "broker killed", "sender cut off")
"""One of workers, one of brokers, one of senders; `make chaos` draws from all."""


@pytest.mark.timeout(3600)
def test_what_is_acknowledged_is_decided_once_whatever_fails(cluster: KafkaCluster) -> None:
    played = list(rounds(cluster, len(FAULTS), SEED, FAULTS))
    print(f"seed {SEED}\n{table(played)}")
    assert sorted(each.fault for each in played) == sorted(FAULTS)
    assert all(each.inputs > 0 for each in played)
