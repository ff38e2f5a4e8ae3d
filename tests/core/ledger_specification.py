"""Sentences about one ledger book: given these messages, when this one comes, then these events follow.

Every message goes through its own bytes. Every event must stand the strict validation that an audit does, and
at the end the recorded events are folded and all messages decided again: both must give the same state.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from schemas import canonical
from schemas.canonical import digest
from schemas.envelope import Message, decode_message, encode_message
from schemas.messages import BODIES
from schemas.registry import Event, decode_event, validate_event
from schemas.tagged import type_name
from workers.core import ledger
from workers.core.ledger import Given, State
from workers.core.portrait import state_digest


@dataclass(frozen=True, slots=True)
class Expected:
    """An event of this type with at least these fields."""

    type: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OnTopic:
    """A message in a topic that need not be its own."""

    topic: str
    message: Message


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes in an inbox that are no message."""

    topic: str
    problem: str


Said = Message | OnTopic | Bytes


def like(cls: type, /, **fields: object) -> Expected:
    return Expected(type_name(cls), fields)


def input_of(said: Said) -> Given:
    if isinstance(said, Bytes):
        return Given(said.topic, digest(said.problem.encode()), None, said.problem)
    message = said.message if isinstance(said, OnTopic) else said
    topic = said.topic if isinstance(said, OnTopic) else BODIES[message.type][1]
    data = encode_message(message)
    return Given(topic, digest(data), decode_message(data), None)


class Specification:
    """One book; `given` and `when` decide messages, `then` says what the last one led to."""

    def __init__(self, partition: int = 0) -> None:
        self.partition = partition
        self.state = ledger.initial(partition)
        self.inputs: list[Given] = []
        self.records: list[tuple[Event, ...]] = []

    def given(self, *messages: Said | Iterable[Said]) -> "Specification":
        for each in messages:
            for said in [each] if isinstance(each, Message | OnTopic | Bytes) else each:
                self.when(said)
        return self

    def when(self, said: Said) -> "Specification":
        found = input_of(said)
        events = decided(self.state, found)
        for event in events:
            _stands_on_the_log(event)
        self.inputs.append(found)
        self.records.append(events)
        return self

    def then(self, *expected: Expected) -> "Specification":
        """The last message led to exactly these events, in this order."""
        _compare(self.records[-1], expected)
        return self.holds_together()

    def then_among(self, *expected: Expected) -> "Specification":
        """The last message led to these events, in this order, among others of other types."""
        types = {each.type for each in expected}
        _compare([event for event in self.records[-1] if event.type in types], expected)
        return self.holds_together()

    def never(self, *classes: type) -> "Specification":
        """The last message led to none of these."""
        assert not [event for event in self.records[-1] if isinstance(event, classes)]
        return self

    def last(self, cls: type) -> Any:
        """Return the newest event of a class, for sentences that go on with its ids."""
        found = [event for record in self.records for event in record if isinstance(event, cls)]
        assert found, f"no {cls.__name__} was decided"
        return found[-1]

    def all(self, cls: type) -> list[Any]:
        return [event for record in self.records for event in record if isinstance(event, cls)]

    def holds_together(self) -> "Specification":
        folded = ledger.initial(self.partition)
        for record in self.records:
            for event in record:
                ledger.evolve(folded, decode_event(canonical.encode(event)))
        assert state_digest(folded) == state_digest(self.state), "folding what was recorded differs"
        again = ledger.initial(self.partition)
        assert [decided(again, each) for each in self.inputs] == self.records, "deciding again differs"
        assert state_digest(again) == state_digest(self.state), "deciding again leads elsewhere"
        return self


def decided(state: State, given: Given) -> tuple[Event, ...]:
    """Decide as the loop does: each event is applied before the next is asked for."""
    events = []
    for event in ledger.decide(state, given):
        ledger.evolve(state, event)
        events.append(event)
    return tuple(events)


def _stands_on_the_log(event: Event) -> None:
    data = canonical.encode(event)
    canonical.decode(data)
    assert validate_event(data) == event
    assert decode_event(data) == event


def _compare(actual: Iterable[Event], expected: Iterable[Expected]) -> None:
    events, wanted = list(actual), list(expected)
    assert [event.type for event in events] == [each.type for each in wanted], events
    found = [
        {name: getattr(event, name) for name in each.fields}
        for event, each in zip(events, wanted, strict=True)
    ]
    assert found == [each.fields for each in wanted]
