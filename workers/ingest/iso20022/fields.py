"""How ISO 20022 data types are read: identifiers, codes, dates, indicators, decimals and quantities.

Each function takes every element found at a path. One answer given twice is one answer; two different
ones are `ambiguous`. `where` is the path, for the reason.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

from schemas.identifiers import bic_valid
from workers.ingest.answers import only
from workers.ingest.reading import Unreadable
from workers.ingest.xml_tree import Element

IDENTIFIER_CHARACTERS_MAX = 256
QUANTITY_DIGITS_MAX = 18
QUANTITY_PLACES_MAX = 17
AMOUNT_PLACES_MAX = 5
DECIMAL_CHARACTERS_MAX = 64
NO_REFERENCE = "NONREF"

# xs:decimal of XML Schema part 2, section 3.2.3, without its sign and its white space
_DECIMAL = re.compile(r"(?=[0-9.]*[0-9])([0-9]*)(?:\.([0-9]*))?\Z")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?\Z")
_DATE_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?\Z"
)
_END_OF_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T24:00:00(?:\.0+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z")
_TOO_FINE = re.compile(r"\.[0-9]{10}")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_INDICATORS = {"true": True, "1": True, "false": False, "0": False}
_NOT_UNITS = frozenset({"FaceAmt", "AmtsdVal", "DgtlTknUnit"})
_SPACE = " \t\r\n"

T = TypeVar("T")


def stated(
    body: Element, path: str, read: Callable[[Sequence[Element], str], T | None], root: str
) -> T | None:
    """Return what is read at a path below `body`, whose own path is `root`; None where nothing stands."""
    found = body.find(path)
    return read(found, f"{root}/{path}") if found else None


def leaf(element: Element, where: str) -> str:
    """Return the text of an element that the standard gives no children."""
    text = element.value
    if text is None:
        raise Unreadable("malformed", f"{element.name} holds elements instead of a value.", where)
    return text


def identifiers(elements: Iterable[Element], where: str) -> list[str]:
    """Return the distinct identifiers, as given, without empty ones."""
    found = []
    for element in elements:
        text = leaf(element, where)
        if len(text) > IDENTIFIER_CHARACTERS_MAX:
            raise Unreadable("malformed", f"An identifier of {len(text)} characters.", where)
        if text.strip(_SPACE):
            found.append(text)
    return found if len(found) <= 1 else list(dict.fromkeys(found))


def identifier(elements: Iterable[Element], where: str) -> str | None:
    """Return an identifier (Max35Text and the like), as given."""
    found = identifiers(elements, where)
    return found[0] if len(found) == 1 else only(found, where)


def reference(elements: Iterable[Element], where: str) -> str | None:
    """Return a reference, as given; NONREF says that there is none."""
    text = identifier(elements, where)
    return None if text == NO_REFERENCE else text


def bic(elements: Iterable[Element], where: str) -> str | None:
    """Return a BIC, as given; its form is checked (ISO 9362)."""
    text = identifier(elements, where)
    if text is not None and not bic_valid(text):
        raise Unreadable("bad_identifier", f"{text[:40]!r} does not have the form of a BIC.", where)
    return text


def codes(listed: str = "", **meanings: str) -> Callable[[Iterable[Element], str], str | None]:
    """Return the reader of a code list: codes that stand for themselves, and codes with a meaning of ours."""
    return partial(_code, {code: code for code in listed.split()} | meanings)


def _code(allowed: Mapping[str, str], elements: Iterable[Element], where: str) -> str | None:
    found = []
    for element in elements:
        text = leaf(element, where)
        if text not in allowed:
            raise Unreadable(
                "malformed", f"{text[:40]!r} is not a code that the standard allows here.", where
            )
        found.append(allowed[text])
    return only(found, where)


def indicator(elements: Iterable[Element], where: str) -> bool | None:
    """Return an xs:boolean."""
    found = []
    for element in elements:
        text = leaf(element, where).strip(_SPACE)
        if text not in _INDICATORS:
            raise Unreadable("malformed", f"{text[:40]!r} is not an indicator.", where)
        found.append(_INDICATORS[text])
    return only(found, where)


def day(choices: Iterable[Element], where: str) -> str | None:
    """Return the date of `Dt` or `DtTm` (DateAndDateTime2Choice) as stated, moved to no other zone."""
    found = []
    for choice in choices:
        for element in choice.inner:
            if element.name == "Dt":
                found.append(_day(leaf(element, where), where))
            elif element.name == "DtTm":
                found.append(_day_of_moment(leaf(element, where), where))
    return only(found, where)


def moment(choices: Iterable[Element], where: str) -> str | None:
    """Return the date of `Dt`, or the date and time of `DtTm` with its zone, as stated."""
    found = []
    for choice in choices:
        for element in choice.inner:
            text = leaf(element, where).strip(_SPACE)
            if element.name == "Dt":
                found.append(_day(text, where))
            elif element.name == "DtTm":
                _day_of_moment(text, where)
                if _TOO_FINE.search(text):
                    raise Unreadable("malformed", f"{text[:40]!r} is finer than a nanosecond.", where)
                found.append(text)
    return only(found, where)


def decimal(text: str, *, places_max: int) -> str | None:
    """Return a plain decimal string without needless zeros, or None where the text is no such decimal.

    The standard counts digits without leading and trailing zeros: at most 18, `places_max` after the sign.
    """
    if len(text) > DECIMAL_CHARACTERS_MAX:
        return None
    match = _DECIMAL.match(text)
    if match is None:
        return None
    whole, places = match[1].lstrip("0"), (match[2] or "").rstrip("0")
    if len(whole) + len(places) > QUANTITY_DIGITS_MAX or len(places) > places_max:
        return None
    return f"{whole or '0'}.{places}" if places else whole or "0"


def quantity(choices: Sequence[Element], where: str) -> str | None:
    """Return the units of a FinancialInstrumentQuantity choice; None where the element is absent."""
    if not choices:
        return None
    names = {one.name for choice in choices if choice.value is None for one in choice.inner}
    if "Unit" in names and len(names) > 1:
        raise Unreadable("ambiguous", f"Units and {', '.join(sorted(names - {'Unit'}))[:80]}.", where)
    if names & _NOT_UNITS:
        raise Unreadable(
            "quantity_not_in_units", f"The quantity is given as {min(names & _NOT_UNITS)}.", where
        )
    if not names:
        raise Unreadable("missing_field", "The quantity holds no value.", where)
    units = [unit for choice in choices for unit in _units_of(choice, where)]
    return only([_units(unit, f"{where}/Unit") for unit in units], where)


def no_face(elements: Sequence[Element], where: str) -> None:
    """Refuse original and current face (OriginalAndCurrentQuantities): a debt instrument, not shares."""
    if elements:
        raise Unreadable("quantity_not_in_units", "The quantity is given as face amounts.", where)


def money(elements: Iterable[Element], where: str) -> tuple[str, str] | None:
    """Return value and ISO 4217 currency of an amount."""
    return only([_money(element, where) for element in elements], where)


def _units_of(choice: Element, where: str) -> Sequence[Element]:
    units = [one for one in choice.inner if one.name == "Unit"]
    if not units:
        raise Unreadable("malformed", "A quantity that the standard does not know.", where)
    return units


def _units(unit: Element, where: str) -> str:
    text = leaf(unit, where)
    plain = decimal(text, places_max=QUANTITY_PLACES_MAX)
    if plain is None:
        raise Unreadable("bad_quantity", f"{text[:40]!r} is not a quantity.", where)
    return plain


def _money(element: Element, where: str) -> tuple[str, str]:
    text = leaf(element, where).strip(_SPACE)
    value = decimal(text, places_max=AMOUNT_PLACES_MAX)
    currency = element.attribute("Ccy") or ""
    if value is None:
        raise Unreadable("malformed", f"{text[:40]!r} is not an amount.", where)
    if not _CURRENCY.match(currency):
        raise Unreadable("malformed", f"{currency[:40]!r} is not a currency.", f"{where}/@Ccy")
    return value, currency


def _day(text: str, where: str) -> str:
    return _calendar(_DATE.match(text.strip(_SPACE)), text, where)


def _day_of_moment(text: str, where: str) -> str:
    stripped = text.strip(_SPACE)
    if _END_OF_DAY.match(stripped):
        raise Unreadable("ambiguous", "24:00:00 is the end of one day and the start of the next.", where)
    return _calendar(_DATE_TIME.match(stripped), text, where)


def _calendar(match: re.Match[str] | None, text: str, where: str) -> str:
    if match is None:
        raise Unreadable("malformed", f"{text[:40]!r} is not a date of the standard.", where)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
    except ValueError:
        raise Unreadable("malformed", f"{text[:40]!r} is not a day of the calendar.", where) from None
