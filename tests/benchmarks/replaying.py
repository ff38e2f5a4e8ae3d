"""Replay with verification, beside the replay of the eventsourcing package."""

import json
import statistics
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from eventsourcing.domain import Aggregate
from eventsourcing.domain import event as recorded
from eventsourcing.system import Application

from schemas.streams import is_book
from tests.benchmarks.timing import Row, median_of, timed
from tests.benchmarks.workload import Bench, shape
from tests.simulation.run import play
from workers.audit import EngineSource
from workers.audit import replay as replay_log
from workers.log.engine import Entry
from workers.log.sqlite import SqliteEngine

AMOUNTS = frozenset(("shares", "shares_in", "units", "multiplier"))


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


def replay_of_the_simulators_mix(folder: Path, scale: float) -> list[Row]:
    """Replay what the simulator's seeds leave behind: every kind of record, void ones too, in short books."""
    engines = [
        _simulated_log(folder / f"seed-{seed}.sqlite", seed) for seed in range(max(5, int(60 * scale)))
    ]
    stored = sum(len(entry.value) for engine in engines for entry in _records(engine))
    rates = []
    for _ in range(7):
        started = time.perf_counter()
        replays = [replay_log(EngineSource(engine)) for engine in engines]
        records = sum(each.records for each in replays)
        rates.append(records / (time.perf_counter() - started))
    for engine in engines:
        engine.close()
    events = sum(each.events for each in replays) / records
    return [
        ("the same on the simulator's mix, in short books", f"{statistics.median(rates):,.0f}", "60,000"),
        ("    events and bytes a record", f"{events:.2f} and {stored / records:,.0f}", ""),
    ]


def _simulated_log(path: Path, seed: int) -> SqliteEngine:
    world, _ = play(seed)
    log = world.watcher.engine
    engine = SqliteEngine(path)
    books = [stream for stream in log.streams() if is_book(stream)]
    engine.append({book: [entry.value for entry in log.read(book, 0, 1_000_000)] for book in books})
    return engine


def _records(engine: SqliteEngine) -> Iterator[Entry]:
    for stream in engine.streams():
        yield from engine.read(stream, 0, 1_000_000)


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
