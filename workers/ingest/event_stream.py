"""Saved streams of server-sent events (HTML Living Standard, section 9.2.6) to JSON objects.

A browser forgets what it cannot use: unknown fields, the event that the end cuts off. A saved stream is
evidence, so such a line is refused, an event at the end counts, and a server that says in a comment that it
dropped messages is refused too, where it says so.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from workers.ingest import encodings, json_values
from workers.ingest.json_values import Found
from workers.ingest.reading import Unreadable

LINES_MAX: Final = 500_000
STARTS: Final = (":", "data:", "id:", "event:", "retry:")

_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_DROPPED: Final = re.compile(r"\bdropped\b", re.IGNORECASE)
_FIELDS: Final = frozenset({"data", "id", "event", "retry"})


class Event(NamedTuple):
    """One event of the stream: its data, the line (from 1) where it begins, and its id."""

    data: str
    line: int
    id: str | None


def objects(data: bytes) -> list[Found]:
    """Return the objects that the events of a stream carry, and what is refused, in its order."""
    text = encodings.plain_text(data)
    if text.count("\n") + text.count("\r") > LINES_MAX:
        raise Unreadable("too_large", f"More than {LINES_MAX} lines of a stream.")
    found = list(_found(text))
    if not found:
        raise Unreadable("not_a_message", "A stream without an event.")
    return found


def _found(text: str) -> Iterator[Found]:
    count = 0
    for part in _parts(text):
        for one in [part] if isinstance(part, Found) else _carried(part):
            count += 1
            if count > json_values.OBJECTS_MAX:
                raise Unreadable("too_large", f"More than {json_values.OBJECTS_MAX} events.")
            yield one


def _carried(event: Event) -> Iterator[Found]:
    """Yield the objects of an event; the stream's id stands in where an object leaves out its own."""
    for one in json_values.objects_in(event.data, line=event.line):
        if one.value is None or event.id is None or one.value.get("event_id") is not None:
            yield one
        else:
            yield Found(one.value | {"event_id": event.id})


def _parts(text: str) -> Iterator[Event | Found]:
    """Yield events and refused lines."""
    lines: list[str] = []
    first, identifier = 1, None
    for number, line in enumerate([*_LINE_END.split(text), ""], 1):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if any(lines):
                yield Event("\n".join(lines), first, identifier)
            lines, identifier = [], None
        elif not name:
            if _DROPPED.search(value):
                yield _refused(f"The server did not send everything: {value.strip()[:80]}.", number)
        elif name == "data":
            first = first if lines else number
            lines.append(value)
        elif name == "id":
            identifier = value
        elif name not in _FIELDS:
            yield _refused(f"{line[:40]!r} is no line of an event stream.", number)


def _refused(sentence: str, line: int) -> Found:
    return Found(None, Unreadable("malformed", sentence, f"line {line}"))
