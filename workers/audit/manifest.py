"""The manifest of an export: what its files hold, and their digests.

    {"format", "program", "books": {name: {"lines", "valid", "void", "head", "sha256"}},
     "inboxes": {name: {"count", "sha256"}}, "checkpoints": {}}

It is written last, under a name of its own until it is complete: a folder without `manifest.json` is no
complete export, and one with `manifest.json.partial` is an export that somebody began.
"""

import os
from pathlib import Path

import msgspec

from schemas.canonical import encode

FORMAT = 1
NAME = "manifest.json"
PARTIAL_NAME = "manifest.json.partial"


class NotAnExport(Exception):  # noqa: N818 - it names the finding
    """The folder cannot be read as an export; the sentence says why and what to do."""


class BookEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A book's file: its lines, how many are valid and void, the last valid record's digest."""

    lines: int
    valid: int
    void: int
    head: str
    sha256: str


class InboxEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An inbox's file: its messages and its digest."""

    count: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an export says of itself."""

    format: int
    program: str
    books: dict[str, BookEntry]
    inboxes: dict[str, InboxEntry]
    checkpoints: dict[str, str]


class _Format(msgspec.Struct):
    format: int


def read_manifest(folder: Path) -> Manifest:
    """Return the folder's manifest; NotAnExport where there is none that this program can read."""
    path = folder / NAME
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotAnExport(_absent(folder)) from error
    except OSError as error:
        raise NotAnExport(f"{path} cannot be read: {error.strerror}") from error
    try:
        version = msgspec.json.decode(data, type=_Format).format
        if version > FORMAT:
            raise NotAnExport(f"{path} has format {version}; a newer Tallystick that knows it is needed")
        return msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotAnExport(f"{path} is no manifest of an export: {error}") from error


def begin_manifest(folder: Path) -> None:
    """Say that an export into this folder has begun; an earlier manifest holds no more."""
    if (folder / NAME).exists():
        (folder / NAME).replace(folder / PARTIAL_NAME)
    (folder / PARTIAL_NAME).write_bytes(b"")


def complete_manifest(folder: Path, manifest: Manifest) -> None:
    """Say, durably and in one step, that the export is complete."""
    partial = folder / PARTIAL_NAME
    with partial.open("wb") as file:
        file.write(encode(manifest) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / NAME)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _absent(folder: Path) -> str:
    if (folder / PARTIAL_NAME).exists():
        return f"the export in {folder} was never completed; export again"
    return f"{folder} holds no {NAME}; name the folder of an export"
