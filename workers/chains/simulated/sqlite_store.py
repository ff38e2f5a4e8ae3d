"""The chain in a small SQLite file of its own, since the outside world does not go down with the product.

    genesis   name, tokens (JSON), timestamp
    blocks    height, parent, time_milliseconds, branch, hash, quiet_count, quiet_step_milliseconds
    included  height, position, data
    mempool   hash, data, in order of arrival
    head      final_height, branch

WAL with `synchronous=NORMAL`: a killed process loses nothing that returned; a power failure may lose the end.
"""

import contextlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from schemas import canonical
from workers.chains.base import ChainRefused
from workers.chains.simulated.blocks import Quiet, Sealed
from workers.chains.simulated.store import Change, StoreBusy, Stored, StoreDamaged, StoreUnusable
from workers.chains.simulated.transactions import Transaction, decode

_SCHEMA = """
CREATE TABLE IF NOT EXISTS genesis (name TEXT, tokens TEXT, timestamp INTEGER);
CREATE TABLE IF NOT EXISTS blocks (
    height INTEGER PRIMARY KEY, parent TEXT, time_milliseconds INTEGER, branch INTEGER, hash TEXT,
    quiet_count INTEGER NOT NULL DEFAULT 0, quiet_step_milliseconds INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS included (
    height INTEGER, position INTEGER, data BLOB, PRIMARY KEY (height, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mempool (arrival INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT UNIQUE, data BLOB);
CREATE TABLE IF NOT EXISTS head (final_height INTEGER, branch INTEGER);
"""


class SqliteStore:
    """A `Store` in one file, held by one process at a time (`StoreBusy`)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with _told(path):
            self._connection = _opened(path)

    def load(self) -> Stored | None:
        """Return what is kept, or None where nothing is; `StoreDamaged` where it cannot be read."""
        with _told(self._path):
            return self._loaded()

    def create(self, name: str, tokens: tuple[str, ...], timestamp: int) -> None:
        """Keep a new chain's beginning; timestamp in seconds."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO genesis VALUES (?, ?, ?)", (name, canonical.encode(tokens).decode(), timestamp)
            )
            connection.execute("INSERT INTO blocks (height) VALUES (0)")
            connection.execute("INSERT INTO head VALUES (0, 0)")

    def write(self, change: Change) -> None:
        """Keep a change, all of it or nothing; a killed process loses none that returned."""
        with self._transaction() as connection:
            if change.dropped_after is not None:
                self._drop_after(change.dropped_after)
            if change.sealed is not None:
                self._seal(change.sealed)
            if change.quiet is not None:
                self._extend(change.quiet)
            connection.executemany("DELETE FROM mempool WHERE hash = ?", [(name,) for name in change.removed])
            connection.executemany(
                "INSERT INTO mempool (hash, data) VALUES (?, ?)", [(t.hash, t.data) for t in change.added]
            )
            connection.execute(
                "UPDATE head SET final_height = ?, branch = ?", (change.final_height, change.branch)
            )

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _loaded(self) -> Stored | None:
        genesis = self._connection.execute("SELECT name, tokens, timestamp FROM genesis").fetchone()
        if genesis is None:
            return None
        final_height, branch = self._connection.execute("SELECT final_height, branch FROM head").fetchone()
        mempool = self._connection.execute("SELECT data FROM mempool ORDER BY arrival")
        quiet = self._connection.execute(
            "SELECT quiet_count, quiet_step_milliseconds FROM blocks WHERE height = 0"
        ).fetchone()
        return Stored(
            name=genesis[0],
            tokens=tuple(json.loads(genesis[1])),
            timestamp=genesis[2],
            genesis_quiet=Quiet(*quiet),
            blocks=self._blocks(),
            mempool=tuple(_decoded(data) for (data,) in mempool),
            final_height=final_height,
            branch=branch,
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _told(self._path), self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    def _drop_after(self, height: int) -> None:
        self._connection.execute("DELETE FROM included WHERE height > ?", (height,))
        self._connection.execute("DELETE FROM blocks WHERE height > ?", (height,))
        self._connection.execute(
            "UPDATE blocks SET quiet_count = min(quiet_count, ? - height)"
            " WHERE height = (SELECT max(height) FROM blocks)",
            (height,),
        )

    def _seal(self, sealed: Sealed) -> None:
        self._connection.execute(
            "INSERT INTO blocks (height, parent, time_milliseconds, branch, hash) VALUES (?, ?, ?, ?, ?)",
            (sealed.height, sealed.parent, sealed.time_milliseconds, sealed.branch, sealed.hash),
        )
        self._connection.executemany(
            "INSERT INTO included VALUES (?, ?, ?)",
            [(sealed.height, position, t.data) for position, t in enumerate(sealed.transactions)],
        )

    def _extend(self, quiet: Quiet) -> None:
        self._connection.execute(
            "UPDATE blocks SET quiet_count = ?, quiet_step_milliseconds = ?"
            " WHERE height = (SELECT max(height) FROM blocks)",
            (quiet.count, quiet.step_milliseconds),
        )

    def _blocks(self) -> Iterator[tuple[Sealed, Quiet]]:
        with _told(self._path):
            yield from self._read_blocks()

    def _read_blocks(self) -> Iterator[tuple[Sealed, Quiet]]:
        included: defaultdict[int, list[Transaction]] = defaultdict(list)
        # Read whole: as many rows as the chain has in memory anyway, and nothing is left open behind it.
        for height, data in self._connection.execute(
            "SELECT height, data FROM included ORDER BY height, position"
        ):
            included[height].append(_decoded(data))
        rows = self._connection.execute(
            "SELECT height, parent, time_milliseconds, branch, hash, quiet_count, quiet_step_milliseconds"
            " FROM blocks WHERE height > 0 ORDER BY height"
        )
        for height, parent, time_milliseconds, branch, digest, quiet_count, quiet_step in rows:
            sealed = Sealed(
                height=height,
                parent=parent,
                time_milliseconds=time_milliseconds,
                branch=branch,
                transactions=tuple(included[height]),
            )
            if sealed.hash != digest:
                raise StoreDamaged(f"block {height} is stored as {digest} and is {sealed.hash}")
            yield sealed, Quiet(quiet_count, quiet_step)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
    try:
        # Held exclusively from the first write to the end: two processes would each run another chain.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _decoded(data: bytes) -> Transaction:
    try:
        return decode(data)
    except ChainRefused as error:
        raise StoreDamaged(f"a stored transaction cannot be read: {error}") from error


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say what SQLite says in the words of the store."""
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.ProgrammingError) as error:
        if "locked" in str(error):
            raise StoreBusy(f"another process runs the chain in {path}") from error
        raise StoreUnusable(f"{path} cannot be used: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(f"{path} is not a chain's file: {error}") from error
