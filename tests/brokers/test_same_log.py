"""A log is the same on SQLite and on Kafka: copied byte for byte, and decided alike from the same inputs."""

import json
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.kafka_verdict import LogOnKafka
from tests.brokers.log_on_kafka import fresh_log
from tests.brokers.worker_processes import ACCOUNTS, CHAINS, WorkerProcesses, tallystick, until_among
from tests.kills.kill_load import Load
from tests.kills.kill_verdict import Book, LogFile
from workers.bootstrap import now
from workers.embedded import Embedded
from workers.ingest.profiles import Profiles
from workers.intake import Intake
from workers.log.commit import GroupCommit
from workers.log.kafka.engine import KafkaEngine
from workers.settings import Settings, SimulatedChainSettings

PARTITIONS = 4
DELIVERIES = 120
SECONDS = 600


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of an embedded log that has a house, issuances and their mints."""
    data = tmp_path_factory.mktemp("original") / "data"
    chains = tuple(
        SimulatedChainSettings(
            name=chain, accounts=(account,), block_time_milliseconds=500, finality_depth_blocks=1
        )
        for chain, account in zip(CHAINS, ACCOUNTS, strict=True)
    )
    embedded = Embedded(Settings(data=data, partitions=PARTITIONS, poll_milliseconds=50, chains=chains))
    try:
        _live(embedded, data)
    finally:
        embedded.close()
    return data


def _live(embedded: Embedded, data: Path) -> None:
    load, log = Load(3, "original"), LogFile(path=data / "log.sqlite")
    intake = Intake(embedded.engine, partitions=PARTITIONS, profiles=Profiles(()), now=now)
    for deliveries in (load.house(), list(islice(load.deliveries(), DELIVERIES))):
        deadline = time.monotonic() + SECONDS
        while not intake.ready():
            embedded.round()
        commit = GroupCommit()
        for placed in intake.take([(file, sender) for sender, file in deliveries]):
            for each in placed:
                commit.append(each.stream, [each.data])
        commit.flush(embedded.engine)
        while log.rules() < load.house_rules() or log.undecided() or log.open_mints():
            embedded.round()
            assert time.monotonic() < deadline, "the embedded log does not come to rest"


@pytest.mark.timeout(1800)
def test_a_log_is_copied_to_kafka_and_back_byte_for_byte(
    broker: KafkaBroker, original: Path, tmp_path: Path
) -> None:
    cluster = fresh_log(broker.bootstrap, partitions=PARTITIONS, accounts=ACCOUNTS)
    config = WorkerProcesses(cluster, tmp_path, partitions=PARTITIONS).config("copy")
    back = tmp_path / "back"
    tallystick("log", "copy", "--from", original, "--to", config)
    tallystick("log", "copy", "--from", config, "--to", back)
    first, second = LogFile(path=original / "log.sqlite"), LogFile(path=back / "log.sqlite")
    first.read()
    second.read()
    assert second == LogFile(
        path=back / "log.sqlite",
        books=first.books,
        inboxes=first.inboxes,
        evidence=first.evidence,
        _ends=first._ends,
    )
    assert first.evidence
    for target in (config, back):
        said = tallystick("log", "copy", "--from", original, "--to", target, exit_code=2)
        assert "is not empty" in said
    export = tmp_path / "export"
    tallystick("audit", "export", "--config", config, "--out", export)
    assert json.loads(tallystick("audit", "verify", "--json", export))["findings"] == []


@pytest.mark.timeout(1800)
def test_the_same_inputs_mean_the_same_on_kafka(broker: KafkaBroker, original: Path, tmp_path: Path) -> None:
    """One worker on Kafka is given a book's inputs in the order in which SQLite's decided them.

    The inputs are the same bytes, house rules, ticks and receipts among them, so all that could differ is
    what the engine, the consumer and the rounds make of them: which input comes next, whether one is left
    out or told twice. Each run of inputs of one topic is decided before the next is appended, since the
    order between topics is the rounds' own.
    """
    decided = _busiest(original)
    partition = int(decided.name.rpartition("-")[2])
    cluster = fresh_log(broker.bootstrap, partitions=PARTITIONS, accounts=ACCOUNTS)
    log = LogOnKafka(bootstrap=broker.bootstrap, prefix=cluster.prefix)
    engine = KafkaEngine(cluster)
    try:
        with WorkerProcesses(cluster, tmp_path, partitions=PARTITIONS) as workers:
            workers.add()
            given = 0
            for topic, values in _runs(original, decided):
                engine.append({f"{topic}-{partition}": values})
                given += len(values)
                _until_decided(workers, log, decided, given)
    finally:
        engine.close()
        log.close()
    assert _decisions(log.books[decided.name]) == _decisions(decided)
    assert given > 50


def _busiest(data: Path) -> Book:
    """Return the book with the most records but the house's, whose relay would append inputs of its own."""
    log = LogFile(path=data / "log.sqlite")
    log.read()
    books = [book for name, book in log.books.items() if name.startswith("ledger-") and name != "ledger-0"]
    return max(books, key=lambda book: len(book.valid))


def _runs(data: Path, book: Book) -> Iterator[tuple[str, list[bytes]]]:
    """Yield the book's inputs in the order of its decisions, those of one topic in a row together."""
    log = LogFile(path=data / "log.sqlite")
    log.read()
    topic, values = "", list[bytes]()
    for source in (record.source for record in book.valid if record.source is not None):
        if source["topic"] != topic and values:
            yield topic, values
            values = []
        topic = source["topic"]
        values.append(log.inboxes[topic, source["partition"]][source["offset"]])
    yield topic, values


def _until_decided(workers: WorkerProcesses, log: LogOnKafka, book: Book, count: int) -> None:
    until_among(f"{count} inputs are decided", SECONDS, workers, lambda: _count(log, book) >= count)


def _count(log: LogOnKafka, book: Book) -> int:
    return len(_decisions(log.books[book.name])) if log.try_to_read() and book.name in log.books else 0


def _decisions(book: Book) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    return [(record.source, record.events) for record in book.valid if record.source is not None]
