"""What a predicate is given, and what it finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from schemas.envelope import Message, Source
from schemas.registry import Event
from workers.core.invariants.facts import Facts


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold, and the record that broke it; `predicate` is the part that saw it."""

    number: str
    book: str
    seq: int
    text: str
    predicate: str = ""

    def __str__(self) -> str:
        return f"{self.number} {self.predicate}: {self.book} seq {self.seq}: {self.text}"


@dataclass(frozen=True, slots=True)
class Input:
    """What an inbox holds at a record's source: the digest of its bytes, and the message that they are."""

    sha256: str
    message: Message | None


@dataclass(frozen=True, slots=True)
class Record:
    """One valid record, with what stands in the inbox at its source."""

    book: str
    seq: int
    sha256: str
    source: Source
    events: tuple[Event, ...]
    input: Input | None

    def body(self, kind: str) -> Any:  # noqa: ANN401 - the message's type decides its body
        """Return the message's body, or None where it is not of this type."""
        message = None if self.input is None else self.input.message
        return message.body if message is not None and message.type == kind else None


Check = Callable[[Facts, Record, Any], Iterator[str]]
"""Yields a sentence for each thing that is wrong with an event, given everything before it."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """A numbered check on events of one type, made before the event is folded."""

    number: str
    of: type
    check: Check

    @property
    def name(self) -> str:
        """Return what the predicate is called."""
        return self.check.__name__
