"""Messages and records: their bytes, and what is no message."""

import json
from typing import Any

import pytest
from generated_values import valid
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas import canonical
from schemas.envelope import (
    FIRST_PREV,
    Evidence,
    InboxSource,
    Message,
    NotAMessage,
    Reader,
    decode_message,
    encode_message,
    encode_record,
)
from schemas.events import OwnerStarted
from schemas.export import generated
from schemas.identifiers import Digest, Name
from schemas.instants import Instant
from schemas.messages import BODIES, TOPICS, RecordName, Tick
from schemas.registry import body_adapter

SCHEMAS = generated()
NOW = "2026-11-23T09:00:00.000000Z"
each_type = pytest.mark.parametrize("name", BODIES)
some = settings(max_examples=15, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))


def a_tick(**fields: Any) -> dict[str, Any]:
    return {
        "type": "tick",
        "v": 1,
        "received_at": NOW,
        "sender": "clock",
        "instrument": None,
        "evidence": None,
        "body": {"at": NOW},
        **fields,
    }


@each_type
@some
@given(data=st.data())
def test_every_message_comes_back_from_its_bytes(name: str, data: st.DataObject) -> None:
    value = data.draw(valid(BODIES[name][2]))
    evidence = data.draw(st.none() | st.builds(Evidence, sha256=valid(Digest), index=st.integers(0, 99)))
    reader = Reader(name="iso20022", version="1", profile_sha256=None)
    message = Message(
        type=name,
        received_at=data.draw(valid(Instant)),
        sender=data.draw(valid(Name)),
        instrument=data.draw(st.none() | valid(Name)),
        evidence=evidence,
        reader=None if evidence is None else reader,
        body=body_adapter(name).validate_json(json.dumps(value)),
    )
    stored = encode_message(message)
    assert decode_message(stored) == message
    assert encode_message(decode_message(stored)) == stored
    assert canonical.decode(stored)["body"] == value
    schema = SCHEMAS[f"messages/{name}.v{BODIES[name][0]}.json"]
    assert list(Draft202012Validator(schema).iter_errors(json.loads(stored))) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"type": "tock"}, "unknown message type"),
        ({"v": 2}, "version 2"),
        ({"v": "1"}, "v"),
        ({"received_at": "yesterday"}, "received_at"),
        ({"received_at": "2026-02-30T00:00:00.000000Z"}, "received_at"),
        ({"sender": ""}, "sender"),
        ({"sender": None}, "sender"),
        ({"instrument": "a b"}, "instrument"),
        ({"evidence": {"sha256": "x", "index": 0}}, "sha256"),
        ({"evidence": {"sha256": "a" * 64, "index": -1}}, "index"),
        ({"evidence": {"sha256": "a" * 64, "index": 2**53}}, "index"),
        ({"evidence": {"sha256": "a" * 64}}, "index"),
        ({"reader": {"name": "a b", "version": "1", "profile_sha256": None}}, "name"),
        ({"body": {}}, "at"),
        ({"body": {"at": NOW, "more": 1}}, "more"),
        ({"body": None}, "tick"),
        ({"more": 1}, "more"),
    ],
)
def test_what_is_no_message_is_refused_with_the_field(change: dict[str, Any], why: str) -> None:
    with pytest.raises(NotAMessage, match=why):
        decode_message(canonical.encode(a_tick(**change)))


@pytest.mark.parametrize("field", sorted(a_tick()))
def test_no_field_of_the_envelope_may_be_missing(field: str) -> None:
    value = a_tick()
    del value[field]
    with pytest.raises(NotAMessage):
        decode_message(canonical.encode(value))


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"\xff\xfe", b"{", b"[" * 100_000, b'{"type":"tick"', b'{"type":"\\ud800"}'],
    ids=lambda data: repr(data[:16]),
)
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    with pytest.raises(NotAMessage):
        decode_message(data)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60), st.integers(0, 200))
def test_any_change_of_bytes_is_a_message_or_refused(noise: bytes, place: int) -> None:
    data = canonical.encode(a_tick())
    try:
        decode_message(data[:place] + noise + data[place + len(noise) :])
    except NotAMessage as error:
        assert str(error)  # noqa: PT017 - both outcomes are right


def test_a_deep_body_is_refused() -> None:
    deep = "[" * 20_000 + "]" * 20_000
    data = canonical.encode(a_tick()).replace(b'{"at":"' + NOW.encode() + b'"}', deep.encode())
    with pytest.raises(NotAMessage):
        decode_message(data)


def test_a_message_without_a_reader_has_no_such_key() -> None:
    message = Message(
        type="tick",
        received_at=NOW,
        sender="clock",
        instrument=None,
        evidence=None,
        reader=None,
        body=Tick(at=NOW),
    )
    assert json.loads(encode_message(message)) == a_tick()


def test_every_body_belongs_to_one_known_topic() -> None:
    assert {topic for _, topic, _ in BODIES.values()} == set(TOPICS)


@pytest.mark.parametrize(
    ("source", "stored"),
    [
        (None, None),
        (
            InboxSource(topic="inbox.custody", partition=3, offset=8812, sha256="a" * 64),
            {"offset": 8812, "partition": 3, "sha256": "a" * 64, "topic": "inbox.custody"},
        ),
        (
            RecordName(book="ledger-3", seq=7, sha256="b" * 64),
            {"book": "ledger-3", "seq": 7, "sha256": "b" * 64},
        ),
    ],
)
def test_a_record_is_the_canonical_json_of_the_design(source: Any, stored: Any) -> None:
    data = encode_record(
        book="ledger-3",
        seq=1042,
        prev=FIRST_PREV,
        owner="owner-1",
        recorded_at=NOW,
        source=source,
        events=[OwnerStarted(program="tallystick")],
    )
    assert canonical.decode(data) == {
        "book": "ledger-3",
        "events": [{"program": "tallystick", "type": "owner_started", "v": 1}],
        "owner": "owner-1",
        "prev": "0" * 64,
        "recorded_at": NOW,
        "seq": 1042,
        "source": stored,
        "v": 1,
    }
