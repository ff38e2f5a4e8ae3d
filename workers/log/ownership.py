"""Exclusive ownership of an embedded log's folder by one running process.

The kernel releases the lock with the process, however it ends, so what a dead owner left in the file is no
obstacle. The file stays after release: removing it would let two owners lock two files of the same name.
"""

import fcntl
import json
import os
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from schemas import instants
from workers.log.engine import LogBusy, LogUnusable

LOCK_NAME = "owner.lock"

_TEXT_BYTES_MAX = 4096
_TRIES = 5
_BETWEEN_TRIES_SECONDS = 0.02


class Ownership:
    """Holds a folder from construction until `release`, or for the length of a `with`.

    LogBusy where another process (or another Ownership of this one) holds it, naming pid, host and since;
    LogUnusable where there is no such folder or it may not be written. A forked child shares the lock and
    keeps it as long as it lives; a program started by `subprocess` does not.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOCK_NAME
        self._file: int | None = _lock(self.path)

    def release(self) -> None:
        """Let another process own the folder; releasing twice is allowed."""
        if self._file is None:
            return
        with suppress(OSError):  # a full disk must not keep the folder locked
            os.ftruncate(self._file, 0)
        os.close(self._file)
        self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_owned(folder: Path) -> bool:
    """Return whether a process owns the folder now; asking holds the lock for a moment, shared."""
    try:
        file = os.open(folder / LOCK_NAME, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _lock(path: Path) -> int:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise LogUnusable(
            f"the folder {path.parent} cannot be owned: {path.name}: {error.strerror}"
        ) from error
    try:
        _lock_exclusively(file)
        _sign(file)
    except BlockingIOError as error:
        owner = _owner(file)
        os.close(file)
        raise LogBusy(f"{path.parent} is in use by {owner}; stop it first, or name another folder") from error
    except OSError as error:
        os.close(file)
        raise LogUnusable(
            f"the folder {path.parent} cannot be owned: {path.name}: {error.strerror}"
        ) from error
    return file


def _lock_exclusively(file: int) -> None:
    """Lock, outlasting those who only ask whether somebody owns the folder."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_BETWEEN_TRIES_SECONDS)
        else:
            return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sign(file: int) -> None:
    owner = {"host": socket.gethostname(), "pid": os.getpid(), "since": instants.text(datetime.now(UTC))}
    os.ftruncate(file, 0)
    os.pwrite(file, json.dumps(owner).encode() + b"\n", 0)


def _owner(file: int) -> str:
    """Say who holds the lock; for a moment after locking, its file may not say so yet."""
    try:
        owner = json.loads(os.pread(file, _TEXT_BYTES_MAX, 0))
        return f"process {owner['pid']} on {owner['host']} since {owner['since']}"
    except (OSError, ValueError, TypeError, KeyError):
        return "another process"
