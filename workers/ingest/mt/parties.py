"""Who and where: settlement parties, place of settlement, safekeeping place, and the cash that moved."""

import re
from typing import Final, Literal

from schemas.confirmation import SettledAmount
from schemas.identifiers import bic_valid
from workers.ingest.answers import only
from workers.ingest.mt import fields
from workers.ingest.mt.text_block import TextBlock, Value
from workers.ingest.reading import Unreadable

NAME_CHARACTERS_MAX: Final = 256

_PARTIES: Final = "SETDET/SETPRTY/95a::"
_SAFEKEEPING: Final = "FIAC/94a::SAFE"
_OWN_ID: Final = re.compile(r"[A-Za-z0-9/?:().,'+ -]{1,34}\Z")
_COUNTRY: Final = re.compile(r"[A-Z]{2}\Z")
_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}\Z")
_PLACE: Final = re.compile(r"([A-Z0-9]{4})(?:/(.*))?\Z")


def party(block: TextBlock, qualifier: str) -> str | None:
    """Return the id of a settlement party: its BIC, its own id, its country or its name, as given."""
    where = _PARTIES + qualifier
    return only([_party(value, where) for value in block.find(where)], where)


def safekeeping_place(block: TextBlock) -> str | None:
    """Return the id of the place where the shares are kept (94B, 94C, 94F, 94L), as given."""
    found = (_place(value) for value in block.find(_SAFEKEEPING))
    return only([text for text in found if text is not None], _SAFEKEEPING)


def settled_amount(block: TextBlock, normal: Literal["credit", "debit"] | None) -> SettledAmount | None:
    """Return the settled cash, the effective amount first; `normal` is its direction where it has no sign.

    A sign says that the cash went the other way than the type of the message lets expect.
    """
    for qualifier in ("ESTT", "SETT"):
        where = f"SETDET/AMT/19a::{qualifier}"
        found = fields.money(block.find(where), where)
        if found is not None:
            value, currency, is_negative = found
            direction = _OPPOSITE[normal] if is_negative and normal else normal
            return SettledAmount(value=value, currency=currency, direction=direction)
    return None


_OPPOSITE: Final[dict[str, Literal["credit", "debit"]]] = {"credit": "debit", "debit": "credit"}


def _party(value: Value, where: str) -> str:
    match value.option:
        case "P":
            return _bic(value.text, where)
        case "R" if _OWN_ID.match(value.text) and not value.text.isspace():
            return value.text
        case "C" if _COUNTRY.match(value.text):
            return value.text
        case "Q" if (name := " ".join(value.text.split("\n"))).strip() and len(name) <= NAME_CHARACTERS_MAX:
            return name
    raise Unreadable("malformed", f"{value.text[:40]!r} is no party of the standard.", where)


def _place(value: Value) -> str | None:
    match = _PLACE.match(value.text)
    match value.option:
        case "F" if match and match[2]:
            return _bic(match[2], _SAFEKEEPING)
        case "B" if match and (match[2] is None or _OWN_ID.match(match[2])):
            return match[2]
        case "C" if _COUNTRY.match(value.text):
            return value.text
        case "L" if _LEI.match(value.text):
            return value.text
    raise Unreadable("malformed", f"{value.text[:40]!r} is no place of the standard.", _SAFEKEEPING)


def _bic(text: str, where: str) -> str:
    if not bic_valid(text):
        raise Unreadable("bad_identifier", f"{text[:40]!r} does not have the form of a BIC.", where)
    return text
