"""How ISO 15022 field formats are read: references, accounts, codes, dates, quantities and amounts.

Each function takes every occurrence found at a place. One answer given twice is one answer; two different
ones are `ambiguous`. `where` is the place, for the reason. Formats are those of the standard: `16x` is up to
16 characters of the X set, `15d` a decimal of up to 15 characters with its comma.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Final

from workers.ingest.answers import only
from workers.ingest.mt.text_block import Value
from workers.ingest.reading import Unreadable

NO_REFERENCE: Final = "NONREF"
PLACES_MAX: Final = 17

# the X character set of FIN, on one line
_X: Final = r"[A-Za-z0-9/?:().,'+ -]"
_REFERENCES: Final = {"C": re.compile(_X + r"{1,16}\Z"), "U": re.compile(_X + r"{1,52}\Z")}
_ACCOUNT: Final = re.compile(_X + r"{1,35}\Z")
_ACCOUNT_OF_TYPE: Final = re.compile(rf"[A-Z0-9]{{4}}/({_X}{{1,35}})\Z")
_DECIMAL: Final = re.compile(r"([0-9]+),([0-9]*)\Z")
_MONEY: Final = re.compile(r"(N?)([A-Z]{3})(.*)\Z")
_DATES: Final = {
    "A": re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})\Z"),
    "C": re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]\Z"),
    "E": re.compile(
        r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9](?:,[0-9]{1,3})?"
        r"(?:/N?(?:[01][0-9]|2[0-3])(?:[0-5][0-9])?)?\Z"
    ),
}
_CODE: Final = re.compile(r"[A-Z0-9]{4}\Z")
_QUANTITY_CHARACTERS_MAX: Final = {"B": 15, "D": 30}
AMOUNT_CHARACTERS_MAX: Final = 15
_NOT_UNITS: Final = frozenset({"FAMT", "AMOR"})
_REMEMBERED: Final = 1_024  # answers alone: what is refused is not, so that no bytes fill the memory

Read = Callable[[Sequence[Value], str], str | None]


def reference(values: Sequence[Value], where: str) -> str | None:
    """Return a reference (20C 16x, 20U 52x), as given; NONREF says that there is none."""
    text = _answer(_reference, values, where)
    return None if text == NO_REFERENCE else text


def references(values: Sequence[Value], where: str) -> list[str]:
    """Return the distinct references of a qualifier that may stand often; NONREF is left out."""
    found = dict.fromkeys(_reference(value, where) for value in values)
    return [text for text in found if text != NO_REFERENCE]


def account(values: Sequence[Value], where: str) -> str | None:
    """Return an account (97A 35x, 97B type and 35x), as given; a wallet (97D) is none."""
    return _answer(_account, values, where)


def codes(listed: str, *, options: str = "F") -> Read:
    """Return the reader of a code list; a code of another scheme is taken as given."""
    return partial(_code, frozenset(listed.split()), options)


def function(values: Sequence[Value], where: str) -> str | None:
    """Return the function of a message (23G 4!c[/4!c]), with its subfunction as given."""
    return only([value.text for value in values], where)


def day(values: Sequence[Value], where: str) -> str | None:
    """Return the date of 98A, 98C or 98E as stated, moved to no other zone; a code (98B) is no date."""
    return _answer(_day, values, where)


def quantity(values: Sequence[Value], where: str) -> str | None:
    """Return the units of 36B or 36D; None where the field is absent."""
    if len(values) == 1 and values[0].text.startswith("UNIT/"):
        return _units(values[0], where)
    kinds = {value.text[:4] for value in values}
    if "UNIT" in kinds and len(kinds) > 1:
        raise Unreadable("ambiguous", f"Units and {', '.join(sorted(kinds - {'UNIT'}))[:80]}.", where)
    if kinds & _NOT_UNITS:
        raise Unreadable(
            "quantity_not_in_units", f"The quantity is given as {min(kinds & _NOT_UNITS)}.", where
        )
    return _answer(_units, values, where)


def money(values: Sequence[Value], where: str) -> tuple[str, str, bool] | None:
    """Return value, ISO 4217 currency and whether the amount is negative (19A [N]3!a15d)."""
    if not values:
        return None
    return only([_money(value, where) for value in values], where)


def decimal(text: str, *, characters_max: int) -> str | None:
    """Return a plain decimal string without needless zeros, or None where the text is no such decimal.

    The comma is there also where no digit follows it: a number without one has lost its end.
    """
    if len(text) > characters_max:
        return None
    match = _DECIMAL.match(text)
    if match is None:
        return None
    whole, places = match[1].lstrip("0"), match[2].rstrip("0")
    if len(places) > PLACES_MAX:
        return None
    return f"{whole or '0'}.{places}" if places else whole or "0"


def _answer(read: Callable[[Value, str], str | None], values: Sequence[Value], where: str) -> str | None:
    """Return the one distinct answer of a field's occurrences, of which each may give none."""
    if len(values) == 1:
        return read(values[0], where)
    return only([text for value in values if (text := read(value, where)) is not None], where)


def _reference(value: Value, where: str) -> str:
    form = _REFERENCES.get(value.option)
    if form is None or value.scheme or not form.match(value.text) or value.text.isspace():
        raise Unreadable("malformed", f"{value.text[:40]!r} is not a reference.", where)
    return value.text


def _account(value: Value, where: str) -> str | None:
    if value.option == "D":
        return None
    return _account_of(value.option, value.scheme, value.text, where)


@lru_cache(_REMEMBERED)
def _account_of(option: str, scheme: str, text: str, where: str) -> str:
    match = (_ACCOUNT_OF_TYPE if option == "B" else _ACCOUNT).match(text)
    if match is None or option not in {"A", "B"} or (scheme and option == "A"):
        raise Unreadable("malformed", f"{text[:40]!r} is not an account.", where)
    account = match[match.re.groups]
    if account.isspace():
        raise Unreadable("malformed", "The account is blank.", where)
    return account


def _code(allowed: frozenset[str], options: str, values: Sequence[Value], where: str) -> str | None:
    found = []
    for value in values:
        known = value.text in allowed or (value.scheme and _CODE.match(value.text))
        if not known or value.option not in options:
            raise Unreadable(
                "malformed", f"{value.text[:40]!r} is not a code that the standard allows here.", where
            )
        found.append(value.text)
    return only(found, where)


def _day(value: Value, where: str) -> str | None:
    if value.option == "B" and _CODE.match(value.text):
        return None
    return _calendar_day(value.option, value.scheme, value.text, where)


@lru_cache(_REMEMBERED)
def _calendar_day(option: str, scheme: str, text: str, where: str) -> str:
    form = _DATES.get(option)
    match = form.match(text) if form and not scheme else None
    if match is None:
        raise Unreadable("malformed", f"{text[:40]!r} is not a date of the standard.", where)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        raise Unreadable("malformed", f"{text[:40]!r} is not a day of the calendar.", where) from None


def _units(value: Value, where: str) -> str:
    characters_max = _QUANTITY_CHARACTERS_MAX.get(value.option)
    if characters_max is None or value.scheme or not value.text.startswith("UNIT/"):
        raise Unreadable("malformed", "A quantity that the standard does not know.", where)
    text = value.text[5:]
    plain = decimal(text, characters_max=characters_max)
    if plain is None:
        raise Unreadable("bad_quantity", f"{text[:40]!r} is not a quantity.", where)
    return plain


def _money(value: Value, where: str) -> tuple[str, str, bool]:
    match = _MONEY.match(value.text)
    plain = decimal(match[3], characters_max=AMOUNT_CHARACTERS_MAX) if match else None
    if match is None or plain is None or value.option != "A" or value.scheme:
        raise Unreadable("malformed", f"{value.text[:40]!r} is not an amount.", where)
    if match[1] and plain == "0":
        raise Unreadable("malformed", "An amount of zero has a sign.", where)
    return plain, match[2], bool(match[1])
