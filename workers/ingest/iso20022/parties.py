"""Who and where: settlement parties, depository, safekeeping place, and the cash that moved."""

from typing import Literal, cast

from schemas.confirmation import SettledAmount
from workers.ingest.iso20022 import fields
from workers.ingest.reading import Unreadable
from workers.ingest.xml_tree import Element

_direction = fields.codes(CRDT="credit", DBIT="debit")
_place_type = fields.codes("CUST ICSD NCSD SHHE")


def party(body: Element, side: str, where: str) -> str | None:
    """Return the id of `Pty1` of a side, the party nearest to its account: BIC, own id or LEI, as given."""
    bic = fields.bic(body.find(f"{side}/Pty1/Id/AnyBIC"), f"{where}/Pty1/Id/AnyBIC")
    own = fields.identifier(body.find(f"{side}/Pty1/Id/PrtryId/Id"), f"{where}/Pty1/Id/PrtryId/Id")
    lei = fields.identifier(body.find(f"{side}/Pty1/LEI"), f"{where}/Pty1/LEI")
    return _choice((bic, own), f"{where}/Pty1/Id") or lei


def depository(body: Element, side: str, where: str) -> str | None:
    """Return the place of settlement of a side: the depository's BIC, ledger or country, as given."""
    bic = fields.bic(body.find(f"{side}/Dpstry/Id/AnyBIC"), f"{where}/Dpstry/Id/AnyBIC")
    ledger = fields.identifier(body.find(f"{side}/Dpstry/Id/DgtlLdgrId"), f"{where}/Dpstry/Id/DgtlLdgrId")
    country = fields.identifier(body.find(f"{side}/Dpstry/Id/Ctry"), f"{where}/Dpstry/Id/Ctry")
    return _choice((bic, ledger, country), f"{where}/Dpstry/Id")


def safekeeping_place(body: Element, path: str, where: str) -> str | None:
    """Return the id of the place where the shares are kept (SafekeepingPlaceFormat29Choice), as given."""
    _place_type(body.find(f"{path}/TpAndId/SfkpgPlcTp"), f"{where}/TpAndId/SfkpgPlcTp")
    bic = fields.bic(body.find(f"{path}/TpAndId/Id"), f"{where}/TpAndId/Id")
    others = (
        fields.identifier(body.find(f"{path}/{form}"), f"{where}/{form}")
        for form in ("Id/Id", "Ctry", "Prtry/Id", "DgtlLdgrId")
    )
    return _choice((bic, *others), where)


def settled_amount(body: Element, path: str, where: str) -> SettledAmount | None:
    """Return the settled cash, from the account owner's side."""
    groups = body.find(path)
    if not groups:
        return None
    if len(groups) > 1:
        raise Unreadable("ambiguous", f"{path} stands {len(groups)} times.", where)
    money = fields.money(body.find(f"{path}/Amt"), f"{where}/Amt")
    if money is None:
        raise Unreadable("missing_field", "The settled amount holds no amount.", f"{where}/Amt")
    direction = _direction(body.find(f"{path}/CdtDbtInd"), f"{where}/CdtDbtInd")
    return SettledAmount(
        value=money[0],
        currency=money[1],
        direction=cast("Literal['credit', 'debit'] | None", direction),
    )


def _choice(alternatives: tuple[str | None, ...], where: str) -> str | None:
    return fields.only([text for text in alternatives if text is not None], where)
