"""One durable transaction: all of it or nothing, and an error that says which."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workers.log.sqlite.failures import RAISED, Step, translate


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Hold the log for writing, then commit and sync; whatever is raised inside rolls everything back.

    IMMEDIATE takes the one write lock first, so what is read inside cannot be outdated when it is written.
    """
    step = Step.APPENDING
    try:
        _roll_back(connection)  # a transaction that a failed rollback left open
        connection.execute("BEGIN IMMEDIATE")
        yield
        step = Step.COMMITTING
        connection.execute("COMMIT")
    except (*RAISED, MemoryError) as error:
        _roll_back(connection)
        raise translate(error, path, step) from error
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    """SQLite may have rolled back by itself already; what fails here is found by the next transaction."""
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
