"""Reading files from outside: bounded, and never blocked by what is no file.

| function      | follows links | reads pipes | for                                              |
|---------------|---------------|-------------|--------------------------------------------------|
| read_named    | yes           | yes         | what a person names on the command line          |
| read_laid_in  | no            | no          | what anybody may have laid into a watched folder |
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

BYTES_MAX = 256 * 1024 * 1024
"""The largest file that is kept as evidence; readers park what is far smaller than that."""


class NotReadable(Exception):  # noqa: N818 - it names the finding
    """A file that cannot be taken, and why, in one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a file from another one, or from itself with other bytes, under the same name."""

    device: int
    inode: int
    size: int
    written_at_ns: int


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file, and which file it was."""

    data: bytes
    identity: Identity


def identity(status: os.stat_result) -> Identity:
    """Return the identity of a file."""
    return Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def read_named(path: Path) -> bytes:
    """Return the bytes of what a person named; `NotReadable` names it and the fix."""
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise NotReadable(f"{path}: {error.strerror}; name a file that can be read") from error
    except ValueError as error:
        raise NotReadable(f"{path}: {error}; name a file that can be read") from error
    if len(data) > BYTES_MAX:
        raise NotReadable(f"{path}: larger than {BYTES_MAX} bytes; split it into messages first")
    return data


def read_laid_in(path: Path) -> Content:
    """Return the bytes of a regular file; `NotReadable` where it is none, or may not be read."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        why = "a symbolic link; lay the file itself in" if path.is_symlink() else error.strerror
        raise NotReadable(f"{path}: {why}") from error
    try:
        return _read_open(number, path)
    except OSError as error:
        raise NotReadable(f"{path}: {error.strerror}") from error
    finally:
        os.close(number)


def _read_open(number: int, path: Path) -> Content:
    status = os.fstat(number)
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "no file"
        raise NotReadable(f"{path}: {what}; lay the file itself in")
    if status.st_size > BYTES_MAX:
        raise NotReadable(f"{path}: larger than {BYTES_MAX} bytes; split it into messages first")
    with os.fdopen(number, "rb", closefd=False) as file:
        return Content(file.read(BYTES_MAX + 1), identity(status))
