"""Topics of a test's own."""

from uuid import uuid4

from kafka import KafkaAdminClient
from kafka.admin import NewTopic


def create_topic(bootstrap: str, *, partitions: int = 1) -> str:
    """Create a topic with as many replicas as the brokers have by default, and return its name."""
    name = f"test-{uuid4().hex[:12]}"
    admin = KafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    try:
        admin.create_topics([NewTopic(name=name, num_partitions=partitions, replication_factor=-1)])
    finally:
        admin.close()
    return name
