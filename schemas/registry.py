"""Which types stand on the log, and how each is decoded.

Folding trusts the chain and decodes with msgspec; the edges and `verify` validate with pydantic. A property
test proves that both accept the same values.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from pydantic import TypeAdapter

from schemas.events import EVENTS
from schemas.messages import BODIES
from schemas.tagged import type_name, version_of

Event = Any
"""An instance of one of `schemas.events.EVENTS`; the union is open to later versions."""

EVENT_TYPES: dict[tuple[str, int], type] = {(type_name(cls), version_of(cls)): cls for cls in EVENTS}


class UnknownType(LookupError):  # noqa: N818
    """A type or version that this program does not know: a newer program is needed."""


class _Tag(msgspec.Struct):
    type: str
    v: int


_tag = msgspec.json.Decoder(_Tag)


def decode_event(data: bytes | msgspec.Raw) -> Event:
    """Decode one event of the log; raise `UnknownType` for a type or version of a newer program."""
    tag = _tag.decode(data)
    decode = _event_decoders().get((tag.type, tag.v))
    if decode is None:
        raise UnknownType(f"event {tag.type} version {tag.v}")
    return decode(data)


def validate_event(data: bytes) -> Event:
    """Decode one event with every constraint and no unknown field; for edges and audits."""
    tag = _tag.decode(data)
    return event_adapter(EVENT_TYPES[tag.type, tag.v]).validate_json(data)


@cache
def event_adapter(cls: type) -> TypeAdapter[Any]:
    """Return the validator of one event class."""
    return TypeAdapter(cls)


@cache
def body_adapter(name: str) -> TypeAdapter[Any]:
    """Return the validator of one message type's body."""
    return TypeAdapter(BODIES[name][2])


@cache
def _event_decoders() -> dict[tuple[str, int], Callable[[Any], Event]]:
    return {key: _decoder(cls) for key, cls in EVENT_TYPES.items()}


def _decoder(cls: type) -> Callable[[Any], Event]:
    try:
        return msgspec.json.Decoder(cls).decode
    except TypeError:
        # msgspec takes no union of dataclasses; the events that hold one are rare.
        adapter = event_adapter(cls)
        return lambda data: adapter.validate_json(bytes(data))
