"""What SQLite's result codes mean for the log: https://www.sqlite.org/rescode.html.

| code                   | opening  | reading  | appending | committing |
|------------------------|----------|----------|-----------|------------|
| BUSY, LOCKED, PROTOCOL | busy     | busy     | busy      | busy       |
| CORRUPT, NOTADB, ERROR | damaged  | damaged  | damaged   | damaged    |
| IOERR_READ, ...        | damaged  | damaged  | damaged   | damaged    |
| FULL, IOERR_WRITE      | unusable | damaged  | failed    | failed     |
| READONLY, CANTOPEN, ...| unusable | unusable | unusable  | unknown    |
| anything else          | unusable | damaged  | failed    | unknown    |

A commit writes its frames in order, the commit mark in the last one, each with a checksum over all before it,
and only then makes them durable. So a refused *write* leaves no complete commit mark: nothing was appended.
A refused *sync* comes after the mark: the bytes may be on the disk, and a recovery may find them, unless the
next commit has written over them.
"""

import sqlite3
from enum import Enum
from pathlib import Path

from workers.log.engine import AppendFailed, LogBusy, LogDamaged, LogError, LogUnusable, OutcomeUnknown

RAISED = (sqlite3.Error, OverflowError)
"""What the `sqlite3` module raises; an OverflowError is a value of more than 2 GB."""


class Step(Enum):
    """How far a call had come when SQLite refused."""

    OPENING = "opened"
    READING = "read"
    APPENDING = "appended to"
    COMMITTING = "committed to"


_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_FORBIDDEN = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_READ_REFUSED = {
    sqlite3.SQLITE_IOERR_READ,
    sqlite3.SQLITE_IOERR_SHORT_READ,
    sqlite3.SQLITE_IOERR_CORRUPTFS,
    sqlite3.SQLITE_IOERR_DATA,
}
_PRIMARY = 0xFF


_SENTENCES: dict[type[LogError], str] = {
    LogBusy: "{path} is held by another process, nothing was appended; try again later",
    LogDamaged: "{path} is damaged ({why}); keep it as it is and restore a copy",
    AppendFailed: "nothing was appended to {path} ({why}); see to the disk, then append again",
    OutcomeUnknown: "nobody knows what was appended to {path} ({why}); read before anything else",
    LogUnusable: "{path} could not be {step} ({why}); check the rights on the file and its folder",
}


def translate(error: BaseException, path: Path, step: Step) -> LogError:
    """Return the log's error for one of SQLite's, as the table above says."""
    if isinstance(error, sqlite3.ProgrammingError):
        return LogUnusable(f"the log {path} was used wrongly ({error})")
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_NOMEM)
    why = f"{getattr(error, 'sqlite_errorname', type(error).__name__)}: {error}"
    kind = _kind(code, step)
    return kind(_SENTENCES[kind].format(path=path, why=why, step=step.value))


def _kind(code: int, step: Step) -> type[LogError]:
    if code & _PRIMARY in _BUSY:
        return LogBusy
    if code & _PRIMARY in _DAMAGED or code in _READ_REFUSED:
        return LogDamaged
    if _write_refused(code) and step in (Step.APPENDING, Step.COMMITTING):
        return AppendFailed
    if step is Step.COMMITTING:
        return OutcomeUnknown
    return LogUnusable if code & _PRIMARY in _FORBIDDEN else _otherwise(step)


def _write_refused(code: int) -> bool:
    return code & _PRIMARY == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_WRITE


def _otherwise(step: Step) -> type[LogError]:
    if step is Step.OPENING:
        return LogUnusable
    return LogDamaged if step is Step.READING else AppendFailed
