"""The engine for many machines: one topic and partition a stream, on Apache Kafka."""

from workers.log.kafka.cluster import Cluster
from workers.log.kafka.engine import KafkaEngine

__all__ = ["Cluster", "KafkaEngine"]
