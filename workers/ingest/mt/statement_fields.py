"""How field formats of statements are read, as `fields` reads others: pages, moments, flags, balances."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from workers.ingest.answers import only
from workers.ingest.mt import fields
from workers.ingest.mt.text_block import Value
from workers.ingest.reading import Unreadable

_PAGE: Final = re.compile(r"[0-9]{1,5}/(?:LAST|MORE|ONLY)\Z")
_NUMBER: Final = {"A": re.compile(r"[A-Z0-9]{3}\Z"), "J": re.compile(r"[A-Z0-9]{5}\Z")}
_CLOCK: Final = re.compile(
    r"[0-9]{8}([0-9]{2})([0-9]{2})([0-9]{2})(?:,([0-9]{1,3}))?(?:/(N?)([0-9]{2})([0-9]{2})?)?\Z"
)
_OFFSET_HOURS_MAX: Final = 14
_CODE: Final = re.compile(r"[A-Z0-9]{4}\Z")
_BALANCE: Final = re.compile(r"([A-Z]{4})/(N?)(.*)\Z", re.DOTALL)
_CHARACTERS_MAX: Final = {"B": 15, "F": 30}
_NOT_UNITS: Final = frozenset({"FAMT", "AMOR", "DITU"})
_AVAILABLE: Final = "UNIT/AVAI/"


def page(values: Sequence[Value], where: str) -> str | None:
    """Return page number and continuation (28E 5n/4!c), as given."""
    text = only([value.text for value in values], where)
    if text is not None and (not _PAGE.match(text) or not int(text[:-5])):
        raise Unreadable("malformed", f"{text[:40]!r} is not a page of the standard.", where)
    return text


def number(values: Sequence[Value], where: str) -> str | None:
    """Return the number of a statement (13A 3!c, 13J 5!c), as given."""
    for value in values:
        form = _NUMBER.get(value.option)
        if form is None or value.scheme or not form.match(value.text):
            raise Unreadable("malformed", f"{value.text[:40]!r} is not a statement's number.", where)
    return only([value.text for value in values], where)


def moment(values: Sequence[Value], where: str) -> str | None:
    """Return a date (98A), or date and time (98C; 98E with its offset from UTC) as stated."""
    return only([_moment(value, where) for value in values], where)


def flag(values: Sequence[Value], where: str) -> str | None:
    """Return a flag (17B Y or N)."""
    for value in values:
        if value.option != "B" or value.scheme or value.text not in {"Y", "N"}:
            raise Unreadable("malformed", f"{value.text[:40]!r} is not a flag.", where)
    return only([value.text for value in values], where)


def codes(listed: str) -> fields.Read:
    """Return the reader of a code list; what a code of another scheme means is not known."""
    return partial(_code, fields.codes(listed))


def balance(values: Sequence[Value], where: str) -> str | None:
    """Return the units of a balance (93B [N]15d, 93F [N]30d), negative where it has the sign."""
    kinds = {value.text[:4] for value in values}
    if "UNIT" in kinds and len(kinds) > 1:
        raise Unreadable("ambiguous", f"Units and {', '.join(sorted(kinds - {'UNIT'}))[:80]}.", where)
    if kinds & _NOT_UNITS:
        kind = min(kinds & _NOT_UNITS)
        raise Unreadable("quantity_not_in_units", f"The balance is given as {kind}.", where)
    return only([_balance(value, where) for value in values], where)


def available(values: Sequence[Value], where: str) -> str | None:
    """Return what is available of a holding (93C UNIT/AVAI/[N]15d), where one part states it for all."""
    found = [
        _units(value.text[len(_AVAILABLE) :], fields.AMOUNT_CHARACTERS_MAX, where)
        for value in values
        if value.option == "C" and not value.scheme and value.text.startswith(_AVAILABLE)
    ]
    return found[0] if len(found) == 1 else None


def _moment(value: Value, where: str) -> str:
    day = fields.day([value], where)
    if day is None:
        raise Unreadable("malformed", f"{value.text[:40]!r} is not a moment.", where)
    clock = _CLOCK.match(value.text)
    if clock is None:
        return day
    hours, minutes, seconds, decimals, sign, offset_hours, offset_minutes = clock.groups()
    stated = f"{day}T{hours}:{minutes}:{seconds}" + (f".{decimals}" if decimals else "")
    if offset_hours is None:
        return stated
    offset = f"{offset_hours}:{offset_minutes or '00'}"
    if offset > f"{_OFFSET_HOURS_MAX}:00":
        raise Unreadable("malformed", f"{offset} is no offset from UTC.", where)
    return f"{stated}{'-' if sign else '+'}{offset}"


def _code(listed: fields.Read, values: Sequence[Value], where: str) -> str | None:
    if any(value.scheme and _CODE.match(value.text) for value in values):
        return None
    return listed(values, where)


def _balance(value: Value, where: str) -> str:
    match = _BALANCE.match(value.text)
    characters_max = _CHARACTERS_MAX.get(value.option)
    if match is None or match[1] != "UNIT" or characters_max is None or value.scheme:
        raise Unreadable("malformed", "A balance that the standard does not know.", where)
    return _units(f"{match[2]}{match[3]}", characters_max, where)


def _units(text: str, characters_max: int, where: str) -> str:
    """Return units with a minus sign where they have an N; zero has no sign."""
    is_negative = text.startswith("N")
    plain = fields.decimal(text[1:] if is_negative else text, characters_max=characters_max)
    if plain is None or (is_negative and plain == "0"):
        raise Unreadable("bad_quantity", f"{text[:40]!r} is not a balance.", where)
    return f"-{plain}" if is_negative else plain
