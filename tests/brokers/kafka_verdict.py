"""The verdict's reading of a log on Kafka: by kafka-python, which shares no code with the program."""

import hashlib
import logging
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from tests.kills.kill_verdict import Log, Record, digest

POLL_MILLISECONDS = 500
SILENT_POLLS_MAX = 60
logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)  # it warns where the machine is busy
KEY = re.compile(rb"([0-9a-f]{64})\.([0-9]+)/([0-9]+)")


@dataclass(slots=True)
class LogOnKafka(Log):
    """The topics of one log, read on as they grow; `close` lets the connection go."""

    bootstrap: str = field(kw_only=True)
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    prefix: str = field(kw_only=True)
    _arrived: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list), repr=False)
    _decided: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list), repr=False)
    _consumer: Any = field(default=None, repr=False)
    _positions: dict[Any, int] = field(default_factory=dict, repr=False)
    _parts: dict[str, dict[int, bytes]] = field(default_factory=dict, repr=False)

    def read(self) -> None:
        """Read what was appended up to now; KafkaError where the brokers do not answer, and it can go on."""
        consumer = self._open()
        ends = consumer.end_offsets(list(self._positions))
        silent = 0
        while any(self._positions[at] < end for at, end in ends.items()):
            polled = consumer.poll(timeout_ms=POLL_MILLISECONDS, max_records=5_000)
            silent = 0 if polled else silent + 1
            if silent > SILENT_POLLS_MAX:
                raise KafkaError(f"{self.prefix}: the brokers tell of records and do not hand them out")
            for at, records in polled.items():
                for record in records:
                    self._take(at, record)

    def try_to_read(self) -> bool:
        """Read on, and return whether the brokers answered."""
        try:
            self.read()
        except KafkaError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Let the connection go; the next read makes another and goes on where this one was."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def owners(self) -> dict[str, str]:
        """Return who owns each book: whose record was the last that is valid."""
        return {name: book.valid[-1].owner for name, book in self.books.items() if book.valid}

    def takeovers(self) -> int:
        """Return how often a book of the ledger was taken over."""
        return sum(
            record.source is None
            for name, book in self.books.items()
            if name.startswith("ledger-")
            for record in book.valid
        )

    def decisions(self) -> int:
        """Return how many records of the ledger are valid."""
        return sum(len(book.valid) for name, book in self.books.items() if name.startswith("ledger-"))

    def waiting(self, books: set[str]) -> int:
        """Return how many messages wait for these books of the ledger."""
        return sum(
            len(values) - self.books[f"ledger-{partition}"].next_offsets[topic, partition]
            for (topic, partition), values in self.inboxes.items()
            if f"ledger-{partition}" in books
        )

    def voids(self) -> int:
        """Return how many records of the ledger are void."""
        return sum(book.void for name, book in self.books.items() if name.startswith("ledger-"))

    def longest_wait(self, since: float) -> float:
        """Return the longest in seconds that an input waited that arrived since then, in seconds of 1970."""
        waits = [0.0]
        for name, decided in self._decided.items():
            for record, at in zip(self.books[name].valid, decided, strict=True):
                if record.source is not None:
                    source = record.source
                    arrived = self._arrived[source["topic"], source["partition"]][source["offset"]]
                    waits += [(at - arrived) / 1000] if arrived >= since * 1000 else []
        return max(waits)

    def inputs(self) -> int:
        """Return how many messages stand in the inboxes."""
        return sum(map(len, self.inboxes.values()))

    def _open(self) -> Any:
        if self._consumer is None:
            reached = {"bootstrap_servers": self.bootstrap.split(","), **self.credentials}
            consumer = KafkaConsumer(
                enable_auto_commit=False,
                auto_offset_reset="none",
                **(reached | {"request_timeout_ms": 15_000}),
            )
            topics = sorted(name for name in consumer.topics() if name.startswith(self.prefix))
            places = [TopicPartition(name, n) for name in topics for n in consumer.partitions_for_topic(name)]
            consumer.assign(places)
            for at in places:
                self._positions.setdefault(at, 0)
                consumer.seek(at, self._positions[at])
            self._consumer = consumer
        return self._consumer

    def _take(self, at: Any, record: Any) -> None:
        assert record.offset == self._positions[at], f"{at} has a hole before {record.offset}"
        self._positions[at] = record.offset + 1
        topic = at.topic.removeprefix(self.prefix)
        if topic == "evidence":
            self._take_part(record)
        else:
            stream = topic if topic.startswith("transactions.") else f"{topic}-{at.partition}"
            self.take(stream, record.offset, record.value)
            self._note(topic, at.partition, record.timestamp)

    def _note(self, topic: str, partition: int, timestamp: int) -> None:
        """Keep when an input arrived, and when a valid record decided one; milliseconds, as clients said."""
        if topic.startswith("inbox."):
            self._arrived[topic, partition].append(timestamp)
        elif topic == "ledger" and len(self.books[f"ledger-{partition}"].valid) > len(
            self._decided[f"ledger-{partition}"]
        ):
            self._decided[f"ledger-{partition}"].append(timestamp)

    def _take_part(self, record: Any) -> None:
        found = KEY.fullmatch(record.key)
        assert found, f"evidence under the key {record.key!r}"
        sha256, number, count = found[1].decode(), int(found[2]), int(found[3])
        parts = self._parts.setdefault(sha256, {})
        parts[number] = record.value
        if len(parts) == count:
            whole = b"".join(self._parts.pop(sha256)[each] for each in range(count))
            assert hashlib.sha256(whole).hexdigest() == sha256, f"evidence {sha256} is other bytes"
            self.evidence.add(sha256)


def check_acknowledged(
    log: Log, decided: dict[tuple[str, int, int], Record], acknowledged: Counter[tuple[str, str]]
) -> None:
    """What a sender was told is appended stands in that inbox as often at least, and is decided."""
    found: Counter[tuple[str, str]] = Counter()
    for topic, partition, offset in decided:
        found[f"{topic}-{partition}", digest(log.inboxes[topic, partition][offset])] += 1
    for (stream, sha256), times in acknowledged.items():
        assert found[stream, sha256] >= times, f"{sha256} was acknowledged for {stream} and is lost"


def check_owners(log: Log) -> None:
    """Each valid record is the owner's whose start came last; and nobody appends the same bytes twice."""
    for name, book in log.books.items():
        owner = ""
        for record in book.valid:
            if record.events[0]["type"] == "owner_started":
                owner = record.owner
            assert record.owner == owner, f"{name} seq {record.seq} is {record.owner}'s while {owner} owns"
        assert book.copies == 0, f"{book.copies} records of {name} were appended twice"
