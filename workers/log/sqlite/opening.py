"""Finds out whether a path is a log of ours, and opens it; a file that is not is never touched."""

import os
import sqlite3
from pathlib import Path

from workers.log.engine import LogDamaged, LogError, LogUnusable
from workers.log.sqlite.creation import create
from workers.log.sqlite.failures import RAISED, Step, translate
from workers.log.sqlite.layout import APPLICATION_ID, FORMAT, TABLES

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_APPLICATION_ID = slice(68, 72)

# 16 MB between two checkpoints: fewer syncs for large batches, and the write-ahead log is soon written over
# instead of growing, which is slower where every append is a commit.
_CHECKPOINT_PAGES = 2000
_CACHE_KIB = 16_384
_WRITE_AHEAD_BYTES_KEPT = 64 * 1024 * 1024


def open_log(path: Path, *, busy_timeout_ms: int, read_only: bool) -> sqlite3.Connection:
    """Return a connection to the log at this path, created if absent unless only reading.

    LogUnusable, LogDamaged or LogBusy otherwise, in one sentence that names the path.
    """
    try:
        _ensure(path, read_only=read_only)
        _identify(path)
    except OSError as error:
        raise LogUnusable(f"{path} cannot be opened: {error.strerror}") from error
    connection = _connect(path, busy_timeout_ms=busy_timeout_ms, read_only=read_only)
    try:
        _prepare(connection, read_only=read_only)
        _verify(connection, path)
    except RAISED as error:
        connection.close()
        raise translate(error, path, Step.OPENING) from error
    except LogError:
        connection.close()
        raise
    return connection


def _ensure(path: Path, *, read_only: bool) -> None:
    if path.is_dir():
        raise LogUnusable(f"{path} is a folder; name the log's file in it")
    if read_only and not path.exists():
        raise LogUnusable(f"there is no log at {path}")
    if not path.exists():
        create(path)
    if not read_only and not os.access(path, os.W_OK):
        raise LogUnusable(f"{path} may not be written; change its rights or open it for reading only")
    if not read_only and not os.access(path.parent, os.W_OK):
        raise LogUnusable(
            f"the folder {path.parent} may not be written, which appending to {path.name} needs"
        )


def _identify(path: Path) -> None:
    """Look at the file's first bytes before SQLite does, which could recover or change another's file."""
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header:
        raise LogDamaged(f"{path} is empty, which a log never is; restore a copy, or remove it to start anew")
    if header[: len(_MAGIC)] != _MAGIC[: len(header)]:
        raise LogUnusable(f"{path} is not a log (or its first bytes are damaged); nothing was changed")
    if len(header) < _HEADER_BYTES:
        raise LogDamaged(f"{path} is cut off within its header; restore a copy")
    if int.from_bytes(header[_APPLICATION_ID], "big") != APPLICATION_ID:
        raise LogUnusable(f"{path} is the SQLite file of another program; nothing was changed")


def _connect(path: Path, *, busy_timeout_ms: int, read_only: bool) -> sqlite3.Connection:
    mode = "mode=rw"
    if read_only:
        mode = "immutable=1" if _at_rest(path) else "mode=ro"
    try:
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}",
            uri=True,
            isolation_level=None,
            timeout=busy_timeout_ms / 1000,
        )
    except RAISED as error:
        raise translate(error, path, Step.OPENING) from error


def _at_rest(path: Path) -> bool:
    """Return whether nobody has the log open and no lock file can be made for it (a read-only medium)."""
    beside = (path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm"))
    return not os.access(path.parent, os.W_OK) and not any(file.exists() for file in beside)


def _prepare(connection: sqlite3.Connection, *, read_only: bool) -> None:
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")  # on macOS an ordinary sync leaves bytes in the drive's cache
    connection.execute("PRAGMA checkpoint_fullfsync = ON")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {_WRITE_AHEAD_BYTES_KEPT}")


def _verify(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > FORMAT:
        raise LogUnusable(f"{path} has format {version}; a newer Tallystick that knows it is needed")
    if version < FORMAT:
        raise LogDamaged(f"{path} has format {version}, which never was; restore a copy")
    present = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if missing := sorted(TABLES.keys() - present):
        raise LogDamaged(f"{path} lacks the table {missing[0]}; restore a copy")
