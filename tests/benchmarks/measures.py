"""What is measured: each function returns rows for the table, ratios first. Nothing here is ever asserted."""

import gc
import json
import resource
import sqlite3
import statistics
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from random import Random

from eventsourcing.domain import Aggregate
from eventsourcing.domain import event as recorded
from eventsourcing.system import Application
from lxml import etree
from rich.progress import Progress

from schemas.streams import inbox_stream
from tests.benchmarks.workload import Bench, message, reference_of, request, shape
from workers.audit import EngineSource
from workers.audit import replay as replay_log
from workers.collector import Collector
from workers.demo.custodian import Movement, sese025
from workers.demo.market import CUSTODIANS
from workers.ingest import registry
from workers.ingest.profiles import NO_PROFILES
from workers.intake import Intake
from workers.log.commit import GroupCommit
from workers.log.engine import Entry
from workers.log.memory import MemoryEngine
from workers.log.sqlite import SqliteEngine

AMOUNTS = frozenset(("shares", "shares_in", "units", "multiplier"))

Row = tuple[str, str, str]
"""What, figure, aim."""


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_of(times: int, work: Callable[[], float]) -> float:
    return statistics.median(work() for _ in range(times))


def durable_appends(folder: Path, scale: float) -> list[Row]:
    """Compare the engine with raw rows of the same bytes in the same batches, in turn, on one file system."""
    values = [b'{"book":"ledger-0","x":"' + b"r" * 680 + b'","n":%d}' % number for number in range(1_000)]
    rows: list[Row] = []
    for batch, batches in ((1, 400), (10, 300), (100, 200), (1_000, 60)):
        rounds = max(3, int(batches * scale))
        ours, raw = [], []
        for turn in range(3):
            engine = SqliteEngine(folder / f"ours-{batch}-{turn}.sqlite")
            ours.append(_engine_rows(engine, values[:batch], rounds))
            engine.close()
            raw.append(_raw_rows(folder / f"raw-{batch}-{turn}.sqlite", values[:batch], rounds))
        rate, raw_rate = batch * rounds / statistics.median(ours), batch * rounds / statistics.median(raw)
        rows.append(
            (
                f"durable appends, {batch} a commit, against raw rows",
                f"{rate / raw_rate:.0%} ({rate:,.0f}/s of {raw_rate:,.0f}/s)",
                "60 %",
            )
        )
    return rows


def _engine_rows(engine: SqliteEngine, values: list[bytes], rounds: int) -> float:
    return timed(lambda: [engine.append({"ledger-0": values}) for _ in range(rounds)])


def _raw_rows(path: Path, values: list[bytes], rounds: int) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (position INTEGER PRIMARY KEY, value BLOB NOT NULL)")

    def work() -> None:
        for _ in range(rounds):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO rows (value) VALUES (?)", [(value,) for value in values])
            connection.execute("COMMIT")

    seconds = timed(work)
    connection.close()
    return seconds


class _Book(Aggregate):
    """The same events as an aggregate of the eventsourcing package; its fold only counts."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    @recorded("Decided")
    def decide(self, kind: str, fields: dict[str, object]) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + len(fields)


def replay(folder: Path, scale: float) -> list[Row]:
    """Compare verified replay from SQLite with the eventsourcing package's replay of the same events."""
    engine = SqliteEngine(folder / "replay.sqlite")
    bench = Bench(engine)
    bench.issuances(0, max(50, int(4_000 * scale)))
    entries = engine.read("ledger-0", 0, 1_000_000)

    def ours() -> float:
        started = time.perf_counter()
        replayed = replay_log(EngineSource(engine))
        assert not replayed.findings
        return replayed.records / (time.perf_counter() - started)

    rate = median_of(7, ours)
    events, size = shape(engine)
    their_rate = _eventsourcing_replay(folder, entries[: max(200, int(3_000 * scale))])
    engine.close()
    return [
        ("replay with verification, decisions a second a core", f"{rate:,.0f}", "60,000"),
        ("    events and bytes a record", f"{events:.2f} and {size:,.0f}", ""),
        (
            "    its events against the eventsourcing package's replay",
            f"{rate * events / their_rate:.1f} times ({their_rate:,.0f} events/s)",
            "8 times",
        ),
    ]


def _eventsourcing_replay(folder: Path, entries: list[Entry]) -> float:
    """Return events a second of loading one aggregate that holds the same events."""
    application: Application = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "theirs.sqlite")}
    )
    book = _Book()
    count = 0
    for entry in entries:
        for each in json.loads(entry.value)["events"]:
            book.decide(each["type"], {name: _their_value(name, value) for name, value in each.items()})
            count += 1
    application.save(book)
    return count / median_of(3, lambda: timed(lambda: application.repository.get(book.id)))


def _their_value(name: str, value: object) -> object:
    """Return amounts as Decimal, which the package's transcoder knows and its users use for money."""
    return Decimal(str(value)) if name in AMOUNTS else value


def latency(folder: Path, scale: float) -> list[Row]:
    """Send confirmations at 1,000 a second to an embedded book; time from bytes to the read-back mint."""
    engine = SqliteEngine(folder / "latency.sqlite")
    bench = Bench(engine)
    count = max(200, int(6_000 * scale))
    requests = [message("issuance_requested", "atlas", request(number), number) for number in range(count)]
    engine.append({inbox_stream("inbox.requests", 0): requests})
    bench.settle()
    chance = Random(1)
    files = [sese025(_movement(number), chance) for number in range(count)]
    intake = Intake(engine, partitions=1, profiles=NO_PROFILES, now=lambda: "2026-11-23T09:00:59.000000Z")
    arrived: dict[str, float] = {}
    taken: list[float] = []
    gc.collect()
    started, sent = time.perf_counter(), 0
    while len(taken) < count:
        due = min(count, int((time.perf_counter() - started) * 1_000))
        commit = GroupCommit()
        sources = (each.record.source for each in bench.settlement.advance(commit))
        taken.extend(
            time.perf_counter() - arrived.pop(source.sha256)
            for source in sources
            if source is not None and source.sha256 in arrived
        )
        if sent < due:
            placed = intake.take([(data, "northbank") for data in files[sent:due]])
            for number, (one,) in enumerate(placed, sent):
                arrived[one.sha256] = started + number / 1_000
                commit.append(one.stream, [one.data])
            sent = due
        commit.flush(engine)
    engine.close()
    taken.sort()
    p50, p99 = (taken[int(len(taken) * share)] * 1_000 for share in (0.5, 0.99))
    return [
        (
            "confirmation to authorized mint at 1,000 a second, p50 / p99",
            f"{p50:.1f} / {p99:.1f} ms",
            "10 ms",
        )
    ]


def _movement(number: int) -> Movement:
    custodian = CUSTODIANS[0]
    return Movement(
        custodian=custodian,
        account="NB-1",
        isin="US1912161007",
        quantity="100",
        message_id=f"L{number}",
        transaction=f"LT{number}",
        reference=reference_of(number),
    )


def reading(_folder: Path, scale: float) -> list[Row]:
    """Read sese.025 beside the bare parse of the same document by lxml."""
    chance = Random(2)
    files = [sese025(_movement(number), chance) for number in range(max(100, int(2_000 * scale)))]
    documents = [data[data.index(b"<Document") : data.index(b"</Document>") + 11] for data in files]
    ours = len(files) / median_of(3, lambda: timed(lambda: [registry.read(data) for data in files]))
    bare = len(files) / median_of(3, lambda: timed(lambda: [etree.fromstring(data) for data in documents]))
    return [("sese.025 read a second, beside the bare lxml parse", f"{ours:,.0f} ({bare:,.0f})", "4,000")]


def growth(_folder: Path, scale: float, progress: Progress) -> list[Row]:
    """Time one more decision in a small and in a large book, and weigh what the large one remembers."""
    small, large = max(1_000, int(10_000 * scale)), max(5_000, int(1_000_000 * scale))
    bench = Bench(_Forgetful(), pending_max=500)
    at_small, _ = _grow(bench, small, progress, 0)
    memory_small = _resident_bytes()
    issued = bench_issued(bench)
    at_large, decisions = _grow(bench, large, progress, issued)
    memory_closed = (_resident_bytes() - memory_small) / max(1, decisions - small)
    before, first = _resident_bytes(), bench_issued(bench)
    opened = max(500, int(100_000 * scale))
    numbers = range(first, first + opened)
    requests = [message("issuance_requested", "atlas", request(number), number) for number in numbers]
    bench.engine.append({inbox_stream("inbox.requests", 0): requests})
    del requests
    bench.settle()
    memory_open = (_resident_bytes() - before) / opened
    return [
        (
            f"one more decision at {large:,} against at {small:,} decisions",
            f"{at_large / at_small:.2f} times ({at_small * 1e6:.0f} us, {at_large * 1e6:.0f} us)",
            "1.3 times",
        ),
        ("memory per million closed decisions", f"{memory_closed * 1e6 / 2**20:,.0f} MiB", ""),
        ("memory per million open issuances", f"{memory_open * 1e6 / 2**20:,.0f} MiB", ""),
    ]


class _Forgetful(MemoryEngine):
    """Keeps nothing that has been read past, so that only the state's own memory is weighed."""

    def __init__(self) -> None:
        super().__init__()
        self._tails: dict[str, deque[Entry]] = {}
        self._next: dict[str, int] = {}

    def append(self, batches: Mapping[str, Sequence[bytes]]) -> None:
        for stream, values in batches.items():
            tail, position = self._tails.setdefault(stream, deque()), self._next.get(stream, 0)
            tail.extend(Entry(position + number, value) for number, value in enumerate(values))
            self._next[stream] = position + len(values)

    def read(self, stream: str, position: int, limit: int) -> list[Entry]:
        tail = self._tails.get(stream, deque())
        while tail and tail[0].position < position:
            tail.popleft()
        return list(islice(tail, limit))

    def end(self, stream: str) -> int:
        return self._next.get(stream, 0)


def bench_issued(bench: Bench) -> int:
    return len(bench.settlement.runner.loop.state.instruments["KOx"].references)


def _grow(bench: Bench, until: int, progress: Progress, first: int) -> tuple[float, int]:
    """Play issuances until so many decisions stand; return seconds a decision over the last stretches."""
    collector = Collector()
    task = progress.add_task(f"growing a book to {until:,} decisions", total=until)
    while (seq := bench.settlement.runner.loop.chain.seq) < until:
        progress.update(task, completed=seq)
        collector.made(bench.issuances(first, 500))
        first += 500
    progress.update(task, completed=until)
    samples = []
    for _ in range(5):
        started = time.perf_counter()
        decisions = bench.issuances(first, 500)
        samples.append((time.perf_counter() - started) / decisions)
        collector.made(decisions)
        first += 500
    return statistics.median(samples), bench.settlement.runner.loop.chain.seq


def _resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()
