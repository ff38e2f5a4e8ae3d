"""The watcher: sees every line of every book the moment it is stored, and holds it to the invariants."""

from collections.abc import Callable, Mapping, Sequence

from schemas.canonical import digest
from schemas.envelope import InboxSource, NotAMessage, decode_message
from schemas.messages import BROADCAST, CHAIN
from schemas.registry import Event
from schemas.streams import inbox_stream, is_book, topic_of
from tests.simulation.coverage import Coverage
from tests.simulation.second_reader import SecondReader
from workers.core.invariants import Input, Invariants, Violation
from workers.log.memory import MemoryEngine
from workers.log.rule import Chain, Valid

STRANGERS = ("mallory", "observer")


class WatchedEngine(MemoryEngine):
    """A log in memory that tells a watcher which streams have grown."""

    def __init__(self) -> None:
        super().__init__()
        self.grown: Callable[[str], None] = lambda _stream: None

    def append(self, batches: Mapping[str, Sequence[bytes]]) -> None:
        super().append(batches)
        for stream in batches:
            self.grown(stream)


class Watcher:
    """`valid` names every valid record; `forged` holds what thieves send under the name of a process.

    `truth` may add what the chains know to be so.
    """

    def __init__(self, engine: WatchedEngine, coverage: Coverage) -> None:
        self.engine = engine
        self.coverage = coverage
        self.invariants = Invariants()
        self.violations: list[Violation] = []
        self.valid: dict[tuple[str, int], str] = {}
        self.forged: set[bytes] = set()
        self.truth: Callable[[str, int, Event], None] = lambda _book, _seq, _event: None
        self.zombie: Callable[[str, str], bool] = lambda _book, _owner: False
        self._chains: dict[str, Chain] = {}
        self._second: dict[str, SecondReader] = {}
        self._positions: dict[str, int] = {}
        engine.grown = self.grown

    @property
    def records(self) -> int:
        return len(self.valid)

    def place(self, book: str) -> Chain:
        """Return the end of a book, as the rule has it."""
        return self._chains.setdefault(book, Chain(book))

    def violate(self, number: str, text: str, *, book: str = "", seq: int = 0) -> None:
        self.violations.append(Violation(number, book, seq, text, "simulator"))

    def grown(self, stream: str) -> None:
        """Read a book on to its end."""
        if not is_book(stream):
            self._told(stream)
            return
        chain = self.place(stream)
        second = self._second.setdefault(stream, SecondReader(stream))
        for entry in self.engine.read(stream, self._positions.get(stream, 0), 1_000_000):
            self._positions[stream] = entry.position + 1
            is_valid = second.line(entry.value)
            found = chain.advance(entry.value)
            if isinstance(found, Valid) != is_valid:
                text = f"one reader says {found}, the other {is_valid}"
                self.violate("RULE", text, book=stream, seq=second.seq)
            if isinstance(found, Valid):
                self._observe(stream, found)
            else:
                self.coverage.void(found.why, zombie=self.zombie(stream, found.owner or ""))

    def _told(self, stream: str) -> None:
        """Hold what processes tell one another to the records that it names: they are valid by then."""
        if topic_of(stream) not in (BROADCAST, CHAIN):
            return
        for entry in self.engine.read(stream, self._positions.get(stream, 0), 1_000_000):
            self._positions[stream] = entry.position + 1
            try:
                message = decode_message(entry.value)
            except NotAMessage:
                continue
            named = getattr(message.body, "record", None)
            if named is None or message.sender in STRANGERS or entry.value in self.forged:
                continue
            if self.valid.get((named.book, named.seq)) != named.sha256:
                text = f"{message.sender} told of {named}, which is not valid"
                self.violate("INV-011", text, book=stream, seq=entry.position)

    def _observe(self, book: str, record: Valid) -> None:
        self.valid[book, record.seq] = record.sha256
        self.coverage.record(book, record)
        self.violations += self.invariants.observe(
            book,
            record.seq,
            sha256=record.sha256,
            source=record.source,
            events=record.events,
            message=self._input(record),
        )
        for event in record.events:
            self.truth(book, record.seq, event)

    def _input(self, record: Valid) -> Input | None:
        source = record.source
        if not isinstance(source, InboxSource):
            return None
        entries = self.engine.read(inbox_stream(source.topic, source.partition), source.offset, 1)
        if not entries or entries[0].position != source.offset:
            return None
        data = entries[0].value
        try:
            return Input(digest(data), decode_message(data))
        except NotAMessage:
            return Input(digest(data), None)
