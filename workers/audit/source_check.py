"""Every record of a ledger book against the message that it decides."""

from schemas.canonical import digest
from schemas.envelope import InboxSource
from schemas.messages import TOPICS
from schemas.streams import inbox_stream, partition_number
from workers.audit.findings import Findings
from workers.audit.inbox_reading import InboxReading, Look, look_at_nothing
from workers.audit.sources import Source
from workers.log.engine import Entry
from workers.log.rule import Valid, foreign_source


class SourceCheck:
    """A ledger book's five inboxes, read along with its records."""

    def __init__(self, source: Source, book: str, findings: Findings, look: Look = look_at_nothing) -> None:
        self._book = book
        self._findings = findings
        partition = partition_number(book)
        inboxes = {topic: inbox_stream(topic, partition) for topic in TOPICS}
        self.inboxes = {
            topic: InboxReading(inbox, source.messages(inbox), findings, look)
            for topic, inbox in inboxes.items()
        }

    def observe(self, record: Valid) -> Entry | None:
        """Check the next valid record of the book, and return what the inbox holds at its source."""
        source = record.source
        if not isinstance(source, InboxSource):
            return None
        foreign = foreign_source(self._book, record)
        if foreign is not None or source.topic not in self.inboxes:
            self._add("foreign_source", foreign or f"{source.topic} is no topic of an inbox", record)
            return None
        holes = [event.count for event in record.events if event.type == "offsets_absent"]
        if holes or source.sha256 is None:
            self._check_hole(record, source, holes)
            return None
        entry = self.inboxes[source.topic].take(source.offset)
        if entry is None:
            self._add(
                "source_missing", f"offset {source.offset} of {source.topic} is not in the inbox", record
            )
        elif digest(entry.value) != source.sha256:
            text = f"offset {source.offset} of {source.topic} holds another message than was decided"
            self._add("source_differs", text, record)
        return entry

    def rest(self) -> int:
        """Return how many inputs wait for a decision; they are no finding."""
        return sum(inbox.rest() for inbox in self.inboxes.values())

    def _check_hole(self, record: Valid, source: InboxSource, holes: list[int]) -> None:
        if source.sha256 is not None or not holes or len(record.events) > 1:
            self._add("hole_malformed", "a source without a digest goes with offsets_absent alone", record)
            return
        present = self.inboxes[source.topic].present(source.offset, holes[0])
        if present is not None:
            self._add("absent_offset_present", f"offset {present} of {source.topic} holds a message", record)

    def _add(self, code: str, text: str, record: Valid) -> None:
        self._findings.add(code, self._book, text, seq=record.seq)
