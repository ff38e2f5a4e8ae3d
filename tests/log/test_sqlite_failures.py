"""SQLite's result codes, and what each means for the caller at each step."""

import sqlite3
from pathlib import Path

import pytest

from workers.log.engine import AppendFailed, LogBusy, LogDamaged, LogError, LogUnusable, OutcomeUnknown
from workers.log.sqlite.failures import Step, translate

EVERYWHERE_BUSY = (LogBusy, LogBusy, LogBusy, LogBusy)
EVERYWHERE_DAMAGED = (LogDamaged, LogDamaged, LogDamaged, LogDamaged)
REFUSED_WRITE = (LogUnusable, LogDamaged, AppendFailed, AppendFailed)
FORBIDDEN = (LogUnusable, LogUnusable, LogUnusable, OutcomeUnknown)
OTHER = (LogUnusable, LogDamaged, AppendFailed, OutcomeUnknown)

TABLE = {
    "SQLITE_BUSY": EVERYWHERE_BUSY,
    "SQLITE_BUSY_RECOVERY": EVERYWHERE_BUSY,
    "SQLITE_PROTOCOL": EVERYWHERE_BUSY,
    "SQLITE_CORRUPT": EVERYWHERE_DAMAGED,
    "SQLITE_CORRUPT_INDEX": EVERYWHERE_DAMAGED,
    "SQLITE_NOTADB": EVERYWHERE_DAMAGED,
    "SQLITE_IOERR_READ": EVERYWHERE_DAMAGED,
    "SQLITE_IOERR_SHORT_READ": EVERYWHERE_DAMAGED,
    "SQLITE_FULL": REFUSED_WRITE,
    "SQLITE_IOERR_WRITE": REFUSED_WRITE,
    "SQLITE_READONLY": FORBIDDEN,
    "SQLITE_CANTOPEN": FORBIDDEN,
    "SQLITE_IOERR_FSYNC": OTHER,
    "SQLITE_IOERR_SHMMAP": OTHER,
    "SQLITE_INTERRUPT": OTHER,
}


@pytest.mark.parametrize("name", TABLE)
def test_a_result_code_means_what_the_table_says(name: str) -> None:
    error = sqlite3.OperationalError("why")
    error.sqlite_errorcode, error.sqlite_errorname = getattr(sqlite3, name), name
    translated = [translate(error, Path("log.sqlite"), step) for step in Step]
    assert tuple(map(type, translated)) == TABLE[name]
    assert all("log.sqlite" in str(found) and "\n" not in str(found) for found in translated)


@pytest.mark.parametrize(
    ("step", "kind"), [(Step.APPENDING, AppendFailed), (Step.COMMITTING, OutcomeUnknown)]
)
def test_no_memory_is_an_outcome_like_any_other(step: Step, kind: type[LogError]) -> None:
    assert type(translate(MemoryError(), Path("log.sqlite"), step)) is kind
