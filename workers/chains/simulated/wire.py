"""What is asked of a simulated chain's node, as JSON.

    POST /CHAIN/METHOD {...}  ->  {"answer": ...}, {"refused": "why"} or {"unavailable": "why"}
    GET  /health              ->  ok

    finalized                                          a block
    sign         account, call                         a signed transaction
    sign_cancel  account, operation                    the same
    broadcast    data                                  null
    fate         hash, data, valid_until               a fate
    guard        operation                             a guard
    block        height                                a block
    feed         account, token, after_height, blocks_max   a feed, or null
    supply       token                                 a count
    deploy       token                                 null

Bytes are base64, and counts of a token's smallest unit are numbers of any size. A call names its kind as
`call`, an event of a feed as `event`.
"""

import json
from typing import Any, TypeVar

import msgspec

from workers.chains.base import (
    Block,
    BridgedOut,
    BurnCall,
    Burned,
    Call,
    Feed,
    MintCall,
    Received,
    TransferCall,
)

T = TypeVar("T")
CALLS: dict[str, type[Call]] = {"mint": MintCall, "burn": BurnCall, "transfer": TransferCall}
EVENTS: dict[str, type[Received | Burned | BridgedOut]] = {
    "received": Received,
    "burned": Burned,
    "bridged_out": BridgedOut,
}
_CALL_NAMES = {kind: name for name, kind in CALLS.items()}
_EVENT_NAMES = {kind: name for name, kind in EVENTS.items()}


class NotUnderstood(Exception):  # noqa: N818 - it names what happened
    """Bytes or fields that are none of these."""


def encode(value: Any) -> bytes:  # noqa: ANN401 - dataclasses, or what is made of them
    """Return the bytes that are sent."""
    return json.dumps(msgspec.to_builtins(value)).encode()


def decode(data: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Return what was sent."""
    try:
        return json.loads(data)
    except ValueError as error:
        raise NotUnderstood(str(error)) from error


def read(value: Any, kind: type[T]) -> T:  # noqa: ANN401 - any JSON value
    """Return a value as what it is meant to be."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise NotUnderstood(str(error)) from error


def call_fields(call: Call) -> dict[str, Any]:
    """Return a call with its kind."""
    return {"call": _CALL_NAMES[type(call)], **msgspec.to_builtins(call)}


def call_of(fields: dict[str, Any]) -> Call:
    """Return the call again."""
    found: Call = _tagged(fields, "call", CALLS)
    return found


def feed_fields(feed: Feed | None) -> dict[str, Any] | None:
    """Return a feed whose events have their kinds."""
    if feed is None:
        return None
    events = [{"event": _EVENT_NAMES[type(each)], **msgspec.to_builtins(each)} for each in feed.events]
    return {"events": events, "through": msgspec.to_builtins(feed.through)}


def feed_of(fields: dict[str, Any] | None) -> Feed | None:
    """Return the feed again."""
    if fields is None:
        return None
    try:
        events = tuple(_tagged(each, "event", EVENTS) for each in fields["events"])
        return Feed(events=events, through=read(fields["through"], Block))
    except (KeyError, TypeError) as error:
        raise NotUnderstood(repr(error)) from error


def _tagged(fields: dict[str, Any], tag: str, kinds: dict[str, Any]) -> Any:  # noqa: ANN401 - one of the kinds
    try:
        others = dict(fields)
        return read(others, kinds[others.pop(tag)])
    except (KeyError, TypeError, ValueError) as error:
        raise NotUnderstood(repr(error)) from error
