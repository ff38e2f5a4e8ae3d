"""Variations of a whole MT535: what it still states, or why it is refused. One row is one trap."""

from pathlib import Path

import pytest

from workers.ingest.reading import Reading
from workers.ingest.registry import read

PLAIN = (Path(__file__).parent.parent / "golden" / "mt" / "statement.fin").read_text("utf-8")

PAGE = ":28E:1/ONLY"
AS_OF = ":98A::STAT//20260304"
CODE = ":22F::CODE//COMP"
BASIS = ":22F::STBA//SETT"
ACCOUNT = ":97A::SAFE//SK-900123"
ACTIVITY = ":17B::ACTI//Y"
SUBSAFE = ":16R:SUBSAFE"
ISIN = ":35B:ISIN US0378331005"
AGGREGATE = ":93B::AGGR//UNIT/1500,25"
AVAILABLE = ":93B::AVAI//UNIT/1400,"
SECOND = ":16R:FIN\n:35B:ISIN US67066G1040\n:93B::AGGR//UNIT/0,\n:16S:FIN\n"


def varied(old: str, new: str) -> Reading:
    """Read the plain statement with one passage replaced, which must stand in it."""
    assert old in PLAIN
    (reading,) = read(PLAIN.replace(old, new, 1).encode())
    assert reading.reason is None or "fault of the program" not in reading.reason.text
    return reading


def aggregate(text: str) -> tuple[str, str]:
    return AGGREGATE, f":93B::AGGR//{text}"


REFUSED = {
    # balances: digits and one comma, an N before them where they are short
    "a decimal point": (*aggregate("UNIT/1500.25"), "bad_quantity"),
    "no comma": (*aggregate("UNIT/1500"), "bad_quantity"),
    "a minus sign": (*aggregate("UNIT/-1500,"), "bad_quantity"),
    "two signs": (*aggregate("UNIT/NN1500,"), "bad_quantity"),
    "a sign after the digits": (*aggregate("UNIT/1500,N"), "bad_quantity"),
    "a zero with a sign": (*aggregate("UNIT/N0,"), "bad_quantity"),
    "white space": (*aggregate("UNIT/ 1500,"), "bad_quantity"),
    "more than fifteen characters": (*aggregate("UNIT/123456789012345,"), "bad_quantity"),
    "no number": (*aggregate("UNIT/"), "bad_quantity"),
    "a second line": (*aggregate("UNIT/1500,\n25"), "bad_quantity"),
    "what is available with a point": (AVAILABLE, ":93B::AVAI//UNIT/1400.", "bad_quantity"),
    "an amortised value": (*aggregate("AMOR/1500,"), "quantity_not_in_units"),
    "digital tokens": (AGGREGATE, ":93F::AGGR//DITU/1500,", "quantity_not_in_units"),
    "what is available as a face amount": (AVAILABLE, ":93B::AVAI//FAMT/1400,", "quantity_not_in_units"),
    "a kind of quantity that does not exist": (*aggregate("PIEC/1500,"), "malformed"),
    "a quantity of another scheme": (AGGREGATE, ":93B::AGGR/NORT/UNIT/1500,", "malformed"),
    "two aggregate balances": (AGGREGATE, f"{AGGREGATE}\n:93B::AGGR//UNIT/7,", "ambiguous"),
    "no aggregate balance": (f"{AGGREGATE}\n", "", "missing_field"),
    # what holds a holding
    "no security": (f"{ISIN}\nAPPLE INC ORD SHS\n", "", "missing_field"),
    "a security outside a holding": (ISIN, f":16S:FIN\n{ISIN}\n:16R:FIN\n{ISIN}", "malformed"),
    "a balance outside a holding": (SECOND, f"{SECOND}:93B::AGGR//UNIT/7,\n", "malformed"),
    "holdings outside the sub-safekeeping accounts": (
        ":16S:SUBSAFE\n",
        f":16S:SUBSAFE\n{SECOND}",
        "malformed",
    ),
    "a sequence that the message does not have": (
        ":16R:ADDINFO",
        ":16R:FIN\n:16S:FIN\n:16R:ADDINFO",
        "malformed",
    ),
    "the general information twice": (
        ":16R:ADDINFO",
        f":16R:GENL\n{ACCOUNT}\n:16S:GENL\n:16R:ADDINFO",
        "ambiguous",
    ),
    "a wallet for an account": (ACCOUNT, ":97D::SAFE//0xabc", "missing_field"),
    "holdings of a wallet": (SUBSAFE, f"{SUBSAFE}\n:97D::SAFE//0xabc", "missing_field"),
    # what the page says of itself
    "no page": (f"{PAGE}\n", "", "missing_field"),
    "the only page, and not the first": (PAGE, ":28E:2/ONLY", "ambiguous"),
    "two pages": (PAGE, f"{PAGE}\n:28E:1/MORE", "ambiguous"),
    "a continuation outside the list": (PAGE, ":28E:1/NEXT", "malformed"),
    "a page of six digits": (PAGE, ":28E:000001/ONLY", "malformed"),
    "a page without a continuation": (PAGE, ":28E:1", "malformed"),
    "no moment": (f"{AS_OF}\n", "", "missing_field"),
    "a moment that is a code": (AS_OF, ":98B::STAT//UKWN", "malformed"),
    "a day that does not exist": (AS_OF, ":98A::STAT//20260230", "malformed"),
    "an hour that does not exist": (AS_OF, ":98C::STAT//20260304240000", "malformed"),
    "an offset beyond fourteen hours": (AS_OF, ":98E::STAT//20260304181500/1430", "malformed"),
    "two moments": (AS_OF, f"{AS_OF}\n:98A::STAT//20260305", "ambiguous"),
    "complete by a code of the servicer's own": (CODE, ":22F::CODE/NORT/COMP", "missing_field"),
    "complete and changes": (CODE, f"{CODE}\n:22F::CODE//DELT", "ambiguous"),
    "an update type outside the list": (CODE, ":22F::CODE//FULL", "malformed"),
    "a basis outside the list": (BASIS, ":22F::STBA//BOOK", "malformed"),
    "a flag outside the list": (ACTIVITY, ":17B::ACTI//X", "malformed"),
    "a statement number of two characters": (PAGE, f"{PAGE}\n:13A::STAT//12", "malformed"),
    "no account": (f"{ACCOUNT}\n", "", "missing_field"),
    "no reference": (":20C::SEME//STM0001\n", "", "missing_field"),
    "no function": (":23G:NEWM\n", "", "missing_field"),
    "a function of confirmations": (":23G:NEWM", ":23G:RVSL", "malformed"),
    "a training message": ("{CHK:ABCDEF012345}", "{CHK:ABCDEF012345}{TNG:}", "ambiguous"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_statement_is_parked_for(case: str) -> None:
    old, new, code = REFUSED[case]
    reading = varied(old, new)
    assert (reading.outcome, reading.reason and reading.reason.code) == ("parked", code)


SAME = {
    "needless zeros": aggregate("UNIT/01500,250"),
    "the page in five digits": (PAGE, ":28E:00001/ONLY"),
    "the account with its type": (ACCOUNT, ":97B::SAFE//CUST/SK-900123"),
    "the same account again": (SUBSAFE, f"{SUBSAFE}\n{ACCOUNT}"),
    "the second holding in a sequence of its own": (SECOND, f":16S:SUBSAFE\n{SUBSAFE}\n{SECOND}"),
    "parts that make something else": ("AGGR//UNIT/900,", "AGGR//UNIT/1,"),
    "what is not available": (":93B::NAVL//UNIT/100,25\n", ""),
    "a statement number": (PAGE, f"{PAGE}\n:13J::STAT//00064"),
    "a flag that nothing has moved": (ACTIVITY, ":17B::ACTI//N"),
    "a copy": (":23G:NEWM", ":23G:NEWM/COPY"),
    "the aggregate balance twice": (AGGREGATE, f"{AGGREGATE}\n{AGGREGATE}"),
}


@pytest.mark.parametrize("case", SAME)
def test_a_statement_states_the_same_with(case: str) -> None:
    (plain,) = read(PLAIN.encode())
    assert plain.statement is not None
    assert varied(*SAME[case]) == plain


@pytest.mark.parametrize(
    ("field", "as_of"),
    [
        (":98C::STAT//20260304181500", "2026-03-04T18:15:00"),
        (":98E::STAT//20260304181500", "2026-03-04T18:15:00"),
        (":98E::STAT//20260304181500,123", "2026-03-04T18:15:00.123"),
        (":98E::STAT//20260304181500/02", "2026-03-04T18:15:00+02:00"),
        (":98E::STAT//20260304181500,5/N0330", "2026-03-04T18:15:00.5-03:30"),
    ],
)
def test_a_moment_is_kept_as_stated(field: str, as_of: str) -> None:
    statement = varied(AS_OF, field).statement
    assert statement is not None
    assert statement.as_of == as_of


def test_an_empty_account_of_its_own_says_by_itself_that_it_is_empty() -> None:
    empty = f"{SUBSAFE}\n:97A::SAFE//OTHER\n:16S:SUBSAFE\n"
    assert varied(":16R:ADDINFO", f"{empty}:16R:ADDINFO").reason is not None
    said = empty.replace(":16S:", ":17B::ACTI//N\n:16S:")
    readings = read(PLAIN.replace(":16R:ADDINFO", f"{said}:16R:ADDINFO").encode())
    assert [(one.statement and one.statement.account, one.legs) for one in readings] == [
        ("SK-900123", 2),
        ("OTHER", 2),
    ]


def test_a_page_of_several_may_hold_nothing() -> None:
    start, end = PLAIN.index(SUBSAFE), PLAIN.index(":16R:ADDINFO")
    emptied = PLAIN[:start] + PLAIN[end:]
    assert read(emptied.encode())[0].outcome == "parked"
    for page in ("1/MORE", "2/MORE", "2/LAST"):
        (reading,) = read(emptied.replace(PAGE, f":28E:{page}").encode())
        assert reading.statement is not None
        assert reading.statement.balances == ()


def test_a_page_number_has_no_place_in_a_confirmation(plain_mt: str) -> None:
    (reading,) = read(plain_mt.replace(":23G:NEWM", f"{PAGE}\n:23G:NEWM").encode())
    assert reading.reason is not None
    assert reading.reason.code == "malformed"
