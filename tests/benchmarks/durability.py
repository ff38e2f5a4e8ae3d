"""Durable appends, beside raw SQLite rows of the same bytes."""

import sqlite3
import statistics
from pathlib import Path

from tests.benchmarks.timing import Row, timed
from workers.log.sqlite import SqliteEngine


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
