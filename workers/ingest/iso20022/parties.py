"""Who and where: settlement parties, depository, safekeeping place, and the cash that moved."""

from typing import Literal, cast

from schemas.confirmation import SettledAmount
from workers.ingest.iso20022 import fields
from workers.ingest.reading import Unreadable
from workers.ingest.xml_tree import Element

_direction = fields.codes(CRDT="credit", DBIT="debit")
_place_type = fields.codes("CUST ICSD NCSD SHHE")


def party(body: Element, side: str, root: str) -> str | None:
    """Return the id of `Pty1` of a side, the party nearest to its account: BIC, own id or LEI, as given."""
    if not body.find(f"{side}/Pty1"):
        return None
    bic = fields.stated(body, f"{side}/Pty1/Id/AnyBIC", fields.bic, root)
    own = fields.stated(body, f"{side}/Pty1/Id/PrtryId/Id", fields.identifier, root)
    lei = fields.stated(body, f"{side}/Pty1/LEI", fields.identifier, root)
    return _choice((bic, own), f"{root}/{side}/Pty1/Id") or lei


def depository(body: Element, side: str, root: str) -> str | None:
    """Return the place of settlement of a side: the depository's BIC, ledger or country, as given."""
    if not body.find(f"{side}/Dpstry/Id"):
        return None
    bic = fields.stated(body, f"{side}/Dpstry/Id/AnyBIC", fields.bic, root)
    ledger = fields.stated(body, f"{side}/Dpstry/Id/DgtlLdgrId", fields.identifier, root)
    country = fields.stated(body, f"{side}/Dpstry/Id/Ctry", fields.identifier, root)
    return _choice((bic, ledger, country), f"{root}/{side}/Dpstry/Id")


def safekeeping_place(body: Element, path: str, root: str) -> str | None:
    """Return the id of the place where the shares are kept (SafekeepingPlaceFormat29Choice), as given."""
    if not body.find(path):
        return None
    fields.stated(body, f"{path}/TpAndId/SfkpgPlcTp", _place_type, root)
    bic = fields.stated(body, f"{path}/TpAndId/Id", fields.bic, root)
    others = (
        fields.stated(body, f"{path}/{form}", fields.identifier, root)
        for form in ("Id/Id", "Ctry", "Prtry/Id", "DgtlLdgrId")
    )
    return _choice((bic, *others), f"{root}/{path}")


def settled_amount(body: Element, path: str, root: str) -> SettledAmount | None:
    """Return the settled cash, from the account owner's side."""
    groups = body.find(path)
    if not groups:
        return None
    if len(groups) > 1:
        raise Unreadable("ambiguous", f"{path} stands {len(groups)} times.", f"{root}/{path}")
    money = fields.stated(body, f"{path}/Amt", fields.money, root)
    if money is None:
        raise Unreadable("missing_field", "The settled amount holds no amount.", f"{root}/{path}/Amt")
    direction = fields.stated(body, f"{path}/CdtDbtInd", _direction, root)
    return SettledAmount(
        value=money[0],
        currency=money[1],
        direction=cast("Literal['credit', 'debit'] | None", direction),
    )


def _choice(alternatives: tuple[str | None, ...], where: str) -> str | None:
    return fields.only([text for text in alternatives if text is not None], where)
