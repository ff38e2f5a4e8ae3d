"""One broker, and a cluster of three, each started once a session and shared by its tests."""

from collections.abc import Iterator

import pytest

from tests.audit.conftest import oracle  # noqa: F401 - a fixture
from tests.brokers.kafka_broker import KafkaBroker, remove_leftovers
from tests.brokers.kafka_cluster import KafkaCluster


@pytest.fixture(scope="session", autouse=True)
def swept() -> None:
    remove_leftovers()


@pytest.fixture(scope="session")
def broker() -> Iterator[KafkaBroker]:
    """A broker that no test harms; each test takes topics of its own."""
    with KafkaBroker() as started:
        yield started


@pytest.fixture(scope="session")
def shared_cluster() -> Iterator[KafkaCluster]:
    made = KafkaCluster()
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def cluster(shared_cluster: KafkaCluster) -> KafkaCluster:
    """Three brokers, whole whatever the test before did to them."""
    shared_cluster.heal()
    return shared_cluster
