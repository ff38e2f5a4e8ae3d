"""The fields that a confirmation (sese.025) and its reversal (sese.026) have in common.

The tables are the messages: paths below the message's element, the same in all versions that are read.
Nothing is looked for anywhere else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from workers.ingest.iso20022 import fields
from workers.ingest.xml_tree import Element

Movement = Literal["receive", "deliver"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name here, where it stands, how it is read, what it means (unit)."""

    name: str
    path: str
    read: Callable[[Sequence[Element], str], str | None]
    meaning: str


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
        "SecuritiesTransactionType25Code, which holds those of earlier versions",
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
OTHER_SIDE: Final[dict[Movement, str]] = {"receive": "DlvrgSttlmPties", "deliver": "RcvgSttlmPties"}
OWN_SIDE: Final[dict[Movement, str]] = {"receive": "RcvgSttlmPties", "deliver": "DlvrgSttlmPties"}
PLACE: Final = "QtyAndAcctDtls/SfkpgPlc/SfkpgPlcFrmt"
