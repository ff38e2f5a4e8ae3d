"""A stranger's transactions take offsets that hold nothing: they are decided as absent, and nothing waits.

The records by which Kafka ends a transaction are handed to no reader. What an aborted one appended is: every
reader reads uncommitted, for a transaction that nobody ends would else hold everybody up behind it.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaConsumer, TopicPartition

from schemas.canonical import digest
from schemas.messages import TOPICS
from schemas.streams import inbox_stream, ledger_book, partition_number, topic_of
from tests.audit.conftest import Oracle
from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.log_on_kafka import fresh_log
from tests.brokers.worker_processes import ACCOUNTS, WorkerProcesses, tallystick, until_among
from tests.kills.kill_load import Load
from workers.bootstrap import now
from workers.house_view import HouseView
from workers.ingest.profiles import Profiles
from workers.intake import Intake, Placed
from workers.log.commit import GroupCommit
from workers.log.follower import Follower
from workers.log.kafka import Cluster
from workers.log.kafka.engine import KafkaEngine

PARTITIONS = 2
SECONDS = 600


class DisturbedLog:
    """A log on which workers decide while a stranger's transactions come in between."""

    def __init__(self, cluster: Cluster, workers: WorkerProcesses) -> None:
        self.cluster = cluster
        self.workers = workers
        self.engine = KafkaEngine(cluster)
        self.load = Load(51, "disturbed")
        self._deliveries = self.load.deliveries()
        self._house = HouseView(self.engine)
        self._followers = [Follower(self.engine, ledger_book(number)) for number in range(PARTITIONS)]

    def set_up(self) -> None:
        """Start workers, and return once the house stands."""
        tallystick("log", "create", "--config", self.workers.config("admin"))
        self.workers.add()
        self.workers.add("executor")
        self.until("genesis is decided", lambda: self._house.advance().number >= 1)
        self.append(self._placed(self.load.house()))
        rules = self.load.house_rules()
        self.until("the house stands", lambda: self._house.advance().number >= rules)

    def take(self, count: int) -> list[Placed]:
        """Return the next messages of the load, not appended yet."""
        return self._placed(list(islice(self._deliveries, count)))

    def append(self, placed: Iterable[Placed]) -> None:
        """Append as a sender does."""
        commit = GroupCommit()
        for each in placed:
            commit.append(each.stream, [each.data])
        commit.flush(self.engine)

    def transact(self, placed: Sequence[Placed], *, commit: bool) -> set[str]:
        """Append as a stranger does in one transaction; return the inboxes in which it ends."""
        asyncio.run(self._transact(placed, commit=commit))
        return {each.stream for each in placed}

    def until(self, what: str, happened: Callable[[], bool]) -> None:
        """Return once it happened; the workers live on."""
        until_among(what, SECONDS, self.workers, happened)

    def until_decided(self) -> None:
        """Return once a valid record decides every message that anybody can read."""
        self.until("every message is decided", self._is_decided)

    def _is_decided(self) -> bool:
        for follower in self._followers:
            for _ in follower.advance():
                pass
            number = partition_number(follower.chain.book)
            for topic in TOPICS:
                offset = follower.chain.next_offset(topic, number)
                if self.engine.read(inbox_stream(topic, number), offset, 1):
                    return False
        return True

    def _placed(self, deliveries: Iterable[tuple[str, bytes]]) -> list[Placed]:
        intake = Intake(self.engine, partitions=PARTITIONS, profiles=Profiles(()), now=now)
        taken = intake.take([(data, sender) for sender, data in deliveries])
        return [each for placed in taken for each in placed]

    async def _transact(self, placed: Sequence[Placed], *, commit: bool) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=list(self.cluster.bootstrap_servers), transactional_id=f"stranger-{uuid4()}"
        )
        async with producer:
            await producer.begin_transaction()
            for each in placed:
                topic, partition = self.cluster.prefix + topic_of(each.stream), partition_number(each.stream)
                await producer.send_and_wait(topic, each.data, partition=partition)
            await (producer.commit_transaction() if commit else producer.abort_transaction())


@pytest.fixture
def log(broker: KafkaBroker, tmp_path: Path) -> Iterator[DisturbedLog]:
    cluster = fresh_log(broker.bootstrap, partitions=PARTITIONS, accounts=ACCOUNTS)
    with WorkerProcesses(cluster, tmp_path / "workers", partitions=PARTITIONS) as workers:
        made = DisturbedLog(cluster, workers)
        try:
            made.set_up()
            yield made
        finally:
            made.engine.close()


@pytest.mark.timeout(1800)
def test_offsets_that_hold_nothing_are_decided_as_absent_and_every_reader_agrees(
    log: DisturbedLog, tmp_path: Path, oracle: Oracle
) -> None:
    ended: Counter[str] = Counter()
    aborted: list[Placed] = []
    for commit in (True, False, True, False):
        log.append(log.take(20))
        strange = log.take(12)
        aborted += [] if commit else strange
        ended.update(log.transact(strange, commit=commit))
        log.append(log.take(5))
    log.until_decided()

    # Nothing stands behind what ends these two: whoever starts, reads or exports waits for nothing.
    for commit in (True, False):
        ended.update(log.transact(log.take(30), commit=commit))
    log.until_decided()
    first, *_ = log.workers.of("settlement")
    second = log.workers.add()
    assert log.workers.remove(first) == 0, first.words()
    log.append(log.take(1))
    log.until_decided()
    tallystick("state", "--config", log.workers.config("reader"))
    holes, messages = read_by_another_client(log.cluster)
    assert {stream: len(offsets) for stream, offsets in holes.items()} == ended
    last = {stream: max(offsets) for stream, offsets in messages.items()}
    open_ended = [stream for stream, offsets in holes.items() if max(offsets) > last[stream]]
    assert open_ended
    for stream in open_ended:
        assert log.engine.end(stream) > last[stream] + 1
        assert log.engine.read(stream, last[stream] + 1, 10) == []

    export = tmp_path / "export"
    tallystick("audit", "export", "--out", export, "--config", log.workers.config("auditor"))
    tallystick("audit", "verify", export)
    tallystick("audit", "replay", export, "--decide")
    judged = oracle(export)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    absent, decided = decided_in(export)
    assert absent == {
        stream: inside
        for stream, offsets in holes.items()
        if (inside := {offset for offset in offsets if offset < last[stream]})
    }
    assert decided == {
        stream: {offset: digest(value) for offset, value in found.items()}
        for stream, found in messages.items()
    }
    every = {sha256 for found in decided.values() for sha256 in found.values()}
    assert {each.sha256 for each in aborted} <= every
    assert log.workers.remove(second) == 0, second.words()


def read_by_another_client(cluster: Cluster) -> tuple[dict[str, set[int]], dict[str, dict[int, bytes]]]:
    """Return which offsets of each inbox hold nothing, and what the others hold, by kafka-python."""
    consumer = KafkaConsumer(
        bootstrap_servers=list(cluster.bootstrap_servers), enable_auto_commit=False, auto_offset_reset="none"
    )
    holes, messages = {}, {}
    try:
        for topic in TOPICS:
            for partition in range(PARTITIONS):
                at = TopicPartition(cluster.prefix + topic, partition)
                found, end = _read(consumer, at)
                if found:
                    messages[inbox_stream(topic, partition)] = found
                if absent := set(range(end)) - set(found):
                    holes[inbox_stream(topic, partition)] = absent
    finally:
        consumer.close()
    return holes, messages


def _read(consumer: Any, at: Any) -> tuple[dict[int, bytes], int]:
    consumer.assign([at])
    consumer.seek(at, 0)
    end, found = consumer.end_offsets([at])[at], {}
    while consumer.position(at) < end:
        for record in consumer.poll(timeout_ms=500).get(at, []):
            found[record.offset] = record.value
    return found, end


def decided_in(export: Path) -> tuple[dict[str, set[int]], dict[str, dict[int, str]]]:
    """Return the offsets that the ledger calls absent, and the digests of those that it decided."""
    absent: dict[str, set[int]] = defaultdict(set)
    decided: dict[str, dict[int, str]] = defaultdict(dict)
    for book in (export / "books").glob("ledger-*.jsonl"):
        for line in book.read_bytes().splitlines():
            record = json.loads(line)
            if record["source"] is None:
                continue
            source = record["source"]
            stream, offset = inbox_stream(source["topic"], source["partition"]), source["offset"]
            kinds = [event["type"] for event in record["events"]]
            if kinds == ["offsets_absent"]:
                absent[stream] |= set(range(offset, offset + record["events"][0]["count"]))
            else:
                decided[stream][offset] = source["sha256"]
    return dict(absent), dict(decided)
