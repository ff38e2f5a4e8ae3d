"""A reader beside what is measured, and a sender with an even pace; both go by this machine's clock."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from tests.benchmarks.kafka.load import Delivery
from tests.brokers.kafka_broker import until

AT_ONCE = 10_000
POLL_SECONDS = 0.05
BUSY_SECONDS = 0.01
LEADER_SECONDS = 60
TICK_SECONDS = 0.002

TOO_EARLY = frozenset(
    (
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError._UNKNOWN_TOPIC,
    )
)
"""What is answered while a new topic has no leader, or a new group no coordinator."""

T = TypeVar("T")
Place = tuple[int, int]
"""Partition and offset in `inbox.custody`."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An output that a reader got: when, in seconds of 1970, and from which partition."""

    at: float
    partition: int
    value: bytes


class Arrivals:
    """Reads a topic on from its present end; `outputs` are those whose bytes hold `marked`.

    `committed` reads as who waits for transactions must; others are read as anybody would.
    """

    def __init__(
        self, bootstrap: str, topic: str, partitions: int, *, committed: bool, marked: bytes
    ) -> None:
        self.outputs: list[Arrival] = []
        self._failure: BaseException | None = None
        self._marked = marked
        self._ended = threading.Event()
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "arrivals",
                "enable.auto.commit": False,
                "isolation.level": "read_committed" if committed else "read_uncommitted",
            }
        )
        places = [TopicPartition(topic, each) for each in range(partitions)]
        for each in places:
            until(f"{topic} has its leaders", LEADER_SECONDS, lambda each=each: self._finds_end(each))
        self._consumer.assign(places)
        self._thread = threading.Thread(target=self._run, name="arrivals", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._consumer.close()

    def count(self) -> int:
        """Return how many outputs arrived up to now."""
        if self._failure is not None:
            raise self._failure
        return len(self.outputs)

    def _finds_end(self, place: TopicPartition) -> bool:
        """Return whether the end was told."""
        ends = unless_too_early(lambda: self._consumer.get_watermark_offsets(place))
        if ends is not None:
            place.offset = ends[1]
        return ends is not None

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                self._take(self._consumer.consume(AT_ONCE, 0) or self._wait())
        except BaseException as error:  # noqa: BLE001 - whoever counts raises it
            self._failure = error

    def _wait(self) -> list[Message]:
        """Wait for one message: `consume` would hold it back until it has all that it was asked for."""
        found = self._consumer.poll(POLL_SECONDS)
        return [] if found is None else [found]

    def _take(self, messages: Iterable[Message]) -> None:
        now = time.time()
        for each in messages:
            _refuse(each.error())
            value = each.value()
            assert value is not None
            if self._marked in value:
                self.outputs.append(Arrival(now, each.partition(), value))


def unless_too_early(ask: Callable[[], T]) -> T | None:
    """Return the answer, or None where it is to be asked for again."""
    try:
        return ask()
    except KafkaException as error:
        if error.args[0].code() in TOO_EARLY:
            return None
        raise


def fill(bootstrap: str, topic: str, deliveries: Iterable[Delivery]) -> None:
    """Append as fast as can be; every one is acknowledged when this returns."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "batch.size": 1_000_000})
    for partition, value in deliveries:
        while True:
            try:
                producer.produce(topic, value, partition=partition, on_delivery=_acknowledged)
                break
            except BufferError:
                producer.poll(BUSY_SECONDS)
    producer.flush()


def send_evenly(
    bootstrap: str, topic: str, deliveries: Sequence[Delivery], *, per_second: int
) -> dict[Place, float]:
    """Append at a pace, and return when each was due, by where it stands: who is late is late by that."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
    due_at: dict[Place, float] = {}

    def acknowledged(due: float) -> Any:
        def note(error: KafkaError | None, message: Message) -> None:
            _acknowledged(error, message)
            offset = message.offset()
            assert offset is not None
            due_at[message.partition(), offset] = due

        return note

    started = time.time()
    for number, (partition, value) in enumerate(deliveries):
        due = started + number / per_second
        while (early := due - time.time()) > 0:
            producer.poll(min(early, TICK_SECONDS))
        producer.produce(topic, value, partition=partition, on_delivery=acknowledged(due))
    producer.flush()
    return due_at


def _acknowledged(error: KafkaError | None, _message: Message) -> None:
    _refuse(error)


def _refuse(error: KafkaError | None) -> None:
    if error is not None:
        raise KafkaException(error)
