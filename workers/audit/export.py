"""Exporting a log: everything that an auditor needs, in one folder of plain files.

    manifest.json                    what the files hold, and their digests
    books/<book>.jsonl               every line of a book as stored, void ones included
    inbox/<topic>-<partition>.jsonl  {"message": ..., "offset": n}, the messages as stored
    evidence/<ab>/<sha256>           what came from outside, byte for byte

Bytes that are no canonical JSON are written as `workers.audit.lines` says. The log may be written to
meanwhile: every stream is copied up to where it stood at one moment, and evidence stands before its message.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from workers.audit.lines import message_line, record_line
from workers.audit.manifest import (
    FORMAT,
    NAME,
    PARTIAL_NAME,
    BookEntry,
    InboxEntry,
    Manifest,
    NotAnExport,
    begin_manifest,
    complete_manifest,
    read_manifest,
)
from workers.audit.progress import Progress, silent
from workers.audit.sources import EngineSource
from workers.log.engine import Engine, LogDamaged
from workers.log.rule import Chain

BOOKS = "books"
INBOX = "inbox"
EVIDENCE = "evidence"
ENDING = ".jsonl"

_WRITTEN = ((BOOKS, f"*{ENDING}"), (INBOX, f"*{ENDING}"), (EVIDENCE, "??/*"))


class CannotExport(Exception):  # noqa: N818 - it names the finding
    """The folder cannot take an export; the sentence says why and what to do."""


def export(engine: Engine, out: Path, *, program_version: str, progress: Progress = silent) -> Manifest:
    """Write an export of the whole log into `out`, which is empty, absent, or holds an earlier export.

    CannotExport where it holds anything else or cannot be written; NewerProgramNeeded where the log does. An
    export that was stopped has no manifest and is never taken for a complete one.
    """
    source = EngineSource(engine)
    try:
        _begin(out)
        books = {book: _copy_book(source, book, out, progress) for book in source.books()}
        inboxes = {inbox: _copy_inbox(source, inbox, out, progress) for inbox in source.inboxes()}
        _copy_evidence(engine, out, progress)
        manifest = Manifest(
            format=FORMAT, program=program_version, books=books, inboxes=inboxes, checkpoints={}
        )
        complete_manifest(out, manifest)
    except OSError as error:
        raise CannotExport(
            f"{error.filename or out} cannot be written ({error.strerror}); see to the disk and its rights,"
            " then export again"
        ) from error
    return manifest


def _begin(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise CannotExport(f"{out} is a file; name a folder")
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()) and not _is_export(out):
        raise CannotExport(f"{out} is not empty and holds no earlier export; name another folder")
    begin_manifest(out)
    for folder, pattern in _WRITTEN:
        (out / folder).mkdir(exist_ok=True)
        for file in (out / folder).glob(pattern):
            file.unlink()


def _is_export(out: Path) -> bool:
    if (out / PARTIAL_NAME).is_file():
        return True
    try:
        read_manifest(out)
    except NotAnExport:
        return False
    return (out / NAME).is_file()


def _copy_book(source: EngineSource, book: str, out: Path, progress: Progress) -> BookEntry:
    chain = Chain(book)

    def follow(data: bytes) -> bytes:
        chain.advance(data)
        return record_line(data)

    lines, sha256 = _write(
        out / BOOKS / f"{book}{ENDING}",
        map(follow, source.records(book)),
        lambda done: progress(book, done, source.ends[book]),
    )
    return BookEntry(lines=lines, valid=chain.seq, void=chain.voids, head=chain.head, sha256=sha256)


def _copy_inbox(source: EngineSource, inbox: str, out: Path, progress: Progress) -> InboxEntry:
    count, sha256 = _write(
        out / INBOX / f"{inbox}{ENDING}",
        map(message_line, source.messages(inbox)),
        lambda done: progress(inbox, done, source.ends[inbox]),
    )
    return InboxEntry(count=count, sha256=sha256)


def _write(path: Path, lines: Iterable[bytes], tell: Callable[[int], None]) -> tuple[int, str]:
    """Write the lines durably; return how many there are and the file's digest."""
    count, digest = 0, hashlib.sha256()
    with path.open("wb") as file:
        for line in lines:
            ended = line + b"\n"
            digest.update(ended)
            file.write(ended)
            count += 1
            if count % 1_000 == 0:
                tell(count)
        file.flush()
        os.fsync(file.fileno())
    tell(count)
    return count, digest.hexdigest()


def _copy_evidence(engine: Engine, out: Path, progress: Progress) -> None:
    digests = engine.evidence_digests()
    for done, sha256 in enumerate(digests, 1):
        data = engine.evidence(sha256)
        if data is None:
            raise LogDamaged(f"the evidence {sha256} is listed and not there; restore a copy")
        folder = out / EVIDENCE / sha256[:2]
        folder.mkdir(exist_ok=True)
        (folder / sha256).write_bytes(data)
        if done % 100 == 0 or done == len(digests):
            progress(EVIDENCE, done, len(digests))
