"""Which security a message names: field 35B, `[ISIN1!e12!c]` and up to four lines.

    ISIN US0378331005        only in the first line
    /US/037833100            CUSIP, also /CA/
    /GB/0263494              SEDOL
    /TS/AAPL                 ticker symbol
    APPLE INC ORD SHS        description, of no meaning here

An ISIN in a later line is the description of something (an underlying security, say), so it may repeat the
first and never stand for it.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from schemas.confirmation import Security
from workers.ingest import securities
from workers.ingest.answers import only
from workers.ingest.mt.text_block import Value
from workers.ingest.reading import Unreadable

_REMEMBERED: Final = 512  # fields that name a security; even of hostile ones no more than one file's size
_ISIN: Final = "ISIN "
_SCHEMES: Final = {"/US/": "CUSIP", "/CA/": "CUSIP", "/GB/": "SEDOL", "/TS/": "SYMBOL"}


def security(values: Sequence[Value], where: str, *, lenient: bool, warnings: list[str]) -> Security:
    """Return the security; `lenient` turns a failed check digit or country prefix into a warning."""
    if len(values) != 1:
        stated = [_stated(value.text.split("\n"), where) for value in values]
        if any(one != stated[0] for one in stated):
            raise Unreadable("ambiguous", "The fields 35B name different securities.", where)
        return securities.named(stated[0] if stated else {}, where, lenient=lenient, warnings=warnings)
    named, doubts = _named(values[0].text, where, lenient)
    warnings.extend(doubts)
    return named


@lru_cache(_REMEMBERED)
def _named(text: str, where: str, lenient: bool) -> tuple[Security, list[str]]:  # noqa: FBT001 - a cache's key
    """Return the security of a field, and the warnings that it makes."""
    warnings: list[str] = []
    stated = _stated(text.split("\n"), where)
    return securities.named(stated, where, lenient=lenient, warnings=warnings), warnings


def _stated(lines: list[str], where: str) -> dict[str, str]:
    """Return the identifiers by scheme; two different ones of a scheme are ambiguous."""
    found: dict[str, list[str]] = {}
    if lines[0].startswith(_ISIN):
        found["ISIN"] = [lines[0][len(_ISIN) :]]
    for line in lines:
        scheme = _SCHEMES.get(line[:4])
        if scheme is not None:
            found.setdefault(scheme, []).append(line[4:])
        elif line.startswith(_ISIN) and line[len(_ISIN) :] not in found.get("ISIN", ()):
            raise Unreadable("ambiguous", f"The description names the ISIN {line[5:45]}.", where)
    return {scheme: text for scheme in found if (text := only(found[scheme], where)) is not None}
