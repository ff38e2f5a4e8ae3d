"""INV-008 every event has one message behind it, and every message one record."""

from collections.abc import Iterator, Mapping

from schemas.envelope import InboxSource
from schemas.events import (
    HoldPlaced,
    MessageParked,
    MessageSetAside,
    MintRecallRequested,
    OffsetsAbsent,
    OwnerStarted,
    TimeAdvanced,
)
from schemas.streams import inbox_stream, partition_number
from workers.core.invariants.facts import Facts
from workers.core.invariants.predicate import Record, Violation


def record_has_its_message(facts: Facts, record: Record) -> Iterator[str]:
    """The source is the next message of the book's own partition, by its digest."""
    if record.source is None:
        if [type(event) for event in record.events] != [OwnerStarted]:
            yield "it has events and no message"
        return
    if not isinstance(record.source, InboxSource):
        yield "its source is no inbox"
        return
    source = record.source
    expected = facts.books[record.book].next_offsets.get(source.topic, 0)
    if (source.partition, source.offset) != (partition_number(record.book), expected):
        yield f"its source is offset {source.offset} of {source.topic}-{source.partition}, {expected} is next"
    if source.sha256 is None:
        if record.input is not None or [type(event) for event in record.events] != [OffsetsAbsent]:
            yield f"offset {source.offset} of {source.topic} is not absent"
        return
    if record.input is None or record.input.sha256 != source.sha256:
        yield f"offset {source.offset} of {source.topic} holds other bytes, or none"


def record_says_something(_facts: Facts, record: Record) -> Iterator[str]:
    """A message's record says what became of it; what is parked or set aside had no other effect."""
    if not isinstance(record.source, InboxSource) or record.source.sha256 is None:
        return
    said = [event for event in record.events if not isinstance(event, TimeAdvanced)]
    if not said:
        yield "nothing says what became of its message"
    if any(isinstance(event, OwnerStarted | OffsetsAbsent) for event in said):
        yield "it stands for a message, and says something of its owner or of offsets"
    inert = MessageParked | MessageSetAside
    consequence = HoldPlaced | MintRecallRequested
    if any(isinstance(event, inert) for event in said) and not all(
        isinstance(event, inert | consequence) for event in said
    ):
        yield "its message was left for people, and had an effect"


def set_aside_is_held(_facts: Facts, record: Record) -> Iterator[str]:
    """What is set aside holds its instrument."""
    message = None if record.input is None else record.input.message
    if message is None or message.instrument is None:
        return
    if any(isinstance(event, MessageSetAside) for event in record.events):
        held = [event.instrument for event in record.events if isinstance(event, HoldPlaced)]
        if held != [message.instrument]:
            yield f"a message about {message.instrument} was set aside without a hold"


def take(facts: Facts, record: Record) -> None:
    """Move on over the source's offsets."""
    if isinstance(record.source, InboxSource):
        absent = [event.count for event in record.events if isinstance(event, OffsetsAbsent)]
        offsets = facts.books[record.book].next_offsets
        offsets[record.source.topic] = record.source.offset + (absent[0] if absent else 1)


def undecided(facts: Facts, ends: Mapping[str, int]) -> Iterator[Violation]:
    """Yield each inbox stream whose end (one past its last message) no record has reached."""
    reached = {
        inbox_stream(topic, partition_number(book)): (offset, book, found.seq)
        for book, found in facts.books.items()
        for topic, offset in found.next_offsets.items()
    }
    for stream, end in ends.items():
        offset, book, seq = reached.get(stream, (0, stream, 0))
        if offset < end:
            text = f"{stream} is decided up to offset {offset} of {end}"
            yield Violation("INV-008", book, seq, text, "every_message_has_a_record")


RECORD_CHECKS = (record_has_its_message, record_says_something, set_aside_is_held)
