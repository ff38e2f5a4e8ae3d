"""sese.025 and sese.026 as the demo's custodians send them, in the envelopes that are seen in the field."""

from random import Random
from xml.sax.saxutils import escape

from workers.demo.movement import Movement

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd"
VERSIONS = range(9, 14)


def told(movement: Movement, chance: Random) -> bytes:
    """Return the message; version and envelope vary, the meaning does not."""
    definition = _definition(chance.choice(VERSIONS), undoes=movement.undoes)
    element = "SctiesSttlmTxRvslAdvc" if movement.undoes else "SctiesSttlmTxConf"
    header = _header(movement, definition)
    document = (
        f'<Document xmlns="{NAMESPACE}:{definition}"><{element}>'
        f"{_transaction(movement)}{_parameters(movement)}"
        f"{_confirmation_id(movement, definition)}{_dates(movement)}"
        f"<FinInstrmId><ISIN>{movement.isin}</ISIN></FinInstrmId>{_quantities(movement)}"
        f"<SttlmParams><SctiesTxTp><Cd>{movement.transaction_type}</Cd></SctiesTxTp></SttlmParams>"
        f"</{element}></Document>"
    )
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    envelopes = (
        header + document,
        f"{declaration}<BizMsgEnvlp>{header}{document}</BizMsgEnvlp>",
        f'{declaration}<DataPDU xmlns="urn:swift:saa:xsd:saa.2.0"><Body>{header}{document}</Body></DataPDU>',
    )
    return chance.choice(envelopes).encode()


def _definition(version: int, *, undoes: bool) -> str:
    """Return the message; the reversal of a version was published under the number before it."""
    return f"sese.026.001.{version - 1:02}" if undoes else f"sese.025.001.{version:02}"


def _confirmation_id(movement: Movement, definition: str) -> str:
    """Return the confirmation that is undone; before version 10 its id is wrapped."""
    if movement.previous is None:
        return ""
    wrapped = definition in ("sese.026.001.08", "sese.026.001.09")
    return (
        _optional("ConfRef", movement.previous)
        if not wrapped
        else (f"<ConfRef>{_optional('Id', movement.previous)}</ConfRef>")
    )


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
