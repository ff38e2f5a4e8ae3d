"""sese.025, SecuritiesSettlementTransactionConfirmation, versions 09 to 13 of variant 001.

The tables are the message: paths below `SctiesSttlmTxConf`, the same in all these versions. Nothing is looked
for anywhere else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from schemas import amounts
from schemas.confirmation import Confirmation, Reason, Reference
from workers.ingest.iso20022 import fields, parties
from workers.ingest.iso20022.header import Header
from workers.ingest.iso20022.securities import security
from workers.ingest.profiles import Profiles
from workers.ingest.reading import Unreadable
from workers.ingest.xml_tree import Element

ELEMENT: Final = "SctiesSttlmTxConf"
_ROOT: Final = f"/Document/{ELEMENT}"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name here, where it stands, how it is read, what it means (unit)."""

    name: str
    path: str
    read: Callable[[Sequence[Element], str], str | None]
    meaning: str

    @property
    def where(self) -> str:
        """The path as reasons show it."""
        return f"{_ROOT}/{self.path}"


# What decides whether anything has settled at all, so read before everything else.
SETTLED: Final = (
    Field("pre_confirmation", "AddtlParams/PreConf", fields.codes("PRCA PRSE"), "confirmed in advance"),
    Field(
        "face",
        "QtyAndAcctDtls/SttldQty/OrgnlAndCurFace",
        fields.no_face,
        "a debt's two face amounts: refused",
    ),
    Field("quantity", "QtyAndAcctDtls/SttldQty/Qty", fields.quantity, "settled by this message (units)"),
    Field("previously", "QtyAndAcctDtls/PrevslySttldQty", fields.quantity, "settled by earlier ones (units)"),
    Field("remaining", "QtyAndAcctDtls/RmngToBeSttldQty", fields.quantity, "not settled yet (units)"),
    Field("instructed", "QtyAndAcctDtls/SttlmQty/Qty", fields.quantity, "instructed, where repeated (units)"),
)
FIELDS: Final = (
    Field("account", "QtyAndAcctDtls/SfkpgAcct/Id", fields.identifier, "safekeeping account"),
    Field(
        "movement", "TxIdDtls/SctiesMvmntTp", fields.codes(RECE="receive", DELI="deliver"), "for the owner"
    ),
    Field(
        "payment", "TxIdDtls/Pmt", fields.codes(FREE="free", APMT="against_payment"), "with cash or without"
    ),
    Field("settled_on", "TradDtls/FctvSttlmDt/Dt", fields.day, "effective settlement date"),
    Field("trade_date", "TradDtls/TradDt/Dt", fields.day, "trade date"),
    Field("contractual", "TradDtls/SttlmDt/Dt", fields.day, "contractual date; checked, not kept"),
    Field("servicer_id", "TxIdDtls/AcctSvcrTxId", fields.reference, "the account servicer's reference"),
    Field("owner_id", "TxIdDtls/AcctOwnrTxId", fields.reference, "the account owner's reference"),
    Field(
        "market_id", "TxIdDtls/MktInfrstrctrTxId", fields.reference, "the market infrastructure's reference"
    ),
    Field("event_id", "TxIdDtls/CorpActnEvtId", fields.reference, "corporate action that moved the shares"),
    Field("previous", "AddtlParams/PrvsPrtlConfId", fields.reference, "confirmation of the part before"),
    Field("partial", "AddtlParams/PrtlSttlm", fields.codes("PAIN PARC"), "a part; proves no quantity"),
    Field(
        "parts_allowed",
        "SttlmParams/PrtlSttlmInd",
        fields.codes("PART NPAR PARC PARQ"),
        "a condition of the instruction; checked, not kept",
    ),
    Field(
        "type",
        "SttlmParams/SctiesTxTp/Cd",
        fields.codes(
            "AUTO BSBK BYIY CLAI CNCB COLI COLO CONV CORP ETFT FCTA INSP ISSU MKDW MKUP NETT NSYN "
            "OWNE OWNI PAIR PLAC PORT REAL REBL REDI REDM RELE REPU RODE RVPO SBBK SBRE SECB SECL "
            "SLRE SUBS SWIF SWIT SYND TBAC TRAD TRPO TRVO TURN"
        ),
        "SecuritiesTransactionType25Code",
    ),
    Field("own_type", "SttlmParams/SctiesTxTp/Prtry/Id", fields.identifier, "a type outside that list"),
)
OTHER_REFERENCES: Final = (
    "TxIdDtls/PrcrTxId",
    "TxIdDtls/CtrPtyMktInfrstrctrTxId",
    "TxIdDtls/CmonId",
    "TxIdDtls/PoolId",
    "TxIdDtls/NonceId",
    "Lnkgs/SctiesSttlmTxId",
    "AddtlParams/TrptyAgtSvcPrvdrCollTxId",
    "AddtlParams/ClntTrptyCollTxId",
    "AddtlParams/ClntCollInstrId",
    "AddtlParams/TrptyAgtSvcPrvdrCollInstrId",
    "TradDtls/TradId",
    "TradDtls/UnqTxIdr",
    "TradDtls/CollTxId",
)
SECURITY: Final = "FinInstrmId"
AMOUNT: Final = "SttldAmt"
OTHER_SIDE: Final = {"receive": "DlvrgSttlmPties", "deliver": "RcvgSttlmPties"}
OWN_SIDE: Final = {"receive": "RcvgSttlmPties", "deliver": "DlvrgSttlmPties"}
PLACE: Final = "QtyAndAcctDtls/SfkpgPlc/SfkpgPlcFrmt"

_WHERE: Final = {field.name: field.where for field in (*SETTLED, *FIELDS)}


def read(
    body: Element, header: Header, *, profiles: Profiles, lenient: bool, warnings: list[str]
) -> Confirmation | Reason:
    """Return what the confirmation says, or why it proves no movement; `body` is `SctiesSttlmTxConf`."""
    values = {field.name: _value(body, field) for field in SETTLED}
    if values["pre_confirmation"] is not None:
        where = _WHERE["pre_confirmation"]
        return Reason(code="pre_confirmation", text="Confirmed in advance: nothing has settled.", where=where)
    if values["quantity"] == "0":
        return Reason(code="zero_quantity", text="The settled quantity is zero.", where=_WHERE["quantity"])
    values |= {field.name: _value(body, field) for field in FIELDS}
    _check_total(values)
    account = _required(values, "account")
    movement = _required(values, "movement")
    other_side, own_side = OTHER_SIDE[movement], OWN_SIDE[movement]
    return Confirmation(
        kind="settlement_confirmed",
        servicer=_servicer(header, account, profiles),
        account=account,
        movement=cast("Literal['receive', 'deliver']", movement),
        payment=cast("Literal['free', 'against_payment'] | None", values["payment"]),
        security=security(body.find(SECURITY), _where(SECURITY), lenient=lenient, warnings=warnings),
        quantity=_required(values, "quantity"),
        previously_settled=values["previously"],
        remaining=values["remaining"],
        partial=values["partial"],
        settled_on=_required(values, "settled_on"),
        trade_date=values["trade_date"],
        message_id=header.message_id,
        servicer_transaction_id=values["servicer_id"],
        owner_transaction_id=values["owner_id"],
        market_transaction_id=values["market_id"],
        previous_confirmation_id=values["previous"],
        transaction_type=_transaction_type(values),
        deal_reference=None,
        references=_other_references(body),
        amount=parties.settled_amount(body, AMOUNT, _where(AMOUNT)),
        counterparty=parties.party(body, other_side, _where(other_side)),
        place_of_settlement=parties.depository(body, other_side, _where(other_side))
        or parties.depository(body, own_side, _where(own_side)),
        safekeeping_place=parties.safekeeping_place(body, PLACE, _where(PLACE)),
        event_id=values["event_id"],
        event_type=None,
        copy=header.copy,
        possible_duplicate=header.possible_duplicate,
    )


def _value(body: Element, field: Field) -> str | None:
    found = body.find(field.path)
    return field.read(found, field.where) if found else None


def _where(path: str) -> str:
    return f"{_ROOT}/{path}"


def _required(values: dict[str, str | None], name: str) -> str:
    value = values[name]
    if value is None:
        raise Unreadable(
            "missing_field", f"The message does not state {name.replace('_', ' ')}.", _WHERE[name]
        )
    return value


def _check_total(values: dict[str, str | None]) -> None:
    """Compare the parts with the instructed quantity, where the message repeats it."""
    if values["instructed"] is None:
        return
    parts = [values["quantity"], values["previously"], values["remaining"]]
    total = sum(amounts.parse(part) for part in parts if part is not None)
    instructed = amounts.parse(values["instructed"])
    if total > instructed or (None not in parts and total != instructed):
        sentence = f"Settled, previously settled and remaining make {amounts.text(total)}."
        raise Unreadable("inconsistent_quantities", sentence, _WHERE["instructed"])


def _servicer(header: Header, account: str, profiles: Profiles) -> str | None:
    if header.sender_bic is not None:
        return header.sender_bic
    profile = profiles.of_account(account)
    return header.sender_id if profile is None else profile.name


def _transaction_type(values: dict[str, str | None]) -> str | None:
    types = [values[name] for name in ("type", "own_type") if values[name] is not None]
    return fields.only(types, _WHERE["type"])


def _other_references(body: Element) -> tuple[Reference, ...]:
    return tuple(
        Reference(qualifier=path.rpartition("/")[2], id=text)
        for path in OTHER_REFERENCES
        for found in [body.find(path)]
        if found
        for text in fields.identifiers(found, _where(path))
        if text != fields.NO_REFERENCE
    )
