"""confluent-kafka's transactions: consume, parse, a dictionary, one output each, offsets in the transaction.

Usage: python -m tests.benchmarks.kafka.transactions BOOTSTRAP GROUP INPUT OUTPUT
"""

import signal
import sys
import time
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from tests.benchmarks.kafka.shares import Totals

COMMIT_SECONDS = 0.1
"""As often as Kafka Streams commits by default, with exactly-once."""
AT_ONCE = 1_000
WAIT_SECONDS = 0.01


class Worker:
    """One member of the group, which ends when it is asked to."""

    def __init__(self, bootstrap: str, group: str, source: str, output: str) -> None:
        self._output = output
        self._totals = Totals()
        self._stopping = False
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
            }
        )
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "transactional.id": group,
                "linger.ms": 5,
                "batch.size": 1_000_000,
            }
        )
        self._producer.init_transactions()
        self._consumer.subscribe([source])

    def stop(self, *_: Any) -> None:
        """End after the transaction that is under way."""
        self._stopping = True

    def run(self) -> None:
        """Do transactions, each over what arrives in its time."""
        while not self._stopping:
            messages = self._consumer.consume(AT_ONCE, WAIT_SECONDS)
            if messages:
                self._transaction(messages)
        self._consumer.close()

    def _transaction(self, messages: list[Any]) -> None:
        deadline = time.monotonic() + COMMIT_SECONDS
        self._producer.begin_transaction()
        done: dict[tuple[str, int], int] = {}
        while True:
            for each in messages:
                if each.error():
                    raise KafkaException(each.error())
                key, value = self._totals.add(each.partition(), each.offset(), each.value())
                self._produce(key, value)
                done[each.topic(), each.partition()] = each.offset() + 1
            if time.monotonic() > deadline:
                break
            messages = self._consumer.consume(AT_ONCE, WAIT_SECONDS)
        offsets = [TopicPartition(topic, partition, offset) for (topic, partition), offset in done.items()]
        self._producer.send_offsets_to_transaction(offsets, self._consumer.consumer_group_metadata())
        self._producer.commit_transaction()

    def _produce(self, key: bytes, value: bytes) -> None:
        try:
            self._producer.produce(self._output, value, key)
        except BufferError:
            self._producer.poll(WAIT_SECONDS)
            self._produce(key, value)


def main(bootstrap: str, group: str, source: str, output: str) -> None:
    worker = Worker(bootstrap, group, source, output)
    signal.signal(signal.SIGTERM, worker.stop)
    worker.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
