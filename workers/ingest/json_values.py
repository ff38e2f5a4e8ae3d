"""JSON files to single objects: one object, a list of objects, or one a line (JSON lines)."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn, Self, TypeVar

from workers.ingest import encodings
from workers.ingest.reading import Unreadable

OBJECTS_MAX = 100_000

T = TypeVar("T")


class Number(Decimal):
    """A JSON number with a fraction or an exponent: its exact value, and `text` as the file writes it."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> Self:
        """Keep the text: a decimal forgets whether it was written 0.001 or 1e-3."""
        number = super().__new__(cls, text)
        number.text = text
        return number


@dataclass(frozen=True, slots=True)
class Found:
    """One object of the file, or why it is none."""

    value: dict[str, Any] | None
    refused: Unreadable | None = None


def objects(data: bytes) -> list[Found]:
    """Return the objects of a JSON file in order; fractions are exact numbers, never floats."""
    text = encodings.plain_text(data)
    try:
        value = _value(text, line=1)
    except Unreadable:
        lines = [(line, part) for line, part in enumerate(text.split("\n"), 1) if part.strip()]
        if not _are_json_lines(lines):
            raise
        return [_on_line(part, line) for line, part in _limited(lines)]
    return _objects(value, "the file")


def objects_in(text: str, *, line: int) -> list[Found]:
    """Return the objects of one JSON value that stands in a file at a line (from 1); it may be refused."""
    try:
        return _objects(_value(text, line=line), f"line {line}")
    except Unreadable as unreadable:
        return [Found(None, unreadable)]


def _objects(value: Any, where: str) -> list[Found]:  # noqa: ANN401 - any JSON value
    if not isinstance(value, list):
        return [_object(value, where)]
    if not value:
        raise Unreadable("not_a_message", "An empty list.", where)
    return [_object(item, f"item {index} of the list") for index, item in enumerate(_limited(value))]


def _are_json_lines(lines: list[tuple[int, str]]) -> bool:
    if len(lines) <= 1:
        return False
    return _on_line(lines[0][1], lines[0][0]).refused is None


def _on_line(text: str, line: int) -> Found:
    try:
        return _object(_value(text, line=line), f"line {line}")
    except Unreadable as unreadable:
        return Found(None, unreadable)


def _object(value: Any, where: str) -> Found:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return Found(value)
    return Found(None, Unreadable("not_a_message", "A JSON value that is no object.", where))


def _limited(items: list[T]) -> list[T]:
    if len(items) > OBJECTS_MAX:
        raise Unreadable("too_large", f"More than {OBJECTS_MAX} JSON objects.")
    return items


def _value(text: str, *, line: int) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_float=Number, parse_constant=_no_constant)
    except RecursionError:
        raise Unreadable("too_large", "JSON nested too deeply.", f"line {line}") from None
    except json.JSONDecodeError as error:
        at = f"line {line - 1 + error.lineno}"
        raise Unreadable("malformed", f"Not JSON: {error.msg}.", at) from None
    except (ValueError, ArithmeticError):
        raise Unreadable("malformed", "A number that is too long.", f"line {line}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise Unreadable("ambiguous", "A key stands twice in one JSON object.")
    return result


def _no_constant(text: str) -> NoReturn:
    raise Unreadable("malformed", f"{text} is no JSON number.")
