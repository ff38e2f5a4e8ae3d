"""The two envelopes of the log: inbox messages and records.

    message  {"type", "v", "received_at", "sender", "instrument", "evidence", "reader", "body"}
    record   {"book", "events", "owner", "prev", "recorded_at", "seq", "source", "v"}

A message that was read from evidence names its reader; any other has no such key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from pydantic import ValidationError

from schemas import canonical
from schemas.counters import Height
from schemas.identifiers import Digest, Name, Text
from schemas.instants import Instant
from schemas.messages import BODIES, Body, RecordName
from schemas.registry import Event, body_adapter
from schemas.tagged import STRICT

RECORD_VERSION = 1
FIRST_PREV = "0" * 64


class NotAMessage(ValueError):  # noqa: N818
    """The bytes in an inbox are no message that this program knows; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The bytes that a message was read from, and which of their messages it is (from 0)."""

    __pydantic_config__ = STRICT

    sha256: Digest
    index: Height


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The program part that read the evidence, and the evidence of the profile that it read with."""

    __pydantic_config__ = STRICT

    name: Name
    version: Text
    profile_sha256: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One inbox message; `received_at` is our receipt, `instrument` the key that it is routed by."""

    type: str
    received_at: str
    sender: str
    instrument: str | None
    evidence: Evidence | None
    reader: Reader | None
    body: Body


class InboxSource(msgspec.Struct, frozen=True, kw_only=True):
    """The message that a ledger record decides; no digest where it stands for absent offsets."""

    topic: str
    partition: int
    offset: int
    sha256: str | None


Source = InboxSource | RecordName | None
"""A ledger record's message, the work that a transactions book takes, or an owner's own observation."""


class _MessageHeader(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    v: int
    received_at: Instant
    sender: Name
    instrument: Name | None
    evidence: Evidence | None
    body: msgspec.Raw
    reader: Reader | None = None


_message_header = msgspec.json.Decoder(_MessageHeader)


def encode_message(message: Message) -> bytes:
    """Return the message's canonical bytes."""
    fields: dict[str, Any] = {
        "type": message.type,
        "v": BODIES[message.type][0],
        "received_at": message.received_at,
        "sender": message.sender,
        "instrument": message.instrument,
        "evidence": message.evidence,
        "body": message.body,
    }
    if message.reader is not None:
        fields["reader"] = message.reader
    return canonical.encode(fields)


def decode_message(data: bytes) -> Message:
    """Return the message, or raise `NotAMessage`."""
    try:
        header = _message_header.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotAMessage(f"no message: {error}") from error
    known = BODIES.get(header.type)
    if known is None:
        raise NotAMessage(f"unknown message type {header.type!r}")
    if header.v != known[0]:
        raise NotAMessage(f"{header.type} version {header.v}; this program knows version {known[0]}")
    try:
        body = body_adapter(header.type).validate_json(bytes(header.body))
    except ValidationError as error:
        raise NotAMessage(f"{header.type}: {first_error(error)}") from error
    return Message(
        type=header.type,
        received_at=header.received_at,
        sender=header.sender,
        instrument=header.instrument,
        evidence=header.evidence,
        reader=header.reader,
        body=body,
    )


def encode_record(
    *, book: str, seq: int, prev: str, owner: str, recorded_at: str, source: Source, events: Sequence[Event]
) -> bytes:
    """Return a record's canonical bytes: the bytes that are stored are the bytes that are hashed."""
    return canonical.encode(
        {
            "book": book,
            "events": events,
            "owner": owner,
            "prev": prev,
            "recorded_at": recorded_at,
            "seq": seq,
            "source": source,
            "v": RECORD_VERSION,
        }
    )


def first_error(error: ValidationError) -> str:
    """Return the first thing that a validation found, as `field: what is wrong`."""
    found = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in found["loc"]) or "the whole"
    return f"{where}: {found['msg']}"
