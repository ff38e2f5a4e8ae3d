"""Snapshots: a book's folded state in a file, so that reading the book begins there and not at its start.

A snapshot is a cache. One that cannot be used (another program's, damaged, not there) is passed over, and the
book is read from its start. One that names a record which the log does not hold is another matter: then the
log has lost its end, or is another log, and nobody may append to it.

The file is one line of JSON and a pickle. Only classes of states and of their parts are ever unpickled, so
that a file which somebody else wrote can make wrong states, as a wrong log could, but runs nothing.
"""

import hashlib
import importlib
import io
import json
import os
import pickle
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import structlog

from schemas.canonical import digest
from workers.log.engine import Engine, LogDamaged
from workers.log.rule import Chain
from workers.loop import Snapshot

S = TypeVar("S")

FORMAT: Final = 1
OWN: Final = ("schemas.", "workers.core.")
OTHERS: Final[dict[tuple[str, str], type]] = {
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("collections", "OrderedDict"): OrderedDict,
    ("workers.log.rule", "Chain"): Chain,
}
SHAPED_BY: Final = ("schemas", "workers.core", "workers.log.rule")
"""What makes a state what it is, a package or a module: a snapshot of other source is another program's."""


class _Unusable(Exception):  # noqa: N818 - it names the finding
    """Why a snapshot is passed over."""


def write(folder: Path, snapshot: Snapshot[Any]) -> Path:
    """Write a book's snapshot in place of the one before, durably; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = path_of(folder, snapshot.chain.book)
    payload = pickle.dumps((snapshot.chain, snapshot.state), protocol=5)
    header = {
        "book": snapshot.chain.book,
        "format": FORMAT,
        "head_position": snapshot.head_position,
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
        "position": snapshot.position,
        "program": program(),
        "seq": snapshot.chain.seq,
        "sha256": snapshot.chain.head,
    }
    being_written = path.with_suffix(f".{os.getpid()}")
    with being_written.open("wb") as file:
        file.write(json.dumps(header, sort_keys=True).encode() + b"\n")
        file.write(payload)
        file.flush()
        os.fsync(file.fileno())
    being_written.replace(path)
    return path


def load(folder: Path, book: str, engine: Engine, kind: type[S]) -> Snapshot[S] | None:
    """Return a book's snapshot, or None where there is none that can be used.

    `LogDamaged` where the log does not hold the record that it names.
    """
    path = path_of(folder, book)
    log = structlog.get_logger("tallystick.snapshots").bind(book=book)
    try:
        with path.open("rb") as file:
            header = _header(file, book)
            _check_head(engine, header, path)
            snapshot = _unpickled(file.read(), header, kind)
    except FileNotFoundError:
        return None
    except (_Unusable, OSError) as error:
        log.warning("snapshot_passed_over", file=str(path), why=str(error))
        return None
    log.info("snapshot_loaded", file=str(path), seq=snapshot.chain.seq, sha256=snapshot.chain.head)
    return snapshot


def path_of(folder: Path, book: str) -> Path:
    """Return the file of a book's snapshot."""
    return folder / f"{book}.snapshot"


@cache
def program() -> str:
    """Return the digest of the source that folds: other source may make another state of the same log."""
    found = hashlib.sha256()
    for name in SHAPED_BY:
        source = Path(importlib.import_module(name).__file__ or "")
        for path in sorted(source.parent.rglob("*.py")) if source.name == "__init__.py" else [source]:
            found.update(f"{name}/{path.relative_to(source.parent).as_posix()}\n".encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def _header(file: BinaryIO, book: str) -> dict[str, Any]:
    try:
        header = json.loads(file.readline(10_000))
        known = header["format"] == FORMAT and header["program"] == program()
    except (ValueError, KeyError, TypeError) as error:
        raise _Unusable(f"its first line is no header: {error}") from error
    if not known:
        raise _Unusable("another version of the program wrote it")
    if header.get("book") != book:
        raise _Unusable(f"it is of {header.get('book')}")
    found: dict[str, Any] = header
    return found


def _check_head(engine: Engine, header: dict[str, Any], path: Path) -> None:
    at, seq, sha256 = header["head_position"], header["seq"], header["sha256"]
    stands = engine.read(header["book"], at, 1)
    if stands and stands[0].position == at and digest(stands[0].value) == sha256:
        return
    raise LogDamaged(
        f"{header['book']} does not hold seq {seq} ({sha256[:12]}) at offset {at}, which {path} names: the "
        "log lost its end, or this is another log; append nothing, and see docs/operator.md on a log that "
        "lost its end"
    )


def _unpickled(payload: bytes, header: dict[str, Any], kind: type[S]) -> Snapshot[S]:
    if hashlib.sha256(payload).hexdigest() != header["payload_sha256"]:
        raise _Unusable("its bytes have changed")
    try:
        chain, state = _Unpickler(io.BytesIO(payload)).load()
    except (pickle.UnpicklingError, TypeError, ValueError, AttributeError, ImportError, EOFError) as error:
        raise _Unusable(f"it cannot be read: {error}") from error
    if not isinstance(chain, Chain) or not isinstance(state, kind):
        raise _Unusable(f"it holds no {kind.__name__}")
    if (chain.book, chain.seq, chain.head) != (header["book"], header["seq"], header["sha256"]):
        raise _Unusable(f"it holds {chain.book} seq {chain.seq}")
    return Snapshot(chain, header["head_position"], header["position"], state)


class _Unpickler(pickle.Unpickler):
    """Knows the classes that states are made of, and nothing that could be called to do something."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as pickle declares it
        if (module, name) in OTHERS:
            return OTHERS[module, name]
        found = getattr(importlib.import_module(module), name) if module.startswith(OWN) else None
        if not isinstance(found, type) or found.__module__ != module:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a state")
        return found
