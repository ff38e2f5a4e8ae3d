"""Which security a message names: `FinInstrmId` (SecurityIdentification19)."""

from collections.abc import Sequence

from schemas.confirmation import Security
from workers.ingest import securities
from workers.ingest.iso20022 import fields
from workers.ingest.xml_tree import Element

# ISO 20022 external code list ExternalFinancialInstrumentIdentificationType1Code
_SCHEMES = {"CUSP": "CUSIP", "SEDL": "SEDOL", "TIKR": "SYMBOL"}


def security(elements: Sequence[Element], where: str, *, lenient: bool, warnings: list[str]) -> Security:
    """Return the security; `lenient` turns a failed check digit or country prefix into a warning."""
    return securities.named(_stated(elements, where), where, lenient=lenient, warnings=warnings)


def _stated(elements: Sequence[Element], where: str) -> dict[str, str]:
    """Return the identifiers by scheme, empty ones too; two different ones of a scheme are ambiguous."""
    found: dict[str, list[Element]] = {}
    for one in (inner for element in elements for inner in element.inner):
        if one.name == "ISIN":
            found.setdefault("ISIN", []).append(one)
        elif one.name == "OthrId":
            scheme = _SCHEMES.get(fields.identifier(one.find("Tp/Cd"), f"{where}/OthrId/Tp/Cd") or "")
            if scheme is not None:
                found.setdefault(scheme, []).extend(one.find("Id"))
    stated = {
        scheme: fields.only([fields.leaf(one, where) for one in found[scheme]], where) for scheme in found
    }
    return {scheme: text for scheme, text in stated.items() if text is not None}
