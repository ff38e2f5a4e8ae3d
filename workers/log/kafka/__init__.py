"""The engine for many machines: one topic and partition a stream, on Apache Kafka.

The engine is imported from `workers.log.kafka.engine`, with its clients: most commands never need them.
"""

from workers.log.kafka.cluster import Cluster

__all__ = ["Cluster"]
