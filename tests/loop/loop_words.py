"""A decider so small that only the loop is tried, a worker that drives it, and what a book must hold."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from schemas import instants
from schemas.canonical import digest
from schemas.envelope import InboxSource, Source, encode_record
from schemas.events import InformationRecorded, MessageSetAside, OffsetsAbsent
from schemas.messages import CUSTODY
from schemas.registry import Event
from schemas.streams import inbox_stream
from workers.log.engine import Engine, LogError
from workers.log.rule import Chain, Valid
from workers.loop import Settled
from workers.runner import Runner, Surroundings

START = "2026-11-23T09:00:00.000000Z"
BOOK = "ledger-0"
INBOX = inbox_stream(CUSTODY, 0)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> str:
        return instants.plus(START, int(self.seconds))

    def monotonic(self) -> float:
        return self.seconds


class Remember:
    """Records every text that it is given; `poison` raises, and so does a text that it has seen `once`."""

    def initial(self, _book: str) -> list[str]:
        return []

    def decide(self, state: list[str], given: str) -> Iterator[Event]:
        yield InformationRecorded(code="cash", text=given)
        if given == "poison":
            raise ArithmeticError(f"after {len(state)} texts")

    def evolve(self, state: list[str], event: Event) -> None:
        if isinstance(event, InformationRecorded):
            state.append(event.text)

    def set_aside(self, given: str, error: str) -> Iterator[Event]:
        yield MessageSetAside(code="decision_raised", text=f"{given}: {error}")


def around(clock: Clock, name: str, **changes: Any) -> Surroundings:
    numbers = iter(range(10**6))
    defaults: dict[str, Any] = {
        "now": clock.now,
        "monotonic": clock.monotonic,
        "new_owner": lambda: f"{name}-{next(numbers)}",
        "pause": lambda: 0.0,
    }
    return Surroundings(**{**defaults, **changes})


class Worker:
    """Drives one book from one inbox partition, as settlement does, and acts on what was read back."""

    def __init__(self, engine: Engine, clock: Clock, name: str = "worker", **changes: Any) -> None:
        self.engine = engine
        self.acted: list[str] = []
        self.runner: Runner[list[str], str] = Runner(engine, BOOK, Remember(), around(clock, name, **changes))

    def read(self) -> list[Settled[str]]:
        settled = self.runner.advance(self.append)
        self.acted += [each.given for each in settled if each.given is not None]
        return settled

    def decide(self) -> None:
        offset = self.runner.loop.ahead.next_offset(CUSTODY, 0)
        for entry in self.engine.read(INBOX, offset, self.runner.room):
            offset = self.runner.loop.ahead.next_offset(CUSTODY, 0)
            if entry.position > offset:
                hole = InboxSource(topic=CUSTODY, partition=0, offset=offset, sha256=None)
                self.append(BOOK, [self.runner.absent(hole, entry.position - offset)])
                if not self.runner.owning:
                    return
            record = self.runner.decide(source_of(entry.position, entry.value), entry.value.decode())
            if record is None:
                return
            self.append(BOOK, [record])
            if not self.runner.owning:
                return

    def round(self) -> None:
        self.read()
        if self.runner.owning:
            self.decide()

    def append(self, stream: str, values: Sequence[bytes]) -> None:
        try:
            self.engine.append({stream: values})
        except LogError as error:
            self.runner.doubt(str(error))


def source_of(offset: int, data: bytes) -> InboxSource:
    return InboxSource(topic=CUSTODY, partition=0, offset=offset, sha256=digest(data))


def say(engine: Engine, *texts: str) -> None:
    engine.append({INBOX: [text.encode() for text in texts]})


def record(
    chain: Chain, *events: Event, source: Source = None, owner: str = "somebody", **changes: Any
) -> bytes:
    """Return the bytes of the record that would follow, with some of it changed."""
    fields: dict[str, Any] = {
        "book": chain.book,
        "seq": chain.seq + 1,
        "prev": chain.head,
        "owner": owner,
        "recorded_at": START,
        "source": source,
        "events": events,
    }
    return encode_record(**{**fields, **changes})


def valid_records(engine: Engine, book: str = BOOK) -> list[Valid]:
    chain = Chain(book)
    found = [chain.advance(entry.value) for entry in engine.read(book, 0, 10**6)]
    return [each for each in found if isinstance(each, Valid)]


def decided(engine: Engine) -> list[tuple[int, str]]:
    """Return every decided input of the book: its offset, and the text that was recorded for it."""
    result = []
    for each in valid_records(engine):
        if isinstance(each.source, InboxSource):
            event = each.events[0]
            text = f"absent {event.count}" if isinstance(event, OffsetsAbsent) else event.text
            result.append((each.source.offset, text))
    return result


def until(ready: Callable[[], bool], *steps: Callable[[], Any], rounds: int = 400) -> None:
    """Do the steps until it is so; what never becomes so fails."""
    for _ in range(rounds):
        if ready():
            return
        for step in steps:
            step()
    assert ready(), f"not so after {rounds} rounds"
