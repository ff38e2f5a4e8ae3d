"""Deciding everything again: from the inboxes, in the ledger's order, without the recorded events (INV-010).

What the ledger gives is the order: which message each valid record decided. Each is decided on a state that
only these decisions made, and the bytes of `events` are compared. A decision that raises is set aside as the
loop does it: the state is dropped and folded again from the log, then the message is set aside by the name of
what was raised. After a difference the state is folded from the log as well, so that the next one shows
for itself. Books of signing accounts hold signatures and observations, which are folded and never decided.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from schemas.canonical import encode
from schemas.envelope import InboxSource
from schemas.messages import TOPICS
from schemas.registry import Event
from schemas.streams import inbox_stream, is_ledger, partition_number
from workers.audit.book_reading import BookReading
from workers.audit.findings import EACH_MAX, Finding, Findings
from workers.audit.inbox_reading import InboxReading
from workers.audit.pace import without_collections
from workers.audit.progress import Progress, silent
from workers.audit.sources import Source
from workers.core import ledger
from workers.core.ledger import Given, given_of
from workers.log.rule import Valid, foreign_source

SHOWN_CHARACTERS = 2_000
_TELL_EVERY = 1_000


class _Events(msgspec.Struct):
    events: msgspec.Raw


_events = msgspec.json.Decoder(_Events)


@dataclass(frozen=True, slots=True)
class DecidedAgain:
    """What deciding again found, and how many records were decided."""

    findings: tuple[Finding, ...]
    decided: int

    @property
    def holds(self) -> bool:
        """Return whether every decision was made again, byte for byte."""
        return not self.findings


def decide_again(source: Source, *, progress: Progress = silent) -> DecidedAgain:
    """Decide every ledger book again; findings name the record and show both decisions."""
    findings = Findings()
    decided = 0
    with without_collections():
        for book in source.books():
            if is_ledger(book):
                decided += _Deciding(source, book, findings, progress).run()
    return DecidedAgain(findings.all(), decided)


class _Stopped(Exception):  # noqa: N818 - it names what happened
    """The rest of a book cannot be decided again."""


class _Deciding:
    """One book, decided again from its inboxes."""

    def __init__(self, source: Source, book: str, findings: Findings, progress: Progress) -> None:
        self._source = source
        self._book = book
        self._findings = findings
        self._progress = progress
        self._state = ledger.initial(partition_number(book))
        self._reading = BookReading(book, source.records(book), findings, thorough=False)
        scratch = (
            Findings()
        )  # the order of an inbox is for `verify`; what matters here is found by the source
        partition = partition_number(book)
        self._inboxes = {
            topic: InboxReading(
                inbox_stream(topic, partition), source.messages(inbox_stream(topic, partition)), scratch
            )
            for topic in TOPICS
        }

    def run(self) -> int:
        """Decide the whole book, or up to where it cannot be; return how many messages were decided."""
        decided = differing = 0
        try:
            for record in self._reading.records():
                decided += record.source is not None
                found = self._difference(record)
                if found is not None:
                    differing += 1
                    self._findings.add(found[0], self._book, found[1], seq=record.seq)
                    self._go_on_after(record, differing)
                if record.seq % _TELL_EVERY == 0:
                    self._progress(self._book, record.seq, 0)
        except _Stopped as stopped:
            seq = self._reading.chain.seq
            self._findings.add("deciding_stopped", self._book, str(stopped), seq=seq)
        self._progress(self._book, self._reading.chain.seq, self._reading.chain.seq)
        return decided

    def _go_on_after(self, record: Valid, differing: int) -> None:
        if differing == EACH_MAX:
            raise _Stopped(f"{differing} records differ; the rest of the book was not decided again")
        self._fold_again(record.seq)

    def _difference(self, record: Valid) -> tuple[str, str] | None:
        """Decide one record's message; return what is different, as a finding's code and text."""
        source = record.source
        if not isinstance(source, InboxSource) or source.sha256 is None:
            return self._without_message(record)
        if foreign_source(self._book, record) is not None or source.topic not in self._inboxes:
            return "foreign_source", f"offset {source.offset} of {source.topic} is not this book's to decide"
        entry = self._inboxes[source.topic].take(source.offset)
        if entry is None:
            return "source_missing", f"offset {source.offset} of {source.topic} is not in the inbox"
        given = given_of(source.topic, entry.value)
        if given.sha256 != source.sha256:
            return "source_differs", f"offset {source.offset} of {source.topic} holds another message"
        mine = encode(self._decide(given, record.seq - 1))
        theirs = bytes(_events.decode(self._reading.data).events)
        if mine == theirs:
            return None
        return "decided_differently", f"the record says {_shown(theirs)}, the message means {_shown(mine)}"

    def _without_message(self, record: Valid) -> tuple[str, str] | None:
        if [event.type for event in record.events] in (["owner_started"], ["offsets_absent"]):
            return None
        return "decided_differently", "events that only a message can mean, and no message stands behind them"

    def _decide(self, given: Given, last_seq: int) -> tuple[Event, ...]:
        try:
            return tuple(self._apply(ledger.decide(self._state, given)))
        except Exception as error:  # noqa: BLE001 - the loop sets aside whatever is raised
            self._fold_again(last_seq)
            return tuple(self._apply(ledger.set_aside(given, type(error).__name__)))

    def _apply(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            ledger.evolve(self._state, event)
            yield event

    def _fold_again(self, seq: int) -> None:
        """Make the state anew from what the book records, up to and with a number."""
        self._state = ledger.initial(partition_number(self._book))
        if seq == 0:
            return
        again = BookReading(self._book, self._source.records(self._book), Findings(), thorough=False)
        for record in again.records():
            try:
                for event in record.events:
                    ledger.evolve(self._state, event)
            except Exception as error:
                text = f"{type(error).__name__}: {error}"
                raise _Stopped(f"the events of seq {record.seq} do not follow: {text}") from error
            if record.seq == seq:
                return


def _shown(events: bytes) -> str:
    text = events.decode(errors="replace")
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}... ({len(text)} characters)"
