"""Values of any declared type: valid ones from the type's own constraints, and others made from them."""

import dataclasses
import types
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from schemas.amounts import Amount
from schemas.instants import Date, Instant

_DATES = st.dates().map(str)
_INSTANTS = st.datetimes(min_value=datetime(1970, 1, 1)).map(  # noqa: DTZ001 - hypothesis adds no zone here
    lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"
)
_AMOUNTS = st.tuples(st.integers(0, 10**38 - 1), st.integers(0, 10**18 - 1)).map(
    lambda parts: f"{parts[0]}.{parts[1]:018}".rstrip("0").rstrip(".")
)
_KNOWN = {Date: _DATES, Instant: _INSTANTS, Amount: _AMOUNTS}


@cache
def valid(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy of JSON values that the declared type means to accept."""
    if kind in _KNOWN:
        return _KNOWN[kind]
    origin = get_origin(kind)
    if origin is Annotated:
        return _constrained(*get_args(kind))
    if origin is Literal:
        return st.sampled_from(get_args(kind))
    if origin in (Union, types.UnionType):
        return st.one_of(*map(valid, get_args(kind)))
    if origin is tuple:
        items = get_args(kind)
        if items[-1] is Ellipsis:
            return st.lists(valid(items[0]), max_size=3)
        return st.tuples(*map(valid, items)).map(list)
    if dataclasses.is_dataclass(kind):
        return valid_fields(kind)
    return {
        str: st.text(max_size=8),
        int: st.integers(0, 2**53 - 1),
        bool: st.booleans(),
        type(None): st.none(),
    }[kind]


def valid_fields(cls: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of a class's fields; what the fields declare is what the strict decoder reads."""
    return st.fixed_dictionaries({each.name: valid(each.type) for each in dataclasses.fields(cls)})


def _constrained(base: Any, *constraints: Any) -> st.SearchStrategy[Any]:
    for each in constraints:
        if isinstance(each, StringConstraints):
            if isinstance(each.pattern, str):
                return st.from_regex(each.pattern.replace("$", r"\Z"), fullmatch=True)
            return st.text(min_size=each.min_length or 0, max_size=min(each.max_length or 8, 40))
        if isinstance(each, FieldInfo):
            bounds = {type(bound).__name__: bound for bound in each.metadata}
            if get_origin(base) is tuple:
                least = bounds["MinLen"].min_length
                return st.lists(valid(get_args(base)[0]), min_size=least, max_size=least + 2)
            if base is int:
                return st.integers(bounds["Ge"].ge, bounds["Le"].le)
    return valid(base)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything inside a JSON value."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield (*path, key)
            yield from places(value[key], (*path, key))


ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**53 - 1,
    2**53,
    2**64,
    1.0,
    0.5,
    "",
    "0",
    "-1",
    "1e3",
    "1.0",
    "01",
    "٣",
    "1.0000000000000000001",
    "9" * 38,
    "9" * 39,
    "x" * 256,
    "x" * 257,
    "x" * 2000,
    "x" * 2001,
    "\U0001f600" * 256,
    "a" * 64,
    "A" * 64,
    "2026-02-29",
    "2028-02-29",
    "1900-02-29",
    "2026-11-23T24:00:00.000000Z",
    "2026-11-23T23:59:60.000000Z",
    "1969-12-31T23:59:59.999999Z",
    "2000-02-29T00:00:00.000000Z",
    [],
    ["x"],
    {},
    {"x": 1},
)


def mutated(value: Any) -> Iterator[Any]:
    """Yield values near this one, some of them as valid as it is."""
    if isinstance(value, str):
        yield from (
            f"{value}\n",
            f"{value} ",
            f" {value}",
            value.upper(),
            value.lower(),
            value[1:],
            value[:-1],
        )
        yield from (f"{value}\x00", value.replace("0", "\uff10"), value + value)
    if isinstance(value, int) and not isinstance(value, bool):
        yield from (value + 1, value - 1, -value, str(value), float(value))
    if isinstance(value, list):
        yield from (value + value, value[:-1], value[:1], [*value, None])
    if isinstance(value, dict):
        yield from ({**value, "v": 2}, {key: value[key] for key in list(value)[1:]})
    yield from ODD


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return the value with something else at one place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def without(value: Any, path: tuple[Any, ...]) -> Any:
    """Return the value without what stands at one place."""
    if len(path) > 1:
        copy = dict(value) if isinstance(value, dict) else list(value)
        copy[path[0]] = without(copy[path[0]], path[1:])
        return copy
    if isinstance(value, dict):
        return {key: each for key, each in value.items() if key != path[0]}
    return [each for place, each in enumerate(value) if place != path[0]]
