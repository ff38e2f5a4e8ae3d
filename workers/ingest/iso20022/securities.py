"""Which security a message names: `FinInstrmId` (SecurityIdentification19).

An ISIN wins where several identifiers are given. What can be compared is compared: the ISIN of a United
States or Canadian security contains its CUSIP, that of a British one its SEDOL (ISO 6166).
"""

from collections.abc import Callable, Sequence
from typing import cast

from schemas import identifiers
from schemas.confirmation import Security, SecurityScheme
from workers.ingest.iso20022 import fields
from workers.ingest.reading import Unreadable
from workers.ingest.xml_tree import Element

# ISO 20022 external code list ExternalFinancialInstrumentIdentificationType1Code
_SCHEMES = {"CUSP": "CUSIP", "SEDL": "SEDOL", "TIKR": "SYMBOL"}


def _is_symbol(text: str) -> bool:
    return bool(text.strip()) and len(text) <= fields.IDENTIFIER_CHARACTERS_MAX


# by preference: what the form must be, what its check digit (and country prefix) must be
_CHECKS: dict[str, tuple[Callable[[str], bool], Callable[[str], bool]]] = {
    "ISIN": (identifiers.isin_shape, identifiers.isin_valid),
    "CUSIP": (identifiers.cusip_shape, identifiers.cusip_valid),
    "SEDOL": (identifiers.sedol_shape, identifiers.sedol_valid),
    "SYMBOL": (_is_symbol, _is_symbol),
}


def security(elements: Sequence[Element], where: str, *, lenient: bool, warnings: list[str]) -> Security:
    """Return the security; `lenient` turns a failed check digit or country prefix into a warning."""
    stated = _stated(elements, where)
    for scheme, text in stated.items():
        _check(scheme, text, where, lenient=lenient, warnings=warnings)
    _compare(stated, where)
    for scheme in _CHECKS:
        if scheme in stated:
            return Security(scheme=cast("SecurityScheme", scheme), id=stated[scheme])
    raise Unreadable("missing_field", "The security has no ISIN, CUSIP, SEDOL or ticker.", where)


def _stated(elements: Sequence[Element], where: str) -> dict[str, str]:
    """Return the identifiers by scheme, empty ones too; two different ones of a scheme are ambiguous."""
    found: dict[str, list[Element]] = {}
    for element in elements:
        found.setdefault("ISIN", []).extend(element.find("ISIN"))
        for other in element.find("OthrId"):
            kind = fields.identifier(other.find("Tp/Cd"), f"{where}/OthrId/Tp/Cd")
            scheme = _SCHEMES.get(kind or "")
            if scheme is not None:
                found.setdefault(scheme, []).extend(other.find("Id"))
    stated = {
        scheme: fields.only([fields.leaf(one, where) for one in found[scheme]], where) for scheme in found
    }
    return {scheme: text for scheme, text in stated.items() if text is not None}


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


def _compare(stated: dict[str, str], where: str) -> None:
    isin, cusip, sedol = (stated.get(scheme, "") for scheme in ("ISIN", "CUSIP", "SEDOL"))
    contradicted = ""
    if cusip and isin[:2] in {"US", "CA"} and isin[2:11] != cusip:
        contradicted = f"CUSIP {cusip}"
    if sedol and isin[:2] == "GB" and isin[4:11] != sedol:
        contradicted = f"SEDOL {sedol}"
    if contradicted:
        raise Unreadable("ambiguous", f"ISIN {isin} and {contradicted} name different securities.", where)
