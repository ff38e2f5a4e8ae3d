"""Who and where: settlement parties, place of settlement, safekeeping place, and the cash that moved."""

import re
from functools import lru_cache
from typing import Final, Literal

from schemas.confirmation import SettledAmount
from schemas.identifiers import bic_valid
from workers.ingest.answers import only
from workers.ingest.mt import fields
from workers.ingest.mt.text_block import TextBlock
from workers.ingest.reading import Unreadable

NAME_CHARACTERS_MAX: Final = 256

_REMEMBERED: Final = 1_024  # answers alone: what is refused is not, so that no bytes fill the memory

_PARTIES: Final = "SETDET/SETPRTY/95a::"
_SAFEKEEPING: Final = "FIAC/94a::SAFE"
_AMOUNTS: Final = ("SETDET/AMT/19a::ESTT", "SETDET/AMT/19a::SETT")
_OWN_ID: Final = re.compile(r"[A-Za-z0-9/?:().,'+ -]{1,34}\Z")
_COUNTRY: Final = re.compile(r"[A-Z]{2}\Z")
_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}\Z")
_PLACE: Final = re.compile(r"([A-Z0-9]{4})(?:/(.*))?\Z")


def party(block: TextBlock, qualifier: str) -> str | None:
    """Return the id of a settlement party: its BIC, its own id, its country or its name, as given."""
    where = _PARTIES + qualifier
    found = block.find(where)
    if not found:
        return None
    return only([_party(value.option, value.text, where) for value in found], where)


def safekeeping_place(block: TextBlock) -> str | None:
    """Return the id of the place where the shares are kept (94B, 94C, 94F, 94L), as given."""
    found = block.find(_SAFEKEEPING)
    if not found:
        return None
    places = [_place(value.option, value.text) for value in found]
    return only([text for text in places if text is not None], _SAFEKEEPING)


def settled_amount(block: TextBlock, normal: Literal["credit", "debit"] | None) -> SettledAmount | None:
    """Return the settled cash, the effective amount first; `normal` is its direction where it has no sign.

    A sign says that the cash went the other way than the type of the message lets expect.
    """
    for where in _AMOUNTS:
        found = fields.money(block.find(where), where)
        if found is not None:
            value, currency, is_negative = found
            direction = _OPPOSITE[normal] if is_negative and normal else normal
            return SettledAmount(value=value, currency=currency, direction=direction)
    return None


_OPPOSITE: Final[dict[str, Literal["credit", "debit"]]] = {"credit": "debit", "debit": "credit"}


@lru_cache(_REMEMBERED)
def _party(option: str, text: str, where: str) -> str:
    match option:
        case "P":
            return _bic(text, where)
        case "R" if _OWN_ID.match(text) and not text.isspace():
            return text
        case "C" if _COUNTRY.match(text):
            return text
        case "Q" if (name := " ".join(text.split("\n"))).strip() and len(name) <= NAME_CHARACTERS_MAX:
            return name
    raise Unreadable("malformed", f"{text[:40]!r} is no party of the standard.", where)


@lru_cache(_REMEMBERED)
def _place(option: str, text: str) -> str | None:
    match = _PLACE.match(text)
    match option:
        case "F" if match and match[2]:
            return _bic(match[2], _SAFEKEEPING)
        case "B" if match and (match[2] is None or _OWN_ID.match(match[2])):
            return match[2]
        case "C" if _COUNTRY.match(text):
            return text
        case "L" if _LEI.match(text):
            return text
    raise Unreadable("malformed", f"{text[:40]!r} is no place of the standard.", _SAFEKEEPING)


def _bic(text: str, where: str) -> str:
    if not bic_valid(text):
        raise Unreadable("bad_identifier", f"{text[:40]!r} does not have the form of a BIC.", where)
    return text
