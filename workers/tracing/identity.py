"""The ids of a message's trace and of its first span: functions of the message's place and digest."""

from hashlib import sha256

from schemas.canonical import encode
from schemas.envelope import InboxSource


def trace_id(message: InboxSource) -> int:
    """Return 128 bits; never 0, which is no id."""
    return int.from_bytes(_digest("trace", message)[:16]) or 1


def first_span_id(message: InboxSource) -> int:
    """Return 64 bits; never 0, which is no id."""
    return int.from_bytes(_digest("span", message)[:8]) or 1


def _digest(what: str, message: InboxSource) -> bytes:
    return sha256(encode([what, message.topic, message.partition, message.offset, message.sha256])).digest()
