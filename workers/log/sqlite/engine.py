"""The binding interface over one SQLite file."""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workers.log.engine import Entry, LogDamaged, LogUnusable
from workers.log.sqlite import layout
from workers.log.sqlite.failures import RAISED, Step, translate
from workers.log.sqlite.opening import open_log
from workers.log.sqlite.transaction import transaction


class SqliteEngine:
    """A log in one file; several processes may have it open and append to it, one at a time.

    Each engine belongs to the thread and the process that made it. With `read_only` nothing is created or
    changed, and another process may be appending meanwhile. `busy_timeout_ms` is how long a call waits for
    another process's append before it raises LogBusy.
    """

    def __init__(self, path: Path, *, read_only: bool = False, busy_timeout_ms: int = 5000) -> None:
        self.path = path
        self.read_only = read_only
        self._open: sqlite3.Connection | None = open_log(
            path, busy_timeout_ms=busy_timeout_ms, read_only=read_only
        )
        self._numbers: dict[str, int] = {}  # committed ones only; a stream's number never changes
        self._process = os.getpid()

    def append(self, batches: Mapping[str, Sequence[bytes]]) -> None:
        """Append all batches in one durable transaction.

        AppendFailed, LogBusy, LogDamaged: nothing was appended. OutcomeUnknown: the sync failed.
        """
        filled = {stream: values for stream, values in batches.items() if values}
        if not filled:
            self._connection()
            return
        connection = self._writable()
        with transaction(connection, self.path):
            numbers = {stream: self._number_or_new(connection, stream) for stream in filled}
            for stream, values in filled.items():
                _extend(connection, numbers[stream], values)
        self._numbers.update(numbers)

    def read(self, stream: str, position: int, limit: int) -> list[Entry]:
        """Return up to `limit` entries from a position on, fewer only at the end of the stream.

        LogDamaged where an entry is missing, or has other bytes than were appended.
        """
        if position < 0 or limit < 0:
            raise ValueError("a position and a limit are 0 or more")
        with self._reading() as connection:
            number = self._number(connection, stream)
            if number is None:
                return []
            rows = connection.execute(layout.ENTRY_PAGE, (number, position, limit)).fetchall()
        return self._entries(stream, position, rows)

    def end(self, stream: str) -> int:
        """Return the position that the next append to this stream would get."""
        with self._reading() as connection:
            number = self._number(connection, stream)
            return 0 if number is None else _end(connection, number)

    def streams(self) -> list[str]:
        """Return the names of all streams that have an entry, sorted."""
        with self._reading() as connection:
            return [name for (name,) in connection.execute(layout.STREAM_NAMES)]

    def keep_evidence(self, data: bytes) -> str:
        """Store the bytes once under their SHA-256, durably, and return it."""
        return self.keep_all_evidence([data])[0]

    def keep_all_evidence(self, items: Iterable[bytes]) -> list[str]:
        """Store all items in one durable transaction and return their digests in the same order."""
        digested = [(hashlib.sha256(data).hexdigest(), data) for data in items]
        with self._reading() as connection:
            absent = [row for row in digested if not _kept(connection, row[0])]
        if absent:
            connection = self._writable()
            with transaction(connection, self.path):
                connection.executemany(layout.EVIDENCE_ADD, absent)
        return [sha256 for sha256, _ in digested]

    def evidence(self, sha256: str) -> bytes | None:
        """Return the bytes that have this digest, or None; LogDamaged where they have another one now."""
        with self._reading() as connection:
            row = connection.execute(layout.EVIDENCE_GET, (sha256,)).fetchone()
        if row is None:
            return None
        data: bytes = row[0]
        if hashlib.sha256(data).hexdigest() != sha256:
            raise LogDamaged(f"{self.path} holds changed bytes as evidence {sha256}; restore a copy")
        return data

    def evidence_digests(self) -> list[str]:
        """Return the digests of all evidence, sorted."""
        with self._reading() as connection:
            return [sha256 for (sha256,) in connection.execute(layout.EVIDENCE_DIGESTS)]

    def check(self) -> None:
        """Read the whole file's structure and count every stream; LogDamaged names the first finding."""
        with self._reading() as connection:
            (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            gap = connection.execute(layout.ENTRY_GAPS).fetchone()
        if finding != "ok":
            raise LogDamaged(f"{self.path} is damaged ({' '.join(finding.split())}); restore a copy")
        if gap:
            raise LogDamaged(f"{self.path} lacks entries of {gap[0]}; restore a copy")

    def close(self) -> None:
        """Release the file; closing twice is allowed."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            raise LogUnusable(f"the log {self.path} is closed here; open it again")
        if os.getpid() != self._process:  # SQLite's file locks do not survive a fork
            raise LogUnusable(f"the log {self.path} was opened by process {self._process}; open it here anew")
        return self._open

    def _writable(self) -> sqlite3.Connection:
        connection = self._connection()
        if self.read_only:
            raise LogUnusable(f"the log {self.path} is open for reading only; nothing was appended")
        return connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        try:
            yield connection
        except RAISED as error:
            raise translate(error, self.path, Step.READING) from error

    def _number(self, connection: sqlite3.Connection, stream: str) -> int | None:
        number = self._numbers.get(stream)
        if number is not None:
            return number
        row = connection.execute(layout.STREAM_NUMBER, (stream,)).fetchone()
        if row is None:
            return None
        self._numbers[stream] = row[0]  # committed: `append` looks for a stream before it adds one
        return int(row[0])

    def _number_or_new(self, connection: sqlite3.Connection, stream: str) -> int:
        number = self._number(connection, stream)
        if number is not None:
            return number
        added = connection.execute(layout.STREAM_ADD, (stream,)).lastrowid
        assert added is not None
        return added

    def _entries(self, stream: str, position: int, rows: list[Any]) -> list[Entry]:
        crc = layout.crc
        entries = [Entry(at, value) for at, check, value in rows if crc(at, value) == check]
        if len(entries) != len(rows):
            raise LogDamaged(
                f"{self.path} holds changed bytes in {stream} after position {position}; restore a copy"
            )
        if entries and (entries[0].position != position or entries[-1].position != position + len(rows) - 1):
            raise LogDamaged(
                f"{self.path} lacks entries of {stream} after position {position}; restore a copy"
            )
        return entries


def _kept(connection: sqlite3.Connection, sha256: str) -> bool:
    return connection.execute(layout.EVIDENCE_KNOWN, (sha256,)).fetchone() is not None


def _end(connection: sqlite3.Connection, number: int) -> int:
    (end,) = connection.execute(layout.ENTRY_END, (number,)).fetchone()
    return int(end)


def _extend(connection: sqlite3.Connection, number: int, values: Sequence[bytes]) -> None:
    start = _end(connection, number)
    rows = [(number, at, layout.crc(at, value), value) for at, value in enumerate(values, start)]
    connection.executemany(layout.ENTRY_ADD, rows)
