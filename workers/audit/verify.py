"""Verifying an export: offline, from the folder alone, every record and every input of it.

| codes of findings                                          | what does not hold                |
|------------------------------------------------------------|-----------------------------------|
| chain_broken, record_missing, record_changed, record_added | the book's chain, alone or        |
| record_repeated, void_line_suspect, book_differs           | against the manifest              |
| not_canonical, record_malformed, foreign_event,             | a record's form                   |
| newer_program_needed                                       |                                   |
| source_missing, source_differs, foreign_source,            | a record and the message that it  |
| hole_malformed, absent_offset_present                      | decides                           |
| work_unfounded, receipt_unfounded, broadcast_unfounded     | what one book says of another     |
| inbox_line_unreadable, inbox_out_of_order, inbox_differs   | an inbox's file                   |
| evidence_missing, evidence_differs, evidence_misnamed      | evidence                          |
| book_missing, book_not_in_manifest, inbox_missing,         | the manifest and the files        |
| inbox_not_in_manifest, file_unknown, manifest_differs,     |                                   |
| manifest_wrong, checkpoints_unknown, nothing_valid         |                                   |
| INV-001 and so on, invariants_stopped                      | an invariant of the core          |
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from schemas.streams import is_ledger
from workers.audit.book_reading import BookReading
from workers.audit.evidence_check import EvidenceCheck, check_evidence_files
from workers.audit.findings import Finding, Findings
from workers.audit.folder import ExportSource
from workers.audit.inbox_reading import InboxReading
from workers.audit.invariants_check import InvariantsCheck
from workers.audit.lines import stored_record
from workers.audit.links import Links
from workers.audit.manifest_check import check_book, check_files, check_inbox
from workers.audit.messages import Messages
from workers.audit.pace import without_collections
from workers.audit.progress import Progress, silent
from workers.audit.source_check import SourceCheck
from workers.log.engine import Entry
from workers.log.rule import Valid

TELL_EVERY = 1_000


@dataclass(slots=True)
class Counts:
    """What was read. `undecided` inputs wait for a decision; they are no finding."""

    books: int = 0
    records: int = 0
    valid: int = 0
    void: int = 0
    inboxes: int = 0
    inputs: int = 0
    undecided: int = 0
    evidence: int = 0
    events: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found. `authenticated` is whether signed checkpoints cover the log."""

    findings: tuple[Finding, ...]
    counts: Counts
    authenticated: bool

    @property
    def holds(self) -> bool:
        """Return whether nothing was found."""
        return not self.findings

    @property
    def verdict(self) -> str:
        """Return the outcome in a few words."""
        if self.findings:
            return f"{len(self.findings)} findings"
        return "authenticated" if self.authenticated else "internally consistent, not authenticated"


def verify(folder: Path, progress: Progress = silent) -> Verification:
    """Read a whole export and return what does not hold; `NotAnExport` where there is none to read."""
    with without_collections():
        return _Verifying(ExportSource(folder), progress).run()


class _Verifying:
    def __init__(self, source: ExportSource, progress: Progress) -> None:
        self.findings = Findings()
        self.counts = Counts()
        self._source = source
        self._progress = progress
        self._messages = Messages()
        self._links = Links(self.findings)
        self._invariants = InvariantsCheck(self.findings)
        self._evidence = EvidenceCheck(source, self.findings)

    def run(self) -> Verification:
        source, counts, findings = self._source, self.counts, self.findings
        check_files(source, findings)
        read: set[str] = set()
        for book in source.books():
            read |= self._read_book(book)
        for inbox in source.inboxes():
            if inbox not in read:
                self._finish_inbox(InboxReading(inbox, source.messages(inbox), findings, self._look))
        self._links.finish()
        self._invariants.finish()
        counts.evidence = check_evidence_files(source, findings, self._progress)
        if not counts.valid:
            findings.add("nothing_valid", "export", "no valid record: an empty export proves nothing")
        return Verification(findings.all(), counts, authenticated=False)

    def _read_book(self, book: str) -> set[str]:
        """Read a book along with its inboxes, and return their names."""
        lines = self._source.lines(book)
        reading = BookReading(book, lines, self.findings, stored=stored_record)
        sources = SourceCheck(self._source, book, self.findings, self._look) if is_ledger(book) else None
        for record in self._told(reading):
            entry = None if sources is None else sources.observe(record)
            message = None if entry is None else self._messages.of(entry)
            self._links.observe_record(book, record)
            self._invariants.observe(book, record, entry, message)
            self.counts.events.update(event.type for event in record.events)
        check_book(self._source, reading, self.findings)
        counts = self.counts
        counts.books += 1
        counts.records += reading.line
        counts.valid += reading.chain.seq
        counts.void += reading.chain.voids
        inboxes = () if sources is None else sources.inboxes.values()
        for inbox in inboxes:
            self._finish_inbox(inbox)
        return {inbox.inbox for inbox in inboxes}

    def _told(self, reading: BookReading) -> Iterator[Valid]:
        """Yield the book's records, and tell how far the reading is."""
        entry = self._source.manifest.books.get(reading.chain.book)
        total = 0 if entry is None else entry.lines
        for record in reading.records():
            yield record
            if record.seq % TELL_EVERY == 0:
                self._progress(reading.chain.book, reading.line, total)
        self._progress(reading.chain.book, reading.line, total)

    def _finish_inbox(self, inbox: InboxReading) -> None:
        self.counts.undecided += inbox.rest()
        self.counts.inputs += inbox.count
        self.counts.inboxes += self._source.inbox_path(inbox.inbox).is_file()
        check_inbox(self._source, inbox.inbox, inbox.count, self.findings)

    def _look(self, inbox: str, entry: Entry) -> None:
        self._evidence.observe_message(inbox, entry)
        self._links.observe_message(inbox, entry, self._messages.of(entry))
