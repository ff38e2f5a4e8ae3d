"""Variations of the plain confirmation: what it still means, or why it is refused. One row is one trap."""

from collections.abc import Callable

import pytest

from workers.ingest.reading import Reading
from workers.ingest.registry import read

Varied = Callable[..., Reading]

UNIT = "<Unit>100</Unit>"
SETTLED = f"<SttldQty><Qty>{UNIT}</Qty></SttldQty>"
ISIN = "<ISIN>US0378331005</ISIN>"
MOVEMENT = "<SctiesMvmntTp>RECE</SctiesMvmntTp>"
TRADED = "<TradDt><Dt><Dt>2026-03-02</Dt></Dt></TradDt>"
EFFECTIVE = "<FctvSttlmDt><Dt><Dt>2026-03-04</Dt></Dt></FctvSttlmDt>"
ACCOUNT = "<SfkpgAcct><Id>SK-900123</Id></SfkpgAcct>"
CREATED = "<CreDt>2026-03-04T16:20:00Z</CreDt>"
TYPE = "<SctiesTxTp><Cd>TRAD</Cd></SctiesTxTp>"
END = "</SttlmParams>"


def unit(text: str) -> tuple[str, str]:
    return UNIT, f"<Unit>{text}</Unit>"


def other(identifier: str, scheme: str) -> str:
    return f"<OthrId><Id>{identifier}</Id><Tp><Cd>{scheme}</Cd></Tp></OthrId>"


def effective(text: str, element: str = "Dt") -> tuple[str, str]:
    return EFFECTIVE, f"<FctvSttlmDt><Dt><{element}>{text}</{element}></Dt></FctvSttlmDt>"


def amount(text: str, attributes: str = ' Ccy="USD"', direction: str = "DBIT") -> tuple[str, str]:
    cash = f"<SttldAmt><Amt{attributes}>{text}</Amt><CdtDbtInd>{direction}</CdtDbtInd></SttldAmt>"
    return END, END + cash


REFUSED = {
    # quantities: digits and a point, nothing else
    "white space before a quantity": (*unit(" 100"), "bad_quantity"),
    "a line end after a quantity": (*unit("100\n"), "bad_quantity"),
    "a plus sign": (*unit("+100"), "bad_quantity"),
    "a minus sign": (*unit("-100"), "bad_quantity"),
    "an exponent": (*unit("1E2"), "bad_quantity"),
    "a decimal comma": (*unit("100,5"), "bad_quantity"),
    "an apostrophe as a separator": (*unit("1'000"), "bad_quantity"),
    "two points": (*unit("1.0.0"), "bad_quantity"),
    "a point alone": (*unit("."), "bad_quantity"),
    "Arabic-Indic digits": (*unit("\u0661\u0660\u0660"), "bad_quantity"),
    "full-width digits": (*unit("\uff11\uff10\uff10"), "bad_quantity"),
    "a superscript": (*unit("10²"), "bad_quantity"),
    "an underscore": (*unit("1_000"), "bad_quantity"),
    "hexadecimal": (*unit("0x64"), "bad_quantity"),
    "infinity": (*unit("INF"), "bad_quantity"),
    "no digits at all": (*unit(""), "bad_quantity"),
    "a no-break space": (*unit("100\u00a0"), "bad_quantity"),
    "nineteen digits": (*unit("1234567890123456789"), "bad_quantity"),
    "eighteen decimal places": (*unit("0.000000000000000001"), "bad_quantity"),
    "a thousand zeros": (*unit("0" * 1000 + "1"), "bad_quantity"),
    "an element inside the number": (*unit("1<b>0</b>0"), "malformed"),
    "two settled quantities": (SETTLED, SETTLED + SETTLED.replace("100", "101"), "ambiguous"),
    "two units in one quantity": (UNIT, UNIT + "<Unit>1</Unit>", "ambiguous"),
    "units and a face amount in two quantities": (
        SETTLED,
        SETTLED + "<SttldQty><Qty><FaceAmt>100</FaceAmt></Qty></SttldQty>",
        "ambiguous",
    ),
    "an empty quantity": (UNIT, "", "missing_field"),
    "no settled quantity": (SETTLED, "", "missing_field"),
    "units without their group": (SETTLED, f"<SttldQty>{UNIT}</SttldQty>", "missing_field"),
    "a quantity of another kind": (UNIT, "<Lots>100</Lots>", "malformed"),
    "amortised value": (UNIT, "<AmtsdVal>100</AmtsdVal>", "quantity_not_in_units"),
    "remaining in face amounts": (
        SETTLED,
        SETTLED + "<RmngToBeSttldQty><FaceAmt>1</FaceAmt></RmngToBeSttldQty>",
        "quantity_not_in_units",
    ),
    "a previous quantity that is no number": (
        SETTLED,
        SETTLED + "<PrevslySttldQty><Unit>x</Unit></PrevslySttldQty>",
        "bad_quantity",
    ),
    "more settled than was instructed": (
        SETTLED,
        SETTLED + "<SttlmQty><Qty><Unit>99</Unit></Qty></SttlmQty>",
        "inconsistent_quantities",
    ),
    # identifiers
    "a lower-case ISIN": (ISIN, "<ISIN>us0378331005</ISIN>", "bad_identifier"),
    "an ISIN with white space": (ISIN, "<ISIN>US0378331005 </ISIN>", "bad_identifier"),
    "an ISIN of a country that does not exist": (ISIN, "<ISIN>XX0000000001</ISIN>", "bad_identifier"),
    "a CUSIP that fails its check digit": (ISIN, other("037833101", "CUSP"), "bad_identifier"),
    "a SEDOL with a vowel": (ISIN, other("A263494", "SEDL"), "bad_identifier"),
    "two ISINs": (ISIN, ISIN + "<ISIN>US67066G1040</ISIN>", "ambiguous"),
    "two CUSIPs": (ISIN, other("037833100", "CUSP") + other("67066G104", "CUSP"), "ambiguous"),
    "a British ISIN and the SEDOL of another security": (
        ISIN,
        "<ISIN>GB0002634946</ISIN>" + other("0798059", "SEDL"),
        "ambiguous",
    ),
    "no identifier that we can read": (ISIN, other("918422", "WKNR"), "missing_field"),
    "a description only": (ISIN, "<Desc>ISIN US0378331005</Desc>", "missing_field"),
    "no security": (f"<FinInstrmId>{ISIN}</FinInstrmId>", "", "missing_field"),
    "an empty ISIN beside a CUSIP": (ISIN, "<ISIN/>" + other("037833100", "CUSP"), "bad_identifier"),
    "an empty ticker": (ISIN, other(" ", "TIKR"), "bad_identifier"),
    # direction, account, codes
    "no direction": (MOVEMENT, "", "missing_field"),
    "a direction in lower case": (MOVEMENT, MOVEMENT.replace("RECE", "rece"), "malformed"),
    "a direction with white space": (MOVEMENT, MOVEMENT.replace("RECE", " RECE"), "malformed"),
    "an empty direction": (MOVEMENT, "<SctiesMvmntTp/>", "malformed"),
    "a payment that does not exist": ("<Pmt>FREE</Pmt>", "<Pmt>PAID</Pmt>", "malformed"),
    "no account": (ACCOUNT, "", "missing_field"),
    "an empty account": ("SK-900123", " ", "missing_field"),
    "an endless account": ("SK-900123", "9" * 257, "malformed"),
    "two accounts": (ACCOUNT, ACCOUNT + ACCOUNT.replace("123", "124"), "ambiguous"),
    "two owner's references": (
        "<AcctOwnrTxId>TALLYREF00000001</AcctOwnrTxId>",
        "<AcctOwnrTxId>TALLYREF00000001</AcctOwnrTxId><AcctOwnrTxId>NONREF</AcctOwnrTxId>",
        "ambiguous",
    ),
    "a transaction type outside the list": (TYPE, TYPE.replace("TRAD", "GIFT"), "malformed"),
    "two transaction types": (TYPE, TYPE[:-13] + "<Prtry><Id>GIFT</Id></Prtry></SctiesTxTp>", "ambiguous"),
    "a partial code outside the list": (
        "<TradDtls>",
        "<AddtlParams><PrtlSttlm>PARQ</PrtlSttlm></AddtlParams><TradDtls>",
        "malformed",
    ),
    "a pre-confirmation code outside the list": (
        "<TradDtls>",
        "<AddtlParams><PreConf>PREC</PreConf></AddtlParams><TradDtls>",
        "malformed",
    ),
    "a copy code outside the list": (CREATED, f"{CREATED}<CpyDplct>COPI</CpyDplct>", "malformed"),
    "an indicator that is none": (CREATED, f"{CREATED}<PssblDplct>TRUE</PssblDplct>", "malformed"),
    "two copy codes": (CREATED, f"{CREATED}<CpyDplct>COPY</CpyDplct><CpyDplct>DUPL</CpyDplct>", "ambiguous"),
    "two message ids": (
        "<BizMsgIdr>CNF-0001</BizMsgIdr>",
        "<BizMsgIdr>CNF-0001</BizMsgIdr><BizMsgIdr>CNF-0002</BizMsgIdr>",
        "ambiguous",
    ),
    # dates
    "an empty date": (*effective(""), "malformed"),
    "a date without hyphens": (*effective("20260304"), "malformed"),
    "an American date": (*effective("03/04/2026"), "malformed"),
    "a thirteenth month": (*effective("2026-13-01"), "malformed"),
    "a day that only leap years have": (*effective("2026-02-29"), "malformed"),
    "the year nought": (*effective("0000-01-01"), "malformed"),
    "a date in Arabic-Indic digits": (*effective("\u0662\u0660\u0662\u0666-03-04"), "malformed"),
    "a moment in a date": (*effective("2026-03-04T10:00:00"), "malformed"),
    "a date in a moment": (*effective("2026-03-04", "DtTm"), "malformed"),
    "a twenty-fifth hour": (*effective("2026-03-04T25:00:00", "DtTm"), "malformed"),
    "a zone that does not exist": (*effective("2026-03-04T10:00:00+15:00", "DtTm"), "malformed"),
    "the end of a day": (*effective("2026-03-04T24:00:00", "DtTm"), "ambiguous"),
    "two effective dates": (EFFECTIVE, EFFECTIVE + EFFECTIVE.replace("03-04", "03-05"), "ambiguous"),
    "date and moment that differ": (
        EFFECTIVE,
        EFFECTIVE.replace("</Dt></Dt>", "</Dt><DtTm>2026-03-05T00:00:00</DtTm></Dt>"),
        "ambiguous",
    ),
    "an effective date that is a code": (
        EFFECTIVE,
        "<FctvSttlmDt><DtCd><Id>UKWN</Id><Issr>X</Issr></DtCd></FctvSttlmDt>",
        "missing_field",
    ),
    "a trade date that does not exist": ("2026-03-02", "2026-06-31", "malformed"),
    "a contractual date that does not exist": (
        EFFECTIVE,
        "<SttlmDt><Dt><Dt>2026-02-30</Dt></Dt></SttlmDt>" + EFFECTIVE,
        "malformed",
    ),
    # cash and parties
    "a negative amount": (*amount("-1"), "malformed"),
    "six places of cash": (*amount("1.123456"), "malformed"),
    "cash without a currency": (*amount("1", ""), "malformed"),
    "a currency in lower case": (*amount("1", ' Ccy="usd"'), "malformed"),
    "a direction of cash outside the list": (*amount("1", direction="DBT"), "malformed"),
    "two settled amounts": (END, END + 2 * amount("1")[1].removeprefix(END), "ambiguous"),
    "an empty settled amount": (END, END + "<SttldAmt/>", "missing_field"),
    "a counterparty that cannot be a BIC": (
        END,
        END + "<DlvrgSttlmPties><Pty1><Id><AnyBIC>BROKER</AnyBIC></Id></Pty1></DlvrgSttlmPties>",
        "bad_identifier",
    ),
    "two counterparties": (
        END,
        END
        + "<DlvrgSttlmPties><Pty1><Id><AnyBIC>BROKUS33</AnyBIC>"
        + "<PrtryId><Id>B</Id></PrtryId></Id></Pty1></DlvrgSttlmPties>",
        "ambiguous",
    ),
    # structure
    "text between the elements": (MOVEMENT, MOVEMENT + "RECE", "malformed"),
    "a second message in the document": (
        "</SctiesSttlmTxConf>",
        "</SctiesSttlmTxConf><SctiesSttlmTxConf/>",
        "malformed",
    ),
    "a direction in nobody's namespace": (
        MOVEMENT,
        MOVEMENT.replace("<SctiesMvmntTp", '<SctiesMvmntTp xmlns=""'),
        "missing_field",
    ),
    "fields outside the namespace": ("<TxIdDtls>", '<TxIdDtls xmlns="urn:example">', "missing_field"),
}

# What leniency forgives: a check digit or a country prefix, never the form.
FORGIVEN = {"an ISIN of a country that does not exist", "a CUSIP that fails its check digit"}


CASES = [(case, False) for case in REFUSED] + [(case, True) for case in REFUSED if case not in FORGIVEN]


@pytest.mark.parametrize(("case", "lenient"), CASES)
def test_a_confirmation_is_parked_for(case: str, lenient: bool, varied: Varied) -> None:  # noqa: FBT001
    old, new, expected = REFUSED[case]
    reading = varied(old, new, lenient=lenient)
    assert reading.outcome == "parked"
    assert reading.confirmation is None
    assert reading.reason is not None
    assert reading.reason.code == expected, reading.reason
    assert reading.dialect == "sese.025.001.11"


@pytest.mark.parametrize("case", sorted(FORGIVEN))
def test_leniency_accepts_with_a_warning(case: str, varied: Varied) -> None:
    old, new, _ = REFUSED[case]
    reading = varied(old, new, lenient=True)
    assert reading.outcome == "confirmation"
    assert len(reading.warnings) == 1


SAME_MOVEMENT = {
    "a processing instruction": (MOVEMENT, f"<?check it?>{MOVEMENT}"),
    "a character reference": (UNIT, "<Unit>10&#48;</Unit>"),
    "a CDATA section": (UNIT, "<Unit><![CDATA[100]]></Unit>"),
    "a comment inside a number": (UNIT, "<Unit>1<!-- hundred -->00</Unit>"),
    "trailing zeros": (UNIT, "<Unit>100.000</Unit>"),
    "leading zeros": (UNIT, "<Unit>000100</Unit>"),
    "a point at the end": (UNIT, "<Unit>100.</Unit>"),
    "a date with a zone": effective("2026-03-04+13:00"),
    "a date with white space, which XML Schema collapses": effective(" 2026-03-04 "),
    "a moment shortly before midnight in UTC": effective("2026-03-04T23:59:59.999999Z", "DtTm"),
    "a moment in a zone where it is another day in UTC": effective("2026-03-04T23:59:59-11:00", "DtTm"),
    "a date and the same date as a moment": (
        EFFECTIVE,
        EFFECTIVE.replace("</Dt></Dt>", "</Dt><DtTm>2026-03-04T09:00:00</DtTm></Dt>"),
    ),
    "the CUSIP of the same security": (ISIN, ISIN + other("037833100", "CUSP")),
    "the ticker of another security": (ISIN, ISIN + other("TSLA", "TIKR")),
    "lots of another sum": (
        SETTLED,
        SETTLED + "<QtyBrkdwn><LotQty><Unit>40</Unit></LotQty></QtyBrkdwn>",
    ),
    "a quantity in another place": (
        "<TradDtls>",
        "<SttldQty><Qty><Unit>7</Unit></Qty></SttldQty><Qty><Unit>8</Unit></Qty><TradDtls>",
    ),
    "a quantity of another namespace": (
        SETTLED,
        f'<x:SttldQty xmlns:x="urn:x"><x:Qty><x:Unit>9</x:Unit></x:Qty></x:SttldQty>{SETTLED}',
    ),
    "an ISIN in the attributes of the instrument": (
        "<SttlmParams>",
        "<FinInstrmAttrbts><Undrlyg><ISIN>US67066G1040</ISIN></Undrlyg></FinInstrmAttrbts><SttlmParams>",
    ),
    "a condition that allows parts": (TYPE, f"{TYPE}<PrtlSttlmInd>PARQ</PrtlSttlmInd>"),
    "a contractual date of another day": (
        EFFECTIVE,
        f"<SttlmDt><Dt><Dt>2026-03-01</Dt></Dt></SttlmDt>{EFFECTIVE}",
    ),
    "flags of a related header": (
        CREATED,
        f"{CREATED}<Rltd><CpyDplct>COPY</CpyDplct><PssblDplct>true</PssblDplct></Rltd>",
    ),
    "a duplicate that it is not": (CREATED, f"{CREATED}<PssblDplct>false</PssblDplct>"),
    "the sender's other id": ("</BICFI>", "</BICFI><Othr><Id>SOMEBODY</Id></Othr>"),
}


@pytest.mark.parametrize("case", SAME_MOVEMENT)
def test_a_confirmation_means_the_same_with(case: str, varied: Varied, plain: str) -> None:
    (expected,) = read(plain.encode())
    assert varied(*SAME_MOVEMENT[case]) == expected


def test_leniency_does_not_forgive_a_contradiction(varied: Varied) -> None:
    reading = varied(ISIN, ISIN + other("037833101", "CUSP"), lenient=True)
    assert reading.reason is not None
    assert reading.reason.code == "ambiguous"


def test_a_settled_quantity_in_another_place_is_not_found(plain: str) -> None:
    moved = plain.replace(SETTLED, "").replace("<TradDtls>", f"{SETTLED}<TradDtls>")
    (reading,) = read(moved.encode())
    assert reading.reason is not None
    assert reading.reason.code == "missing_field"


def test_a_status_advice_in_a_confirmations_namespace_is_ambiguous(plain: str) -> None:
    (reading,) = read(plain.replace("SctiesSttlmTxConf>", "SctiesSttlmTxStsAdvc>").encode())
    assert reading.outcome == "parked"
    assert reading.reason is not None
    assert reading.reason.code == "ambiguous"


@pytest.mark.parametrize("version", range(1, 20))
def test_versions_09_to_13_are_read(version: int, plain: str) -> None:
    dialect = f"sese.025.001.{version:02}"
    (reading,) = read(plain.replace("sese.025.001.11", dialect).encode())
    assert reading.dialect == dialect
    assert reading.outcome == ("confirmation" if version in range(9, 14) else "parked")


@pytest.mark.parametrize("code", ["PRCA", "PRSE"])
def test_a_pre_confirmation_is_information_whatever_else_is_wrong(code: str, varied: Varied) -> None:
    reading = varied(EFFECTIVE, "")
    assert reading.outcome == "parked"
    reading = varied(
        f"<TradDtls>\n        {TRADED}", f"<AddtlParams><PreConf>{code}</PreConf></AddtlParams><TradDtls>"
    )
    assert reading.outcome == "information"
    assert reading.reason is not None
    assert reading.reason.code == "pre_confirmation"


def test_the_depository_of_the_other_side_is_the_place_of_settlement(varied: Varied) -> None:
    def side(name: str, depository: str, party: str) -> str:
        return (
            f"<{name}><Dpstry><Id><AnyBIC>{depository}</AnyBIC></Id></Dpstry>"
            f"<Pty1><Id>{party}</Id></Pty1></{name}>"
        )

    delivering = side("DlvrgSttlmPties", "DTCYUS33", "<PrtryId><Id>0226</Id><Issr>DTCYUS33</Issr></PrtryId>")
    receiving = side("RcvgSttlmPties", "MGTCBEBE", "<AnyBIC>NORTUS33</AnyBIC>")
    both = varied(END, END + delivering + receiving).confirmation
    assert both is not None
    assert (both.place_of_settlement, both.counterparty) == ("DTCYUS33", "0226")
    own = varied(END, END + receiving).confirmation
    assert own is not None
    assert (own.place_of_settlement, own.counterparty) == ("MGTCBEBE", None)
