"""Which security a message names, when its identifiers are known by scheme.

An ISIN wins where several identifiers are given. What can be compared is compared: the ISIN of a United
States or Canadian security contains its CUSIP, that of a British one its SEDOL (ISO 6166).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, cast

from schemas import identifiers
from schemas.confirmation import Security, SecurityScheme
from workers.ingest.reading import Unreadable

SYMBOL_CHARACTERS_MAX: Final = 256
_REMEMBERED: Final = 4_096


def _is_symbol(text: str) -> bool:
    return bool(text.strip()) and len(text) <= SYMBOL_CHARACTERS_MAX


# by preference: what the form must be, what its check digit (and country prefix) must be
_CHECKS: Final[dict[str, tuple[Callable[[str], bool], Callable[[str], bool]]]] = {
    "ISIN": (identifiers.isin_shape, lru_cache(_REMEMBERED)(identifiers.isin_valid)),
    "CUSIP": (identifiers.cusip_shape, lru_cache(_REMEMBERED)(identifiers.cusip_valid)),
    "SEDOL": (identifiers.sedol_shape, lru_cache(_REMEMBERED)(identifiers.sedol_valid)),
    "SYMBOL": (_is_symbol, _is_symbol),
}


def named(stated: Mapping[str, str], where: str, *, lenient: bool, warnings: list[str]) -> Security:
    """Return the security of identifiers by scheme; `lenient` turns a failed check digit into a warning."""
    for scheme, text in stated.items():
        _check(scheme, text, where, lenient=lenient, warnings=warnings)
    _compare(stated, where)
    for scheme in _CHECKS:
        if scheme in stated:
            return Security(scheme=cast("SecurityScheme", scheme), id=stated[scheme])
    raise Unreadable("missing_field", "The security has no ISIN, CUSIP, SEDOL or ticker.", where)


def _check(scheme: str, text: str, where: str, *, lenient: bool, warnings: list[str]) -> None:
    has_shape, is_valid = _CHECKS[scheme]
    if not has_shape(text):
        raise Unreadable("bad_identifier", f"{text[:40]!r} does not have the form of a {scheme}.", where)
    if is_valid(text):
        return
    sentence = f"{scheme} {text} fails its check digit" + (" or country prefix." if scheme == "ISIN" else ".")
    if not lenient:
        raise Unreadable("bad_identifier", sentence, where)
    warnings.append(sentence)


def _compare(stated: Mapping[str, str], where: str) -> None:
    if len(stated) == 1:
        return
    isin, cusip, sedol = (stated.get(scheme, "") for scheme in ("ISIN", "CUSIP", "SEDOL"))
    contradicted = ""
    if cusip and isin[:2] in {"US", "CA"} and isin[2:11] != cusip:
        contradicted = f"CUSIP {cusip}"
    if sedol and isin[:2] == "GB" and isin[4:11] != sedol:
        contradicted = f"SEDOL {sedol}"
    if contradicted:
        raise Unreadable("ambiguous", f"ISIN {isin} and {contradicted} name different securities.", where)
