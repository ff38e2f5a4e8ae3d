"""Who and where: settlement parties, depository, safekeeping place, and the cash that moved."""

from typing import Literal, cast

from schemas.confirmation import SettledAmount
from workers.ingest.iso20022 import fields
from workers.ingest.reading import Unreadable
from workers.ingest.xml_tree import Element

_direction = fields.codes(CRDT="credit", DBIT="debit")
_place_type = fields.codes("CUST ICSD NCSD SHHE")


def party(settlement_parties: Element | None, where: str) -> str | None:
    """Return the id of `Pty1`, the party nearest to the account: BIC, proprietary id or LEI, as given."""
    if settlement_parties is None:
        return None
    bic = fields.bic(settlement_parties.find(("Pty1", "Id", "AnyBIC")), f"{where}/Pty1/Id/AnyBIC")
    own = fields.identifier(
        settlement_parties.find(("Pty1", "Id", "PrtryId", "Id")), f"{where}/Pty1/Id/PrtryId/Id"
    )
    lei = fields.identifier(settlement_parties.find(("Pty1", "LEI")), f"{where}/Pty1/LEI")
    return _choice((bic, own), f"{where}/Pty1/Id") or lei


def depository(settlement_parties: Element | None, where: str) -> str | None:
    """Return the place of settlement: the depository's BIC, digital ledger or country, as given."""
    if settlement_parties is None:
        return None
    bic = fields.bic(settlement_parties.find(("Dpstry", "Id", "AnyBIC")), f"{where}/Dpstry/Id/AnyBIC")
    others = (
        fields.identifier(settlement_parties.find(("Dpstry", "Id", name)), f"{where}/Dpstry/Id/{name}")
        for name in ("DgtlLdgrId", "Ctry")
    )
    return _choice((bic, *others), f"{where}/Dpstry/Id")


def safekeeping_place(form: Element | None, where: str) -> str | None:
    """Return the id of the place where the shares are kept (SafekeepingPlaceFormat29Choice), as given."""
    if form is None:
        return None
    _place_type(form.find(("TpAndId", "SfkpgPlcTp")), f"{where}/TpAndId/SfkpgPlcTp")
    bic = fields.bic(form.find(("TpAndId", "Id")), f"{where}/TpAndId/Id")
    others = (
        fields.identifier(form.find(path), f"{where}/{'/'.join(path)}")
        for path in (("Id", "Id"), ("Ctry",), ("Prtry", "Id"), ("DgtlLdgrId",))
    )
    return _choice((bic, *others), where)


def settled_amount(element: Element | None, where: str) -> SettledAmount | None:
    """Return the cash of `SttldAmt`, from the account owner's side."""
    if element is None:
        return None
    money = fields.money(element.named("Amt"), f"{where}/Amt")
    if money is None:
        raise Unreadable("missing_field", "The settled amount holds no amount.", f"{where}/Amt")
    direction = _direction(element.named("CdtDbtInd"), f"{where}/CdtDbtInd")
    return SettledAmount(
        value=money[0],
        currency=money[1],
        direction=cast("Literal['credit', 'debit'] | None", direction),
    )


def _choice(alternatives: tuple[str | None, ...], where: str) -> str | None:
    return fields.only((text for text in alternatives if text is not None), where)
