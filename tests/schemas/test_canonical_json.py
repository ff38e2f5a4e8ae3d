"""Canonical JSON, against an encoder that was written for this test from RFC 8785 and the contract."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import canonical
from schemas.canonical import INTEGER_MAX, NotCanonical

TEXT = st.text(max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def independent(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(_escaped(character) for character in value) + '"'
    if isinstance(value, list):
        return "[" + ",".join(independent(each) for each in value) + "]"
    keys = sorted(value, key=lambda key: [ord(character) for character in key])
    return "{" + ",".join(f"{independent(key)}:{independent(value[key])}" for key in keys) + "}"


def _escaped(character: str) -> str:
    if ord(character) in SHORT:
        return SHORT[ord(character)]
    return f"\\u{ord(character):04x}" if ord(character) < 32 else character


@settings(deadline=None)
@given(VALUES)
def test_the_encoding_is_the_independent_one_and_decodes_to_the_same(value: Any) -> None:
    data = canonical.encode(value)
    assert data == independent(value).encode()
    assert canonical.decode(data) == value
    assert canonical.digest(data) == hashlib.sha256(data).hexdigest()


@settings(deadline=None)
@given(VALUES, st.sampled_from([{"indent": 1}, {"separators": (", ", ":")}, {"ensure_ascii": True}]))
def test_another_encoding_of_the_same_is_refused(value: Any, style: dict[str, Any]) -> None:
    other = json.dumps(value, **{"ensure_ascii": False, "separators": (",", ":"), "sort_keys": True, **style})
    if other.encode() == canonical.encode(value):
        return
    with pytest.raises(NotCanonical):
        canonical.decode(other.encode())


@settings(deadline=None)
@given(VALUES, st.data())
def test_a_changed_byte_is_refused_or_is_another_value(value: Any, data: st.DataObject) -> None:
    stored = bytearray(canonical.encode(value))
    stored[data.draw(st.integers(0, len(stored) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        other = canonical.decode(bytes(stored))
    except NotCanonical:
        return
    assert canonical.encode(other) == bytes(stored)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" 1",
        b"1 ",
        b"1\n",
        b"[1, 2]",
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'[{"a":1,"a":2}]',
        b"1.0",
        b"1.5",
        b"1e2",
        b"1E2",
        b"-0",
        b"01",
        b"+1",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"9007199254740992",
        b"-9007199254740992",
        b"1" * 400,
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u000A"',
        b'"\\u000a"',
        b'"\\u001F"',
        b'"\\u00e9"',
        b'"\\ud83d\\ude00"',
        b'"\\ud800"',
        b'"\\udc00"',
        b'{"\\ud800":1}',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'"\xc0\xaf"',
        b"\xef\xbb\xbf1",
        b'"\n"',
        b'"\x00"',
        b"[1,]",
        b'{"a":1,}',
        b"'a'",
        b"[1] [2]",
        b"true1",
        b"// x\n1",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
    ids=lambda data: repr(data[:24]),
)
def test_what_is_not_canonical_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(NotCanonical) as refused:
        canonical.decode(data)
    assert str(refused.value)


def test_keys_are_sorted_by_code_point_and_not_by_utf_16() -> None:
    keys = ["\ufb33", "\U0001f600", "z", "\u20ac", "1", "\r", "\u00f6", "", "a", "A"]
    assert list(json.loads(canonical.encode(dict.fromkeys(keys, 1)))) == sorted(keys)
    assert sorted(keys).index("\ufb33") < sorted(keys).index("\U0001f600"), "UTF-16 would turn these round"


@pytest.mark.parametrize("value", [INTEGER_MAX, -INTEGER_MAX, 0])
def test_integers_below_two_to_the_53_are_kept(value: int) -> None:
    assert canonical.decode(canonical.encode(value)) == value


def test_an_unpaired_surrogate_is_not_encoded() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical.encode({"text": "\ud800"})


@pytest.mark.parametrize("depth", [900, 950, 980, 990, 995, 999, 1000, 1001, 2000])
def test_any_depth_is_decoded_or_refused(depth: int) -> None:
    data = b"[" * depth + b"]" * depth
    try:
        assert canonical.encode(canonical.decode(data)) == data
    except NotCanonical as error:
        assert "deep" in str(error)  # noqa: PT017 - both outcomes are right
