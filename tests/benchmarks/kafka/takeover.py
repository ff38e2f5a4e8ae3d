"""How long nobody decides for a book when its owner is killed, or asked to stop.

One book of so many records, two workers of one group: who owns the book goes, the other takes over.
Confirmations come in all the while; a reader beside them sees who decides each of them.
"""

import itertools
import json
import shutil
import signal
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from confluent_kafka import ConsumerGroupState, Producer
from prometheus_client.parser import text_string_to_metric_families

from schemas.messages import CUSTODY
from schemas.streams import LEDGER
from tests.benchmarks.kafka.arrivals import Arrival, Arrivals, unless_too_early
from tests.benchmarks.kafka.contenders import DECIDES_CUSTODY, administration, remove_topics
from tests.benchmarks.kafka.load import Delivery, Load, ask, confirm
from tests.benchmarks.kafka.processes import resident_bytes
from tests.brokers.log_on_kafka import fresh_log
from tests.brokers.under_load import process_of
from tests.brokers.worker_processes import (
    ACCOUNTS,
    STOP_SECONDS,
    WorkerProcess,
    WorkerProcesses,
    tallystick,
    until_among,
)
from workers.log.kafka import Cluster
from workers.log.kafka.engine import KafkaEngine

BETWEEN_SECONDS = 0.02
SECONDS = 3_600
"""For anything that workers come to by themselves: ten million records are read in some minutes."""

STOPPED = "asked to stop, the other stands by"
KILLED = "killed, the other stands by"
KILLED_ALONE = "killed, the other reads the book from its start"
KILLED_SNAPSHOT = "killed, the other reads the book from a snapshot"
WAYS = (STOPPED, KILLED, KILLED_ALONE, KILLED_SNAPSHOT)


@dataclass(frozen=True, slots=True)
class Takeover:
    """Seconds until the successor's first decision: from the signal, and from the last decision before it.

    `resident_bytes` is what the successor holds then.
    """

    way: str
    since_signal: float
    since_decision: float
    resident_bytes: int


class Trickle(threading.Thread):
    """Appends a confirmation now and then, until it is told to end; `sent` is how many are on their way."""

    def __init__(self, bootstrap: str, topic: str, deliveries: Iterator[Delivery]) -> None:
        super().__init__(name="trickle", daemon=True)
        self.sent = 0
        self._producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
        self._topic = topic
        self._deliveries = deliveries
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self.join()
        self._producer.flush()

    def run(self) -> None:
        """Send on."""
        for partition, value in self._deliveries:
            self._producer.produce(self._topic, value, partition=partition)
            self._producer.poll(0)
            self.sent += 1
            if self._ended.wait(BETWEEN_SECONDS):
                return


class Book:
    """A log of one book, and the workers that own it in turn."""

    def __init__(self, bootstrap: str, folder: Path, *, records: int) -> None:
        self._bootstrap = bootstrap
        self._folder = folder
        self._load = Load(1)
        self._cluster = self._made(records)
        self._rounds = 0
        self._next = self._load.confirmations(
            records
        )  # issuances that are asked for by nobody: lots of their own

    def close(self) -> None:
        """Remove its topics."""
        remove_topics(self._bootstrap, self._cluster.prefix)

    def takeovers(self) -> Iterator[Takeover]:
        """Yield a takeover of each way."""
        self._rounds += 1
        folder = self._folder / str(self._rounds)
        snapshots = folder / "snapshots"
        with self._pair(folder / "standing", stand_by=True, snapshots=None) as pair:
            yield pair.goes(STOPPED)
            pair.joined()
            yield pair.goes(KILLED)
        with self._pair(folder / "alone", stand_by=False, snapshots=snapshots) as pair:
            yield pair.goes(KILLED_ALONE)
            tallystick("log", "snapshot", "--config", pair.config, "--out", snapshots)
            pair.joined()
            yield pair.goes(KILLED_SNAPSHOT)
        shutil.rmtree(folder)

    def _made(self, records: int) -> Cluster:
        """Make the log: half of its records are requests, half of them confirmations."""
        cluster = fresh_log(self._bootstrap, partitions=1, accounts=ACCOUNTS)
        engine = KafkaEngine(cluster)
        try:
            ask(engine, self._load, records // 2)
            confirm(engine, self._load, records - records // 2)
        finally:
            engine.close()
        return cluster

    @contextmanager
    def _pair(self, folder: Path, *, stand_by: bool, snapshots: Path | None) -> Iterator["_Pair"]:
        topic = self._cluster.prefix + CUSTODY
        ledger = self._cluster.prefix + LEDGER
        with (
            WorkerProcesses(self._cluster, folder, partitions=1) as workers,
            Arrivals(self._bootstrap, ledger, 1, committed=False, marked=DECIDES_CUSTODY) as arrivals,
            Trickle(self._bootstrap, topic, self._next) as trickle,
        ):
            pair = _Pair(self._bootstrap, workers, arrivals, trickle, stand_by=stand_by, snapshots=snapshots)
            pair.joined()
            yield pair
            pair.end()


class _Pair:
    """Two workers of one group, of whom one goes and another comes."""

    def __init__(
        self,
        bootstrap: str,
        workers: WorkerProcesses,
        arrivals: Arrivals,
        trickle: Trickle,
        *,
        stand_by: bool,
        snapshots: Path | None,
    ) -> None:
        self._workers = workers
        self._arrivals = arrivals
        self._trickle = trickle
        self._stand_by = stand_by
        self._snapshots = snapshots
        self._admin = administration(bootstrap)
        self._group = workers.cluster.prefix + "settlement"

    @property
    def config(self) -> Path:
        """Return the settings of one of them."""
        return self._workers.all[0].config

    def joined(self) -> None:
        """Return once there are two, both members of the group, and who stands by has read the book."""
        while len(self._workers.all) < 2:
            self._workers.add(stand_by=self._stand_by, snapshots=self._snapshots)
        until_among("both are members", SECONDS, self._workers, self._is_group)
        since = time.time()
        until_among(
            "the owner decides",
            SECONDS,
            self._workers,
            lambda: self._last_at() > since and self._is_caught_up(),
        )
        if self._stand_by:
            head = self._head()
            until_among("the other has read the book", SECONDS, self._workers, lambda: self._has_read(head))

    def goes(self, way: str) -> Takeover:
        """Let the owner go, and return what became of it once the other decides."""
        owner, other = self._owner_and_other()
        self._workers.all.remove(owner)
        signalled = time.time()
        owner.process.send_signal(signal.SIGTERM if way is STOPPED else signal.SIGKILL)
        try:
            until_among(
                "the other decides", SECONDS, self._workers, lambda: self._first_of(other) is not None
            )
            code = owner.process.wait(STOP_SECONDS)
        finally:
            owner.clean_up()
        assert code == (0 if way is STOPPED else -signal.SIGKILL), owner.words()[-4000:]
        first = self._first_of(other)
        assert first is not None
        last = max(each.at for each in self._arrivals.outputs if _decided_by(each, owner))
        return Takeover(way, first.at - signalled, first.at - last, resident_bytes(other.pid))

    def end(self) -> None:
        """Ask all to stop."""
        for each in list(self._workers.all):
            code = self._workers.remove(each)
            assert code == 0, each.words()[-4000:]

    def _is_group(self) -> bool:
        asked = self._admin.describe_consumer_groups([self._group])[self._group]
        described = unless_too_early(asked.result)
        return (
            described is not None
            and described.state == ConsumerGroupState.STABLE
            and len(described.members) == 2
        )

    def _last_at(self) -> float:
        return self._arrivals.outputs[-1].at if self._arrivals.count() else 0.0

    def _is_caught_up(self) -> bool:
        """Return whether what comes in is decided as it comes: nothing piled up is left."""
        return self._trickle.sent - self._arrivals.count() < 10

    def _head(self) -> int:
        head: int = json.loads(self._arrivals.outputs[-1].value)["seq"]
        return head

    def _has_read(self, head: int) -> bool:
        _, other = self._owner_and_other()
        return _records_read(other) >= head

    def _owner_and_other(self) -> tuple[WorkerProcess, WorkerProcess]:
        first, second = self._workers.all
        return (first, second) if _decided_by(self._arrivals.outputs[-1], first) else (second, first)

    def _first_of(self, worker: WorkerProcess) -> Arrival | None:
        last = self._arrivals.count()
        found = itertools.takewhile(
            lambda each: _decided_by(each, worker), reversed(self._arrivals.outputs[:last])
        )
        return min(found, key=lambda each: each.at, default=None)


def _decided_by(output: Arrival, worker: WorkerProcess) -> bool:
    return process_of(json.loads(output.value)["owner"]) == worker.pid


def _records_read(worker: WorkerProcess) -> float:
    """Return how many records of the book a worker's own figures say that it has read to the end of."""
    port = tomllib.loads(worker.config.read_text(encoding="utf-8"))["worker"]["web_port"]
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    except (URLError, OSError):
        return 0.0
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "tallystick_book_records_total"
    )
