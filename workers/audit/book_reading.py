"""Reading one book from the start: the chain, the form of its records, and whether its void ones are honest.

A void record is honest if its `prev` is the digest of an earlier line or of nothing, or if a valid record
follows it (a torn batch, after which somebody went on). Any other points at a record that is not here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import msgspec
from pydantic import ValidationError

from schemas.canonical import NotCanonical, decode, digest
from schemas.envelope import FIRST_PREV, encode_record, first_error
from schemas.events import LEDGER_EVENTS, TRANSACTION_EVENTS
from schemas.instants import Instant
from schemas.registry import validate_event
from schemas.streams import is_ledger
from workers.audit.digests import Digests
from workers.audit.findings import Findings
from workers.log.rule import Chain, NewerProgramNeeded, Valid, Void

VOIDS_KEPT = 50


@dataclass(frozen=True, slots=True)
class VoidLine:
    """A void line: where it stands, what number and predecessor it claims, whether it repeats a record."""

    line: int
    seq: int | None
    prev: str | None
    why: str
    repeats: bool


class _Claim(msgspec.Struct):
    seq: int | None = None


class _Events(msgspec.Struct):
    events: list[msgspec.Raw]


_claim = msgspec.json.Decoder(_Claim)
_events = msgspec.json.Decoder(_Events)


def as_it_stands(line: bytes) -> bytes:
    """Return a line of an engine: what it holds is what was stored."""
    return line


class BookReading:
    """One pass over a book; `thorough` checks the form of every record as well.

    While a record is yielded, `line` is where it stands and `data` its stored bytes.
    """

    def __init__(
        self,
        book: str,
        lines: Iterable[bytes],
        findings: Findings,
        *,
        stored: Callable[[bytes], bytes] = as_it_stands,
        thorough: bool = True,
    ) -> None:
        self.chain = Chain(book)
        self.line = 0
        self.data = b""
        self.voids: list[VoidLine] = []
        self.stopped = False
        self._lines = lines
        self._findings = findings
        self._stored = stored
        self._thorough = thorough
        self._digests = Digests()
        self._dangling: list[VoidLine] = []
        self._known_events = frozenset(LEDGER_EVENTS if is_ledger(book) else TRANSACTION_EVENTS)

    def records(self) -> Iterator[Valid]:
        """Yield the valid records in order, and add to the findings what does not hold."""
        chain, stored = self.chain, self._stored
        for line in self._lines:
            self.line += 1
            if self.stopped:
                continue  # counted, and nothing can be said of it
            self.data = data = stored(line)
            prev = chain.head
            try:
                found = chain.advance(data)
            except NewerProgramNeeded as error:
                self.stopped = True
                self._add("newer_program_needed", str(error), seq=chain.seq + 1)
                continue
            if isinstance(found, Void):
                self._read_void(line, data, found)
                continue
            self._dangling.clear()
            self._digests.add_valid(found.sha256)
            if self._thorough:
                self._check_form(data, prev, found)
            yield found
        self._report_dangling()

    def _read_void(self, line: bytes, data: bytes, void: Void) -> None:
        sha256, seq = digest(data), _seq(data)
        repeats = self._digests.is_valid_record(sha256, seq)
        read = VoidLine(self.line, seq, void.prev, void.why, repeats)
        if len(self.voids) < VOIDS_KEPT:
            self.voids.append(read)
        near = None if seq is None else seq - 1
        honest = void.prev is not None and (void.prev == FIRST_PREV or self._digests.knows(void.prev, near))
        if not honest and len(self._dangling) < VOIDS_KEPT:
            self._dangling.append(read)
        self._digests.add_void(sha256)
        # Garbage that the log holds stands in hexadecimal in an export; as it stands, it came in afterwards.
        if self._thorough and data is line:
            problem = _not_canonical(data)
            if problem is not None:
                self._add("not_canonical", f"a void line is {problem}", seq=seq)

    def _report_dangling(self) -> None:
        for void in self._dangling:
            self._findings.add(
                "chain_broken",
                self.chain.book,
                f"{self._where_it_broke(void)} (the line is void: {void.why}; nothing valid follows)",
                seq=self._suspect(void),
                line=void.line,
            )

    def _suspect(self, void: VoidLine) -> int | None:
        """Return the number of the record that is not what its successor says: changed, or not here."""
        if void.seq is None:
            return self.chain.seq + 1
        return self.chain.seq if void.seq == self.chain.seq + 1 and void.seq > 1 else self.chain.seq + 1

    def _where_it_broke(self, void: VoidLine) -> str:
        last = self.chain.seq
        if void.seq is None:
            return "no record, and no valid one after it"
        if void.prev is None or void.seq <= last:
            return f"a record that says it is seq {void.seq} and follows no line that is here"
        if void.seq == last + 1:
            return f"seq {void.seq} follows another record than the one that is here: seq {last} was changed"
        return f"seq {void.seq} follows a record that is not here: seq {last + 1} was changed or removed"

    def _check_form(self, data: bytes, prev: str, record: Valid) -> None:
        """Encode the record again: other bytes mean another form, an unknown field or a number not ours."""
        again = encode_record(
            book=self.chain.book,
            seq=record.seq,
            prev=prev,
            owner=record.owner,
            recorded_at=record.recorded_at,
            source=record.source,
            events=record.events,
        )
        if again != data:
            problem = _not_canonical(data) or "canonical JSON with fields that its types do not have"
            self._add("not_canonical", f"the record is {problem}", seq=record.seq)
        self._check_fields(data, record)
        for event in record.events:
            if type(event) not in self._known_events:
                self._add("foreign_event", f"{event.type} is no event of this book", seq=record.seq)

    def _check_fields(self, data: bytes, record: Valid) -> None:
        """Hold every field to its constraints, which folding leaves to the chain."""
        try:
            msgspec.convert(record.recorded_at, Instant)
        except msgspec.ValidationError:
            self._add("record_malformed", "recorded_at is no instant", seq=record.seq)
        for raw in _events.decode(data).events:
            try:
                validate_event(bytes(raw))
            except ValidationError as error:
                self._add("record_malformed", first_error(error), seq=record.seq)

    def _add(self, code: str, text: str, *, seq: int | None) -> None:
        self._findings.add(code, self.chain.book, text, seq=seq, line=self.line)


def _seq(data: bytes) -> int | None:
    try:
        return _claim.decode(data).seq
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _not_canonical(data: bytes) -> str | None:
    try:
        decode(data)
    except NotCanonical as error:
        return str(error)
    return None
