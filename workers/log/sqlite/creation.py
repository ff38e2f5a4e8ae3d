"""Makes an empty log under its name in one step, so that a file that is there is always a whole log."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from workers.log.engine import LogDamaged, LogUnusable
from workers.log.sqlite.failures import RAISED, Step, translate
from workers.log.sqlite.layout import APPLICATION_ID, FORMAT, PAGE_BYTES, TABLES


def create(path: Path) -> None:
    """Create an empty log; where another process was faster, its log stays and is used.

    LogUnusable where the folder is missing or may not be written; LogDamaged where the end of another log
    stands beside the missing file, because SQLite would write that into the new one.
    """
    if not path.parent.is_dir():
        raise LogUnusable(f"the folder {path.parent} does not exist; create it for the log")
    write_ahead = path.with_name(path.name + "-wal")
    if write_ahead.exists() and write_ahead.stat().st_size:
        raise LogDamaged(f"{path} is gone but {write_ahead.name} is still there; restore the file beside it")
    draft = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        draft.unlink(missing_ok=True)
        _fill(draft)
        _publish(draft, path)
    except OSError as error:
        raise LogUnusable(f"no log can be created at {path}: {error.strerror}") from error
    except RAISED as error:
        raise translate(error, path, Step.OPENING) from error
    finally:
        draft.unlink(missing_ok=True)


def _fill(draft: Path) -> None:
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        for statement in TABLES.values():
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")


def _publish(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)  # unlike a rename, refuses to replace a log that another process just made
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
