"""The fast decoder of the fold and the strict one of the audit read the same values in every event.

What the strict one accepts, the fast one reads as the same event. What only the fast one accepts parts from
the declaration in a constraint (a pattern, a bound, a length) or a further field, never in its shape.
"""

import json
from typing import Any

import pytest
from generated_values import at, mutated, places, replaced, valid_fields, without
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import canonical
from schemas.events import EVENTS
from schemas.registry import EVENT_TYPES, UnknownType, decode_event, validate_event
from schemas.tagged import type_name, version_of

# What each decoder raises for a value that it refuses; anything else is an error of its own.
REFUSALS = (ValueError, UnknownType, KeyError)


def fast(data: bytes) -> Any:
    try:
        return decode_event(data)
    except REFUSALS as error:
        return type(error)


def strict(data: bytes) -> Any:
    try:
        return validate_event(data)
    except ValidationError as error:
        return Refused({each["type"] for each in error.errors(include_url=False)})
    except REFUSALS:
        return Refused({"shape"})


class Refused:
    """Why the strict decoder refused, in its own codes."""

    CONSTRAINTS = frozenset(
        (
            "string_pattern_mismatch",
            "string_too_short",
            "string_too_long",
            "greater_than_equal",
            "less_than_equal",
            "too_short",
            "unexpected_keyword_argument",
        )
    )

    def __init__(self, codes: set[str]) -> None:
        self.codes = codes

    @property
    def only_constraints(self) -> bool:
        return self.codes <= self.CONSTRAINTS


def alike(found: Any, wanted: Any) -> bool:
    """Both read the same event, or both refused, or the fast one overlooked a constraint and nothing else."""
    if not isinstance(wanted, Refused):
        return bool(found == wanted)
    return isinstance(found, type) or wanted.only_constraints


each_event = pytest.mark.parametrize("cls", EVENTS, ids=type_name)
some = settings(max_examples=12, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))


@each_event
@some
@given(data=st.data())
def test_both_accept_every_valid_value_and_agree_on_what_it_is(cls: type, data: st.DataObject) -> None:
    value = data.draw(valid_fields(cls))
    stored = canonical.encode(value)
    event = fast(stored)
    assert event == strict(stored)
    assert isinstance(event, cls)
    assert canonical.encode(event) == stored, "decoding and encoding again gives the same bytes"
    assert canonical.decode(stored) == value


@each_event
@some
@given(data=st.data())
def test_what_is_made_from_a_valid_value_is_read_alike_or_breaks_a_constraint_only(
    cls: type, data: st.DataObject
) -> None:
    value = data.draw(valid_fields(cls))
    for path in places(value):
        for new in mutated(at(value, path)):
            changed = json.dumps(replaced(value, path, new)).encode()
            assert alike(fast(changed), strict(changed)), changed
        fewer = json.dumps(without(value, path)).encode()
        assert alike(fast(fewer), strict(fewer)), fewer


@each_event
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_field_that_no_event_has_is_found_by_the_strict_decoder(cls: type, data: st.DataObject) -> None:
    value = data.draw(valid_fields(cls))
    more = canonical.encode({**value, "zzz": "1"})
    with pytest.raises(ValidationError):
        validate_event(more)
    # Folding trusts the chain: where it does not see the field, encoding again does not give the bytes.
    event = fast(more)
    assert isinstance(event, type) or canonical.encode(event) != more


@pytest.mark.parametrize("cls", EVENTS, ids=type_name)
def test_another_version_asks_for_a_newer_program(cls: type) -> None:
    data = canonical.encode({"type": type_name(cls), "v": version_of(cls) + 1})
    with pytest.raises(UnknownType):
        decode_event(data)


def test_every_event_stands_in_the_registry_under_its_name_and_version() -> None:
    assert set(EVENT_TYPES.values()) == set(EVENTS)
    assert len(EVENT_TYPES) == len(EVENTS)
    for (name, version), cls in EVENT_TYPES.items():
        assert (type_name(cls), version_of(cls)) == (name, version)


@pytest.mark.parametrize("data", [b"", b"[]", b"1", b"{}", b'{"type":"tick"}', b"\xff", b'{"type":1,"v":1}'])
def test_what_is_no_event_at_all_is_refused_by_both(data: bytes) -> None:
    assert isinstance(fast(data), type)
    assert isinstance(strict(data), Refused)
