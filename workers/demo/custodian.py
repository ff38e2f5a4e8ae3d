"""What the demo's custodians send: sese.025 in the envelopes and versions that are seen in the field."""

from dataclasses import dataclass, replace
from random import Random
from xml.sax.saxutils import escape

from workers.demo.market import Custodian

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd"
VERSIONS = ("09", "10", "11", "12", "13")


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One settled movement as a custodian tells it; quantities are decimal texts of shares."""

    custodian: Custodian
    account: str
    isin: str
    quantity: str
    message_id: str
    transaction: str | None
    reference: str | None
    previously_settled: str | None = None
    remaining: str | None = None
    day: str = "2026-11-23"
    direction: str = "RECE"
    transaction_type: str = "TRAD"
    copy: bool = False
    pre_confirmation: bool = False

    def again(self) -> "Movement":
        """Return the same movement as a copy under another message id."""
        return replace(self, copy=True, message_id=self.message_id + "C")


def sese025(movement: Movement, chance: Random) -> bytes:
    """Return the message; version and envelope vary, the meaning does not."""
    version = chance.choice(VERSIONS)
    header = _header(movement, f"sese.025.001.{version}")
    document = (
        f'<Document xmlns="{NAMESPACE}:sese.025.001.{version}"><SctiesSttlmTxConf>'
        f"{_transaction(movement)}{_parameters(movement)}{_dates(movement)}"
        f"<FinInstrmId><ISIN>{movement.isin}</ISIN></FinInstrmId>{_quantities(movement)}"
        f"<SttlmParams><SctiesTxTp><Cd>{movement.transaction_type}</Cd></SctiesTxTp></SttlmParams>"
        "</SctiesSttlmTxConf></Document>"
    )
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    envelopes = (
        header + document,
        f"{declaration}<BizMsgEnvlp>{header}{document}</BizMsgEnvlp>",
        f'{declaration}<DataPDU xmlns="urn:swift:saa:xsd:saa.2.0"><Body>{header}{document}</Body></DataPDU>',
    )
    return chance.choice(envelopes).encode()


def _header(movement: Movement, definition: str) -> str:
    copy = "<CpyDplct>COPY</CpyDplct>" if movement.copy else ""
    return (
        f'<AppHdr xmlns="{NAMESPACE}:head.001.001.02">'
        f"<Fr><FIId><FinInstnId><BICFI>{movement.custodian.bic}XXX</BICFI></FinInstnId></FIId></Fr>"
        "<To><FIId><FinInstnId><BICFI>ISSRCHZZXXX</BICFI></FinInstnId></FIId></To>"
        f"<BizMsgIdr>{escape(movement.message_id)}</BizMsgIdr><MsgDefIdr>{definition}</MsgDefIdr>"
        f"<CreDt>{movement.day}T17:00:00Z</CreDt>{copy}</AppHdr>"
    )


def _transaction(movement: Movement) -> str:
    return (
        f"<TxIdDtls><AcctOwnrTxId>{movement.reference or 'NONREF'}</AcctOwnrTxId>"
        f"{_optional('AcctSvcrTxId', movement.transaction)}"
        f"<SctiesMvmntTp>{movement.direction}</SctiesMvmntTp><Pmt>FREE</Pmt></TxIdDtls>"
    )


def _parameters(movement: Movement) -> str:
    partial = None
    if movement.remaining is not None:
        partial = "PARC" if movement.remaining == "0" else "PAIN"
    inner = ("<PreConf>PRCA</PreConf>" if movement.pre_confirmation else "") + _optional("PrtlSttlm", partial)
    return f"<AddtlParams>{inner}</AddtlParams>" if inner else ""


def _dates(movement: Movement) -> str:
    return (
        f"<TradDtls><SttlmDt><Dt><Dt>{movement.day}</Dt></Dt></SttlmDt>"
        f"<FctvSttlmDt><Dt><Dt>{movement.day}</Dt></Dt></FctvSttlmDt></TradDtls>"
    )


def _quantities(movement: Movement) -> str:
    def units(tag: str, value: str | None) -> str:
        return "" if value is None else f"<{tag}><Qty><Unit>{value}</Unit></Qty></{tag}>"

    def bare_units(tag: str, value: str | None) -> str:
        return "" if value is None else f"<{tag}><Unit>{value}</Unit></{tag}>"

    return (
        f"<QtyAndAcctDtls>{units('SttldQty', movement.quantity)}"
        f"{bare_units('PrevslySttldQty', movement.previously_settled)}"
        f"{bare_units('RmngToBeSttldQty', movement.remaining)}"
        f"<SfkpgAcct><Id>{escape(movement.account)}</Id></SfkpgAcct></QtyAndAcctDtls>"
    )


def _optional(tag: str, value: str | None) -> str:
    return "" if value is None else f"<{tag}>{escape(value)}</{tag}>"
