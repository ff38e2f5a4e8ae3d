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
from typing import Final

from schemas.confirmation import Security
from workers.ingest import securities
from workers.ingest.answers import only
from workers.ingest.mt.text_block import Value
from workers.ingest.reading import Unreadable

_ISIN: Final = "ISIN "
_SCHEMES: Final = {"/US/": "CUSIP", "/CA/": "CUSIP", "/GB/": "SEDOL", "/TS/": "SYMBOL"}


def security(values: Sequence[Value], where: str, *, lenient: bool, warnings: list[str]) -> Security:
    """Return the security; `lenient` turns a failed check digit or country prefix into a warning."""
    return securities.named(_stated(values, where), where, lenient=lenient, warnings=warnings)


def _stated(values: Sequence[Value], where: str) -> dict[str, str]:
    """Return the identifiers by scheme; two different ones of a scheme are ambiguous."""
    found: dict[str, list[str]] = {}
    for value in values:
        first, *later = value.text.split("\n")
        if first.startswith(_ISIN):
            found.setdefault("ISIN", []).append(first[len(_ISIN) :])
        for line in value.text.split("\n"):
            scheme = _SCHEMES.get(line[:4])
            if scheme is not None:
                found.setdefault(scheme, []).append(line[4:])
        described = [line[len(_ISIN) :] for line in later if line.startswith(_ISIN)]
        if any(isin not in found.get("ISIN", ()) for isin in described):
            raise Unreadable("ambiguous", f"The description names the ISIN {described[0][:40]}.", where)
    return {scheme: text for scheme in found if (text := only(found[scheme], where)) is not None}
