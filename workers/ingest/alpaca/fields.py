"""How the fields of Alpaca's objects are read: identifiers, codes, dates and quantities.

A field is stated at one or several places; null and an empty text state nothing. One answer given twice is
one answer; two different ones are `ambiguous`. `where` is the place, for the reason.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from workers.ingest.json_values import Number
from workers.ingest.reading import Unreadable

IDENTIFIER_CHARACTERS_MAX: Final = 256
QUANTITY_CHARACTERS_MAX: Final = 64
QUANTITY_DIGITS_MAX: Final = 18  # before the point as after it; the broker itself uses nine places

_DECIMAL: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?\Z")
_DATE: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]))?\Z"
)
_ACTIVITY_ID: Final = re.compile(r"[0-9]+::(.+)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the places where it may stand, how a value is read, what it means (unit)."""

    places: tuple[str, ...]
    read: Callable[[Any, str], str]
    meaning: str

    @property
    def where(self) -> str:
        """The first place, as reasons show it."""
        return self.places[0]


class Signed(NamedTuple):
    """A decimal with a sign: whether it is below zero, and its magnitude as a plain decimal string."""

    is_negative: bool
    magnitude: str


def value(stated: Mapping[str, Any], field: Field) -> str | None:
    """Return what an object states in a field, or None."""
    found = [(_at(stated, place), place) for place in field.places]
    return only([field.read(one, place) for one, place in found if _is_stated(one, field)], field.where)


def required(stated: Mapping[str, Any], field: Field) -> str:
    """Return what an object must state."""
    text = value(stated, field)
    if text is None:
        raise missing(field)
    return text


def missing(field: Field) -> Unreadable:
    """Return the refusal of an object that leaves a field out."""
    return Unreadable("missing_field", f"The object does not state the {field.meaning}.", field.where)


def only(answers: Iterable[str], where: str) -> str | None:
    """Return the one distinct answer, or None without any."""
    distinct = list(dict.fromkeys(answers))
    if len(distinct) > 1:
        shown = ", ".join(answer[:40] for answer in distinct[:3])
        raise Unreadable("ambiguous", f"Different answers in one object: {shown}.", where)
    return distinct[0] if distinct else None


def identifier(found: Any, where: str) -> str:  # noqa: ANN401 - any JSON value
    """Return an identifier, as given."""
    if not isinstance(found, str):
        raise Unreadable("malformed", f"{shown(found)} is not a text.", where)
    if len(found) > IDENTIFIER_CHARACTERS_MAX:
        raise Unreadable("malformed", f"An identifier of {len(found)} characters.", where)
    if any("\ud800" <= character <= "\udfff" for character in found):
        raise Unreadable("malformed", "An identifier with half of a character.", where)
    return found


def event_identifier(found: Any, where: str) -> str:  # noqa: ANN401
    """Return the id of an event: a ULID, or the integer of the older streams."""
    if isinstance(found, int) and not isinstance(found, bool):
        return identifier(str(found), where)
    return identifier(found, where)


def activity_identifier(found: Any, where: str) -> str:  # noqa: ANN401
    """Return the activity's own id from `20260304000000000::id`: the streams give it without its moment."""
    text = identifier(found, where)
    match = _ACTIVITY_ID.match(text)
    return match[1] if match else text


def codes(listed: str) -> Callable[[Any, str], str]:
    """Return the reader of a code list."""
    allowed = frozenset(listed.split())

    def code(found: Any, where: str) -> str:  # noqa: ANN401
        text = identifier(found, where)
        if text not in allowed:
            raise Unreadable("malformed", f"{text[:40]!r} is not a code that Alpaca documents here.", where)
        return text

    return code


def day(found: Any, where: str) -> str:  # noqa: ANN401
    """Return the date of a date or a date-time (RFC 3339) as stated, moved to no other zone."""
    match = _DATE.match(identifier(found, where))
    if match is None:
        raise Unreadable("malformed", f"{shown(found)} is not a date.", where)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        raise Unreadable("malformed", f"{shown(found)} is not a day of the calendar.", where) from None


def decimal(found: Any, where: str) -> str:  # noqa: ANN401
    """Return a quantity or an amount as a plain decimal string, with a minus where it is below zero.

    A text and a JSON number are read alike, by their digits.
    """
    text = _digits(found)
    match = None if len(text) > QUANTITY_CHARACTERS_MAX else _DECIMAL.match(text)
    if match is None:
        raise Unreadable("bad_quantity", f"{shown(found)} is not a quantity.", where)
    whole, places = match[2].lstrip("0"), (match[3] or "").rstrip("0")
    if max(len(whole), len(places)) > QUANTITY_DIGITS_MAX:
        raise Unreadable("bad_quantity", f"{shown(found)} has more than 18 digits on a side.", where)
    plain = f"{whole or '0'}.{places}" if places else whole or "0"
    return plain if plain == "0" else match[1] + plain


def signed(text: str) -> Signed:
    """Return sign and magnitude of what `decimal` read."""
    return Signed(is_negative=text.startswith("-"), magnitude=text.removeprefix("-"))


def shown(found: Any) -> str:  # noqa: ANN401
    """Return a value as a reason quotes it."""
    return repr(found.text if isinstance(found, Number) else found)[:40]


def _digits(found: Any) -> str:  # noqa: ANN401
    if isinstance(found, str):
        return found
    if isinstance(found, Number):
        return found.text
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""


def _at(stated: Mapping[str, Any], place: str) -> Any:  # noqa: ANN401
    """Return the value at a place such as `details.symbol`, or None."""
    found: Any = stated
    for step in place.split("."):
        if found is None:
            return None
        if not isinstance(found, dict):
            raise Unreadable("malformed", f"{shown(found)} is not an object.", place)
        found = found.get(step)
    return found


def _is_stated(found: Any, field: Field) -> bool:  # noqa: ANN401
    """Return whether it is an answer: a number that is empty is one, and a bad one."""
    is_blank = isinstance(found, str) and not found.strip()
    return found is not None and (field.read is decimal or not is_blank)
