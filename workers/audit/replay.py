"""Replay: folding the books to any moment. The chain is checked on the way, nothing is decided."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from schemas.registry import Event
from schemas.streams import is_ledger, partition_number
from workers.audit.book_reading import BookReading
from workers.audit.findings import Finding, Findings
from workers.audit.moments import AtRecord, Moment
from workers.audit.pace import without_collections
from workers.audit.progress import Progress, silent
from workers.audit.sources import Source
from workers.core import ledger, transactions
from workers.core.portrait import state_digest
from workers.log.rule import Valid

BookState = ledger.State | transactions.State

_TELL_EVERY = 4_096


@dataclass(frozen=True, slots=True)
class Folded:
    """One book, folded up to a record: its number, its digest, when it was recorded, and the state."""

    book: str
    seq: int
    head: str
    recorded_at: str | None
    state: BookState

    @property
    def state_digest(self) -> str:
        """Return the digest of the state's portrait; two folds of one log have the same (INV-009)."""
        return state_digest(self.state)


@dataclass(slots=True)
class Replay:
    """Every book at a moment, and what did not hold on the way there."""

    books: dict[str, Folded] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    records: int = 0
    events: int = 0

    @property
    def states(self) -> dict[str, BookState]:
        """Return the states by book."""
        return {book: folded.state for book, folded in self.books.items()}

    @property
    def state_digests(self) -> dict[str, str]:
        """Return the digests of the states by book."""
        return {book: folded.state_digest for book, folded in self.books.items()}


def replay(source: Source, *, until: Moment | None = None, progress: Progress = silent) -> Replay:
    """Fold every book that the moment is about, up to it (None: to the end)."""
    findings, replayed = Findings(), Replay()
    books = [book for book in source.books() if until is None or until.takes(book)]
    with without_collections():
        for book in books:
            _fold(source, book, findings, replayed, until=until, progress=progress)
    if isinstance(until, AtRecord):
        _require(until, replayed, findings)
    replayed.findings = findings.all()
    return replayed


def initial(book: str) -> BookState:
    """Return the state of a book without records."""
    return ledger.initial(partition_number(book)) if is_ledger(book) else transactions.initial()


def evolver(book: str) -> Callable[[Any, Event], None]:
    """Return what applies an event to the state of this book."""
    return ledger.evolve if is_ledger(book) else transactions.evolve


def _fold(
    source: Source,
    book: str,
    findings: Findings,
    replayed: Replay,
    *,
    until: Moment | None,
    progress: Progress,
) -> None:
    reading = BookReading(book, source.records(book), findings, thorough=False)
    state, evolve = initial(book), evolver(book)
    last: Valid | None = None
    events = 0
    for record in _up_to(reading.records(), until):
        try:
            for event in record.events:
                evolve(state, event)
        except Exception as error:  # noqa: BLE001 - a forged event may break what applies it in any way
            text = f"its events do not follow from the records before it: {type(error).__name__}: {error}"
            findings.add("events_unfounded", book, text, seq=record.seq)
            break
        last = record
        events += len(record.events)
        if not record.seq % _TELL_EVERY:
            progress(book, record.seq, 0)
    seq, head, at = (0, "", None) if last is None else (last.seq, last.sha256, last.recorded_at)
    replayed.books[book] = Folded(book, seq, head, at, state)
    replayed.records += seq
    replayed.events += events
    progress(book, seq, seq)


def _up_to(records: Iterator[Valid], until: Moment | None) -> Iterator[Valid]:
    if until is None:
        yield from records
        return
    for record in records:
        if not until.includes(record):
            return
        yield record


def _require(until: AtRecord, replayed: Replay, findings: Findings) -> None:
    folded = replayed.books.get(until.book)
    if folded is None:
        findings.add("book_missing", until.book, "there is no such book")
    elif folded.seq < until.seq:
        text = f"the book ends with seq {folded.seq}, before seq {until.seq}"
        findings.add("record_missing", until.book, text, seq=folded.seq + 1)
