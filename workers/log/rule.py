"""The log's rule: which records of a book are valid.

Reading a book from the start, a record is valid if `prev` is the digest of the last valid record, `seq` is
the next number and its source is the next one: for a ledger book exactly the next offset of that topic and
partition, or null where the only event is `owner_started`. Every other record is void: every reader ignores
it in the same way, counts it and goes on. So the chain is the fence, on any engine.
"""

from dataclasses import dataclass, field

import msgspec

from schemas.canonical import digest
from schemas.envelope import FIRST_PREV, RECORD_VERSION, InboxSource, Source
from schemas.messages import RecordName
from schemas.registry import Event, UnknownType, decode_event
from schemas.streams import is_ledger, partition_number


class NewerProgramNeeded(Exception):  # noqa: N818 - it names what to do
    """A record with the right `prev` and `seq` says something that this program does not know."""


class Valid(msgspec.Struct, frozen=True):
    """A valid record, decoded; `sha256` is the digest of its bytes."""

    seq: int
    sha256: str
    owner: str
    recorded_at: str
    source: Source
    events: tuple[Event, ...]


class Void(msgspec.Struct, frozen=True):
    """Bytes that every reader ignores, and why; `prev` and `owner` where the bytes state them."""

    why: str
    prev: str | None
    owner: str | None


class _SourceHeader(msgspec.Struct):
    sha256: str | None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    book: str | None = None
    seq: int | None = None


class _RecordHeader(msgspec.Struct):
    book: str
    events: list[msgspec.Raw]
    owner: str
    prev: str
    recorded_at: str
    seq: int
    source: _SourceHeader | None
    v: int


class _Place(msgspec.Struct):
    book: str
    prev: str
    seq: int
    v: int | None = None
    owner: str | None = None


_record = msgspec.json.Decoder(_RecordHeader)
_place = msgspec.json.Decoder(_Place)


@dataclass(slots=True)
class Chain:
    """A place in a book: the last valid record, and the next offset of every source.

    `voids` and `takeovers` count what was read of them.
    """

    book: str
    seq: int = 0
    head: str = FIRST_PREV
    next_offsets: dict[tuple[str, int], int] = field(default_factory=dict)
    voids: int = 0
    takeovers: int = 0
    _of_ledger: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._of_ledger = is_ledger(self.book)

    def copy(self) -> "Chain":
        """Return the same place, to go on from apart."""
        return Chain(self.book, self.seq, self.head, dict(self.next_offsets), self.voids, self.takeovers)

    def next_offset(self, topic: str, partition: int) -> int:
        """Return the offset that the next record from this source must have."""
        return self.next_offsets.get((topic, partition), 0)

    def advance(self, data: bytes) -> Valid | Void:
        """Read the next line of the book: move on if it is valid, count it if it is void."""
        found = self.examine(data)
        if isinstance(found, Void):
            self.voids += 1
            return found
        self.accept(found)
        return found

    def examine(self, data: bytes) -> Valid | Void:
        """Say what the next line of the book is, without moving."""
        try:
            header = _record.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return self._undecodable(data, str(error))
        why = self._misplaced(header.book, header.prev, header.seq)
        if why is not None:
            return Void(why, header.prev, header.owner)
        if header.v != RECORD_VERSION:
            raise self._newer(f"record version {header.v}")
        try:
            events = tuple([decode_event(raw) for raw in header.events])
        except UnknownType as error:
            raise self._newer(str(error)) from error
        except (msgspec.DecodeError, ValueError) as error:
            return Void(f"an event does not decode: {error}", header.prev, header.owner)
        source = _source(header.source)
        why = self._source_not_next(source, events)
        if why is not None:
            return Void(why, header.prev, header.owner)
        return Valid(header.seq, digest(data), header.owner, header.recorded_at, source, events)

    def accept(self, record: Valid) -> None:
        """Move on over a valid record."""
        self.seq = record.seq
        self.head = record.sha256
        if record.source is None and is_takeover(record):
            self.takeovers += 1
        if isinstance(record.source, InboxSource):
            source = record.source
            self.next_offsets[source.topic, source.partition] = source.offset + offsets_taken(record.events)

    def _misplaced(self, book: str, prev: str, seq: int) -> str | None:
        if book != self.book:
            return f"it belongs to {book}"
        if prev != self.head:
            return f"its prev is {prev[:12]}, the last valid record is {self.head[:12]}"
        if seq != self.seq + 1:
            return f"its seq is {seq}, the next is {self.seq + 1}"
        return None

    def _source_not_next(self, source: Source, events: tuple[Event, ...]) -> str | None:
        if not self._of_ledger:
            return "an inbox is no source of this book" if isinstance(source, InboxSource) else None
        if source is None:
            return None if _is_owner_started(events) else "it has no source"
        if isinstance(source, RecordName):
            return "a record is no source of a ledger book"
        expected = self.next_offset(source.topic, source.partition)
        if source.offset != expected:
            return f"its source is offset {source.offset} of {source.topic}, the next is {expected}"
        return None

    def _undecodable(self, data: bytes, why: str) -> Void:
        """Bytes in the right place that decode in part come from a newer program; others are void."""
        try:
            place = _place.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Void(f"not a record: {why}", None, None)
        if self._misplaced(place.book, place.prev, place.seq) is None and place.v != RECORD_VERSION:
            raise self._newer(f"record version {place.v}")
        return Void(f"not a record: {why}", place.prev, place.owner)

    def _newer(self, what: str) -> NewerProgramNeeded:
        return NewerProgramNeeded(
            f"{self.book} seq {self.seq + 1} holds {what}, which this program does not know: use a newer one"
        )


def offsets_taken(events: tuple[Event, ...]) -> int:
    """Return how many offsets of its source a record takes: one, or the width of a hole."""
    for event in events:
        if event.type == "offsets_absent":
            count: int = event.count
            return count
    return 1


def foreign_source(book: str, record: Valid) -> str | None:
    """Say why a valid record's source is not its book's to decide; the rule is kept, the owner was wrong."""
    if not isinstance(record.source, InboxSource):
        return None
    if record.source.partition != partition_number(book):
        return f"its source is partition {record.source.partition} of {record.source.topic}"
    return None


def is_takeover(record: Valid) -> bool:
    """Return whether a valid record is an owner's claim to the book."""
    return _is_owner_started(record.events)


def _is_owner_started(events: tuple[Event, ...]) -> bool:
    return len(events) == 1 and events[0].type == "owner_started"


def _source(header: _SourceHeader | None) -> Source:
    if header is None:
        return None
    if header.topic is not None and header.partition is not None and header.offset is not None:
        return InboxSource(
            topic=header.topic, partition=header.partition, offset=header.offset, sha256=header.sha256
        )
    return RecordName(book=header.book or "", seq=header.seq or 0, sha256=header.sha256 or "")
