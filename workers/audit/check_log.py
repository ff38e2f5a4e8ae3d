"""Checking a log before anything is appended to it: a log that does not verify is never appended to."""

from schemas.streams import is_ledger
from workers.audit.book_reading import BookReading
from workers.audit.findings import Finding, Findings
from workers.audit.pace import without_collections
from workers.audit.progress import Progress, silent
from workers.audit.source_check import SourceCheck
from workers.audit.sources import EngineSource
from workers.log.engine import Engine

TELL_EVERY = 1_000


def check_log(engine: Engine, progress: Progress = silent) -> tuple[Finding, ...]:
    """Read every book by the rule: its chain, its void records, and the digest of every message decided.

    Form, evidence and what books say of one another are for `verify`. What the engine itself finds damaged it
    raises, as it does for every reader.
    """
    source = EngineSource(engine)
    findings = Findings()
    with without_collections():
        for book in source.books():
            _check_book(source, book, findings, progress)
    return findings.all()


def _check_book(source: EngineSource, book: str, findings: Findings, progress: Progress) -> None:
    reading = BookReading(book, source.records(book), findings, thorough=False)
    sources = SourceCheck(source, book, findings) if is_ledger(book) else None
    for record in reading.records():
        if sources is not None:
            sources.observe(record)
        if record.seq % TELL_EVERY == 0:
            progress(book, reading.line, source.ends[book])
    progress(book, reading.line, source.ends[book])
