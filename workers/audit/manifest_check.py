"""The manifest against the files: what it names is there, nothing else is, and each is as it says."""

from schemas.envelope import FIRST_PREV
from workers.audit.book_reading import BookReading, VoidLine
from workers.audit.findings import Findings
from workers.audit.folder import ExportSource, file_digest
from workers.audit.manifest import NAME, BookEntry

MANIFEST = "manifest"


def check_files(source: ExportSource, findings: Findings) -> None:
    """Report files that are missing, and files that the manifest does not name."""
    manifest = source.manifest
    for kind, named, found in (
        ("book", manifest.books.keys(), set(source.books())),
        ("inbox", manifest.inboxes.keys(), set(source.inboxes())),
    ):
        for name in sorted(named - found):
            findings.add(f"{kind}_missing", name, f"the {kind} is in the manifest and has no file")
        for name in sorted(found - named):
            findings.add(f"{kind}_not_in_manifest", name, f"the {kind} has a file and is not in the manifest")
    for path in source.strays():
        name = path.relative_to(source.folder).as_posix()
        findings.add("file_unknown", MANIFEST, f"{name} is no file of an export")
    if manifest.checkpoints:
        text = f"{NAME} names checkpoints, which this program cannot check: use a newer one"
        findings.add("checkpoints_unknown", MANIFEST, text)


def check_inbox(source: ExportSource, inbox: str, count: int, findings: Findings) -> None:
    """Report an inbox that is not as the manifest says."""
    entry = source.manifest.inboxes.get(inbox)
    path = source.inbox_path(inbox)
    if entry is None or not path.is_file():
        return
    if file_digest(path) != entry.sha256:
        text = f"its file has {count} lines and another digest than the manifest says ({entry.count} lines)"
        findings.add("inbox_differs", inbox, text)
    elif count != entry.count:
        findings.add("manifest_wrong", inbox, f"the manifest counts {entry.count} lines, there are {count}")


def check_book(source: ExportSource, reading: BookReading, findings: Findings) -> None:
    """Report a book that is not as the manifest says, naming the record where it can be told."""
    book = reading.chain.book
    entry = source.manifest.books.get(book)
    if entry is None:
        return
    if file_digest(source.book_path(book)) != entry.sha256:
        _explain(reading, entry, findings)
    if reading.stopped:
        return  # what a newer program wrote cannot be counted here
    found = {"lines": reading.line, "valid": reading.chain.seq, "void": reading.chain.voids}
    for name, count in found.items():
        said = getattr(entry, name)
        if said != count:
            text = f"the manifest says {said} {name}, there are {count}"
            findings.add("manifest_differs", book, text, seq=reading.chain.seq)
    if entry.head != reading.chain.head:
        text = f"the manifest says that the head is {_short(entry.head)}, it is {_short(reading.chain.head)}"
        findings.add("manifest_differs", book, text, seq=reading.chain.seq)


def _explain(reading: BookReading, entry: BookEntry, findings: Findings) -> None:
    """Say which record the file's other digest comes from, as far as chain and counts tell."""
    book, last = reading.chain.book, reading.chain.seq
    if last < entry.valid:
        text = f"the manifest counts {entry.valid} valid records, here they end with seq {last}"
        where = _line_of_successor(reading)
        text += f"; seq {last + 1} was " + ("changed or removed" if where is None else "put out of place")
        findings.add("record_missing", book, text, seq=last + 1, line=where)
        return
    if last > entry.valid:
        text = f"the manifest counts {entry.valid} valid records, here are {last}"
        findings.add("record_added", book, text, seq=entry.valid + 1)
        return
    if reading.chain.head != entry.head:
        text = f"the last record has the digest {_short(reading.chain.head)}, not {_short(entry.head)}"
        findings.add("record_changed", book, text, seq=last)
        return
    _explain_voids(reading, findings)


def _explain_voids(reading: BookReading, findings: Findings) -> None:
    """Name the void lines: the chain covers every valid record, so the difference is in them."""
    book = reading.chain.book
    for void in reading.voids:
        if void.repeats:
            text = f"seq {void.seq} stands here again; the file has another digest than the manifest says"
            findings.add("record_repeated", book, text, seq=void.seq, line=void.line)
        else:
            text = f"the file has another digest than the manifest says, and this line is void: {void.why}"
            findings.add("void_line_suspect", book, text, seq=void.seq, line=void.line)
    if not reading.voids:
        text = "the file has another digest than the manifest says: a void line is gone, or its last line end"
        findings.add("book_differs", book, text, seq=reading.chain.seq)


def _line_of_successor(reading: BookReading) -> int | None:
    """Return where the next valid record stands, if it is one of the lines that are void."""

    def follows(void: VoidLine) -> bool:
        return void.seq == reading.chain.seq + 1 and void.prev == reading.chain.head

    return next((void.line for void in reading.voids if follows(void)), None)


def _short(sha256: str) -> str:
    return "none" if sha256 == FIRST_PREV else sha256[:16]
