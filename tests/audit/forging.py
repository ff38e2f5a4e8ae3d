"""What somebody with access to an export can do to it, from clumsy to careful."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from schemas.canonical import digest, encode
from workers.audit.lines import stored_record
from workers.log.rule import Chain, NewerProgramNeeded, Void

JSON = dict[str, Any]
Change = Callable[[JSON], None]


def lines_of(folder: Path, book: str) -> list[bytes]:
    return (folder / "books" / f"{book}.jsonl").read_bytes().splitlines()


def write_lines(folder: Path, book: str, lines: Iterable[bytes]) -> None:
    (folder / "books" / f"{book}.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))


def messages_of(folder: Path, inbox: str) -> list[JSON]:
    return [json.loads(line) for line in (folder / "inbox" / f"{inbox}.jsonl").read_bytes().splitlines()]


def write_messages(folder: Path, inbox: str, rows: Iterable[JSON]) -> None:
    (folder / "inbox" / f"{inbox}.jsonl").write_bytes(b"".join(encode(row) + b"\n" for row in rows))


def manifest_of(folder: Path) -> JSON:
    manifest: JSON = json.loads((folder / "manifest.json").read_bytes())
    return manifest


def write_manifest(folder: Path, manifest: JSON) -> None:
    (folder / "manifest.json").write_bytes(encode(manifest) + b"\n")


def line_of_seq(folder: Path, book: str, seq: int) -> int:
    """Return the place, from 0, of the valid record with this number."""
    chain = Chain(book)
    for place, line in enumerate(lines_of(folder, book)):
        chain.advance(line)
        if chain.seq == seq:
            return place
    raise LookupError(seq)


def record_where(folder: Path, book: str, wanted: Callable[[JSON], bool]) -> int:
    """Return the number of the first record that is wanted."""
    return next(json.loads(line)["seq"] for line in lines_of(folder, book) if wanted(json.loads(line)))


def with_event(name: str) -> Callable[[JSON], bool]:
    return lambda record: any(event["type"] == name for event in record["events"])


def event_of(record: JSON, name: str) -> JSON:
    found: JSON = next(event for event in record["events"] if event["type"] == name)
    return found


def forge(
    folder: Path, book: str, seq: int, change: Change, *, write: Callable[[Any], bytes] = encode
) -> None:
    """Change one record, chain every later one to it anew, and make the manifest say so."""
    lines = lines_of(folder, book)
    chain, place = Chain(book), 0
    while chain.seq < seq:
        chain.advance(lines[place])
        place += 1
    record = json.loads(lines[place - 1])
    change(record)
    lines[place - 1] = write(record)
    rehash(lines, place - 1)
    write_lines(folder, book, lines)
    renew_manifest(folder)


def rehash(lines: list[bytes], changed: int) -> None:
    """Chain the records after a changed one; those that were void stay as they are."""
    prev, seq = digest(lines[changed]), json.loads(lines[changed])["seq"]
    for place in range(changed + 1, len(lines)):
        record = json.loads(lines[place])
        if record["seq"] == seq + 1 and record["owner"] != "zombie":
            record["prev"] = prev
            lines[place] = encode(record)
            prev, seq = digest(lines[place]), record["seq"]


def renew_manifest(folder: Path) -> None:
    """Let the manifest say what the files are now."""
    manifest = manifest_of(folder)
    manifest["inboxes"] = {
        path.name.removesuffix(".jsonl"): {
            "count": len(path.read_bytes().splitlines()),
            "sha256": _digest(path),
        }
        for path in (folder / "inbox").glob("*.jsonl")
    }
    manifest["books"] = {
        path.name.removesuffix(".jsonl"): _book_entry(path) for path in (folder / "books").glob("*.jsonl")
    }
    write_manifest(folder, manifest)


def _book_entry(path: Path) -> JSON:
    chain = Chain(path.name.removesuffix(".jsonl"))
    lines = path.read_bytes().splitlines()
    try:
        voids = sum(isinstance(chain.advance(stored_record(line)), Void) for line in lines)
    except NewerProgramNeeded:
        voids = 0
    entry = {"lines": len(lines), "valid": chain.seq, "void": voids, "head": chain.head}
    return {**entry, "sha256": _digest(path)}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
