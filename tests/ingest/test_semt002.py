"""Variations of a whole semt.002: what it still states, or why it is refused. One row is one trap."""

import time
from pathlib import Path

import pytest

from workers.ingest.iso20022.semt002 import HOLDINGS_MAX
from workers.ingest.profiles import Profile, Profiles
from workers.ingest.reading import Reading
from workers.ingest.registry import read

PLAIN = (Path(__file__).parent.parent / "golden" / "iso20022" / "statement.xml").read_text("utf-8")
SECONDS_MAX = 2.0  # of this process

UNITS = "<Qty><Qty><Qty><Unit>1500.25</Unit></Qty></Qty></Qty>"
AGGREGATE = f"<AggtBal><ShrtLngInd>LONG</ShrtLngInd>{UNITS}</AggtBal>"
AVAILABLE = "<AvlblBal><Qty><Qty><Unit>1400</Unit></Qty></Qty></AvlblBal>"
PAGE = "<PgNb>1</PgNb>"
LAST = "<LastPgInd>true</LastPgInd>"
AS_OF = "<Dt>2026-03-04</Dt>"
UPDATE = "<UpdTp><Cd>COMP</Cd></UpdTp>"
BASIS = "<Cd>SETT</Cd>"
ACTIVITY = "<ActvtyInd>true</ActvtyInd>"
ACCOUNT = "<SfkpgAcct><Id>SK-900123</Id></SfkpgAcct>"
FIRST = PLAIN[PLAIN.index("<BalForAcct>") : PLAIN.index("</BalForAcct>")] + "</BalForAcct>"
END = "</SctiesBalCtdyRpt>"


def sub_account(account: str, balances: str, activity: str = ACTIVITY) -> str:
    of_sub = balances.replace("BalForAcct", "BalForSubAcct")
    return f"<SubAcctDtls><SfkpgAcct><Id>{account}</Id></SfkpgAcct>{activity}{of_sub}</SubAcctDtls>"


def varied(old: str, new: str) -> Reading:
    """Read the plain statement with one passage replaced, which must stand in it."""
    assert old in PLAIN
    (reading,) = read(PLAIN.replace(old, new, 1).encode())
    assert reading.reason is None or "fault of the program" not in reading.reason.text
    return reading


def units(text: str) -> tuple[str, str]:
    return UNITS, f"<Qty><Qty><Qty><Unit>{text}</Unit></Qty></Qty></Qty>"


REFUSED = {
    # balances
    "a decimal comma": (*units("1500,25"), "bad_quantity"),
    "a sign": (*units("-1500"), "bad_quantity"),
    "an exponent": (*units("1e3"), "bad_quantity"),
    "white space": (*units(" 1500"), "bad_quantity"),
    "no number": (*units(""), "bad_quantity"),
    "nineteen digits": (*units("1234567890123456789"), "bad_quantity"),
    "digital tokens": (UNITS, "<Qty><Qty><DgtlTknUnit>5</DgtlTknUnit></Qty></Qty>", "quantity_not_in_units"),
    "a quantity of the servicer's own": (
        UNITS,
        "<Qty><Prtry><Qty>5</Qty><Tp>X</Tp></Prtry></Qty>",
        "quantity_not_in_units",
    ),
    "a quantity that is none": (UNITS, "<Qty><Qty/></Qty>", "missing_field"),
    "a quantity wrapped too often": (UNITS, f"<Qty>{UNITS}</Qty>", "malformed"),
    "units beside a wrapped quantity": (UNITS, f"<Qty><Unit>7</Unit>{UNITS}</Qty>", "ambiguous"),
    "two aggregate balances": (AGGREGATE, AGGREGATE + AGGREGATE.replace("1500.25", "7"), "ambiguous"),
    "long and short": (AGGREGATE, AGGREGATE + AGGREGATE.replace("LONG", "SHOR"), "ambiguous"),
    "a direction outside the list": (AGGREGATE, AGGREGATE.replace("LONG", "long"), "malformed"),
    "no aggregate balance": (AGGREGATE, "", "missing_field"),
    "what is available as a face amount": (
        AVAILABLE,
        "<AvlblBal><Qty><FaceAmt>7</FaceAmt></Qty></AvlblBal>",
        "quantity_not_in_units",
    ),
    "no security": ("<FinInstrmId><ISIN>US0378331005</ISIN></FinInstrmId>", "", "missing_field"),
    # holdings where the standard has none
    "a holding inside another": (AVAILABLE, AVAILABLE + FIRST, "malformed"),
    "a holding deep inside another": (AVAILABLE, f"{AVAILABLE}<BalBrkdwn>{FIRST}</BalBrkdwn>", "malformed"),
    "a holding of a sub-account outside of one": (END, sub_account("A", FIRST)[56:] + END, "malformed"),
    "a holding of another namespace": (END, '<BalForAcct xmlns="urn:x"/>' + END, "malformed"),
    "a holding in the account": (
        ACCOUNT,
        ACCOUNT.replace("</SfkpgAcct>", f"{FIRST}</SfkpgAcct>"),
        "malformed",
    ),
    "a sub-account without its account": (
        END,
        f"<SubAcctDtls>{ACTIVITY}</SubAcctDtls>{END}",
        "missing_field",
    ),
    "a sub-account with the main account's id": (END, sub_account("SK-900123", FIRST) + END, "ambiguous"),
    "a sub-account that loses its holdings": (END, sub_account("A", "") + END, "ambiguous"),
    # what the page says of itself
    "no page": (PAGE, "", "missing_field"),
    "a page of six digits": (PAGE, "<PgNb>000001</PgNb>", "malformed"),
    "a page below one": (PAGE, "<PgNb>-1</PgNb>", "malformed"),
    "two pages": (PAGE, f"{PAGE}<PgNb>2</PgNb>", "ambiguous"),
    "no word on the last page": (LAST, "", "missing_field"),
    "no moment": (f"<StmtDtTm>{AS_OF}</StmtDtTm>", "", "missing_field"),
    "a moment that is neither": (AS_OF, "<Prtry>TODAY</Prtry>", "missing_field"),
    "a day that does not exist": (AS_OF, "<Dt>2026-02-30</Dt>", "malformed"),
    "the end of a day": (AS_OF, "<DtTm>2026-03-04T24:00:00</DtTm>", "ambiguous"),
    "a moment finer than a nanosecond": (AS_OF, "<DtTm>2026-03-04T10:00:00.0000000001Z</DtTm>", "malformed"),
    "two moments": (AS_OF, f"{AS_OF}<Dt>2026-03-05</Dt>", "ambiguous"),
    "no update type": (UPDATE, "", "missing_field"),
    "an update type outside the list": (UPDATE, UPDATE.replace("COMP", "FULL"), "malformed"),
    "a basis outside the list": (BASIS, "<Cd>BOOK</Cd>", "malformed"),
    "no account": (ACCOUNT, "", "missing_field"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_statement_is_parked_for(case: str) -> None:
    old, new, code = REFUSED[case]
    reading = varied(old, new)
    assert (reading.outcome, reading.reason and reading.reason.code) == ("parked", code)


SAME = {
    "needless zeros": units("01500.250"),
    "the quantity in one element": (UNITS, "<Qty><Unit>1500.25</Unit></Qty>"),
    "what is available in one element": (AVAILABLE, "<AvlblBal><Qty><Unit>1400</Unit></Qty></AvlblBal>"),
    "what is available long": (
        AVAILABLE,
        AVAILABLE.replace("<AvlblBal>", "<AvlblBal><ShrtLngInd>LONG</ShrtLngInd>"),
    ),
    "the page in five digits": (PAGE, "<PgNb>00001</PgNb>"),
    "another form of true": (LAST, "<LastPgInd>1</LastPgInd>"),
    "an indicator that nothing has moved": (ACTIVITY, "<ActvtyInd>false</ActvtyInd>"),
    "the date with a zone": (AS_OF, "<Dt>2026-03-04+02:00</Dt>"),
    "supplementary data with a holding in it": (END, f"<SplmtryData>{FIRST}</SplmtryData>{END}"),
    "supplementary data of a holding with a holding in it": (
        AVAILABLE,
        f"{AVAILABLE}<SplmtryData>{FIRST}</SplmtryData>",
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_a_statement_states_the_same_with(case: str) -> None:
    (plain,) = read(PLAIN.encode())
    assert plain.statement is not None
    assert varied(*SAME[case]) == plain


@pytest.mark.parametrize("version", range(3, 13))
def test_every_version_with_this_form_states_the_same(version: int) -> None:
    (plain,) = read(PLAIN.encode())
    (reading,) = read(PLAIN.replace("semt.002.001.11", f"semt.002.001.{version:02}").encode())
    assert reading.statement == plain.statement
    assert reading.dialect == f"semt.002.001.{version:02}"


@pytest.mark.parametrize(
    "moment", ["2026-03-04T10:00:00", "2026-03-04T10:00:00.5Z", "2026-03-04T10:00:00-05:30"]
)
def test_a_moment_is_kept_as_stated(moment: str) -> None:
    statement = varied(AS_OF, f"<DtTm>{moment}</DtTm>").statement
    assert statement is not None
    assert statement.as_of == moment


def test_a_balance_of_zero_has_no_sign() -> None:
    short = AGGREGATE.replace("LONG", "SHOR").replace("1500.25", "0")
    statement = varied(AGGREGATE + "\n        " + AVAILABLE, short).statement
    assert statement is not None
    assert statement.balances[0].quantity == "0"


def test_the_profile_of_the_account_says_who_speaks_where_no_header_does() -> None:
    bare = PLAIN[PLAIN.index("  <Document") : PLAIN.index("</BizMsg>")]
    profiles = Profiles((Profile(name="northern", accounts=("SK-900123",)),))
    (known,), (unknown,) = read(bare.encode(), profiles=profiles), read(bare.encode())
    assert known.statement is not None
    assert unknown.statement is not None
    assert (known.statement.servicer, unknown.statement.servicer) == ("northern", None)


@pytest.mark.parametrize("piece", ["<BalForAcct/>", sub_account("A", "")], ids=["holdings", "sub-accounts"])
def test_holdings_beyond_the_limit_are_too_large(piece: str) -> None:
    started = time.process_time()
    reading = varied(END, piece * HOLDINGS_MAX + END)
    assert time.process_time() - started < SECONDS_MAX
    assert reading.reason is not None
    assert reading.reason.code == "too_large"
