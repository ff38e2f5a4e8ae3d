"""Variations of the plain MT544: what it still means, or why it is refused. One row is one trap."""

from collections.abc import Callable
from typing import Literal

import pytest

from workers.ingest.profiles import Profile, Profiles
from workers.ingest.reading import Reading
from workers.ingest.registry import read

Varied = Callable[..., Reading]

UNITS = ":36B::ESTT//UNIT/100,"
ISIN = ":35B:ISIN US0378331005"
ACCOUNT = ":97A::SAFE//SK-900123"
EFFECTIVE = ":98A::ESET//20260304"
TRADED = ":98A::TRAD//20260302"
OWNER = ":20C::RELA//TALLYREF00000001"
SEME = ":20C::SEME//CNF0001"
FUNCTION = ":23G:NEWM"
TYPE = ":22F::SETR//TRAD"
END_OF_GENL = ":16S:GENL"
SENDER = "NORTUS33AXXX"
PARTY = ":95P::DEAG//BROKUS44"
PLACE = ":95P::PSET//DTCYUS33"
CHECKSUM = "{CHK:ABCDEF012345}"


def units(text: str) -> tuple[str, str]:
    return UNITS, f":36B::ESTT//UNIT/{text}"


def also(field: str, *lines: str) -> tuple[str, str]:
    return field, "\n".join([field, *lines])


def link(*lines: str) -> tuple[str, str]:
    return END_OF_GENL, "\n".join([":16R:LINK", *lines, ":16S:LINK", END_OF_GENL])


def cash(text: str) -> tuple[str, str]:
    return ":16S:SETDET", f":16R:AMT\n:19A::{text}\n:16S:AMT\n:16S:SETDET"


REFUSED = {
    # quantities: digits and one comma, nothing else
    "a decimal point": (*units("100.5"), "bad_quantity"),
    "no comma": (*units("100"), "bad_quantity"),
    "a comma first": (*units(",5"), "bad_quantity"),
    "two commas": (*units("1,0,0"), "bad_quantity"),
    "a plus sign": (*units("+100,"), "bad_quantity"),
    "a minus sign": (*units("-100,"), "bad_quantity"),
    "the sign of a balance": (*units("N100,"), "bad_quantity"),
    "white space before a quantity": (*units(" 100,"), "bad_quantity"),
    "white space after a quantity": (*units("100, "), "bad_quantity"),
    "an exponent": (*units("1E2,"), "bad_quantity"),
    "Arabic-Indic digits": (*units("\u0661\u0660\u0660,"), "bad_quantity"),
    "full-width digits": (*units("\uff11\uff10\uff10,"), "bad_quantity"),
    "no digits at all": (*units(""), "bad_quantity"),
    "sixteen characters": (*units("123456789012345,"), "bad_quantity"),
    "a quantity over two lines": (*units("10\n0,"), "bad_quantity"),
    "a thousand zeros": (*units("0" * 1000 + "1,"), "bad_quantity"),
    "a token quantity of too many places": (
        UNITS,
        ":36D::ESTT//UNIT/1,000000000000000001",
        "bad_quantity",
    ),
    "a remaining quantity that is no number": (*also(UNITS, ":36B::RSTT//UNIT/x"), "bad_quantity"),
    "two settled quantities": (*also(UNITS, ":36B::ESTT//UNIT/101,"), "ambiguous"),
    "units and amortised value": (*also(UNITS, ":36B::ESTT//AMOR/100,"), "ambiguous"),
    "a remaining face amount": (*also(UNITS, ":36B::RSTT//FAMT/1,"), "quantity_not_in_units"),
    "a quantity of another kind": (UNITS, ":36B::ESTT//LOTS/100,", "malformed"),
    "a quantity of no kind": (UNITS, ":36B::ESTT//100,", "malformed"),
    "a quantity of another option": (UNITS, ":36C::ESTT//UNIT/100,", "malformed"),
    "no settled quantity": (UNITS, ":36B::SETT//UNIT/100,", "missing_field"),
    "more settled than was instructed": (*also(UNITS, ":36B::SETT//UNIT/99,"), "inconsistent_quantities"),
    # securities
    "a lower-case ISIN": (ISIN, ":35B:ISIN us0378331005", "bad_identifier"),
    "an ISIN with white space": (ISIN, ISIN + " ", "bad_identifier"),
    "an ISIN after two spaces": (ISIN, ":35B:ISIN  US0378331005", "bad_identifier"),
    "an ISIN of a country that does not exist": (ISIN, ":35B:ISIN XX0000000001", "bad_identifier"),
    "an ISIN without its word": (ISIN, ":35B:US0378331005", "missing_field"),
    "an ISIN in the description alone": (ISIN, ":35B:APPLE\nISIN US0378331005", "ambiguous"),
    "another ISIN in the description": (*also(ISIN, "ISIN US67066G1040"), "ambiguous"),
    "a CUSIP and the ISIN of something in the description": (
        ISIN,
        ":35B:/US/037833100\nISIN US67066G1040",
        "ambiguous",
    ),
    "a CUSIP that fails its check digit": (ISIN, ":35B:/US/037833101", "bad_identifier"),
    "a CUSIP of too many characters": (ISIN, ":35B:/US/0378331005", "bad_identifier"),
    "a SEDOL with a vowel": (ISIN, ":35B:/GB/A263494", "bad_identifier"),
    "a British ISIN and another SEDOL": (ISIN, ":35B:ISIN GB0002634946\n/GB/0798059", "ambiguous"),
    "two securities": (*also("APPLE INC ORD SHS", ":35B:ISIN US67066G1040"), "ambiguous"),
    "a security and one that no identifier names": (*also("APPLE INC ORD SHS", ":35B:ISIN2"), "ambiguous"),
    "a number of a German kind": (ISIN, ":35B:/DE/865985", "missing_field"),
    "no security": (f"{ISIN}\nAPPLE INC ORD SHS\n", "", "missing_field"),
    "a security of another sequence": (
        f"{ISIN}\nAPPLE INC ORD SHS\n",
        f":16R:FIA\n{ISIN}\n:16S:FIA\n",
        "missing_field",
    ),
    # account, references, codes
    "no account": (ACCOUNT + "\n", "", "missing_field"),
    "an account of a settlement party alone": (ACCOUNT, f"{ACCOUNT[:5]}:CASH//SK-900123", "missing_field"),
    "an empty account": (ACCOUNT, ":97A::SAFE//", "malformed"),
    "a blank account": (ACCOUNT, ":97A::SAFE//  ", "malformed"),
    "an account of 36 characters": (ACCOUNT, ":97A::SAFE//" + "9" * 36, "malformed"),
    "an account over two lines": (ACCOUNT, ":97A::SAFE//SK-\n900123", "malformed"),
    "an account outside the X set": (ACCOUNT, ":97A::SAFE//SK_900123", "malformed"),
    "an account with an accent": (ACCOUNT, ":97A::SAFE//D\u00e9p\u00f4t", "malformed"),
    "an account with a no-break space": (ACCOUNT, ":97A::SAFE//SK\u00a0900123", "malformed"),
    "an account without its type": (ACCOUNT, ":97B::SAFE//SK-900123", "malformed"),
    "a wallet instead of an account": (ACCOUNT, ":97D::SAFE//0x00", "missing_field"),
    "two accounts": (*also(ACCOUNT, ":97A::SAFE//SK-900124"), "ambiguous"),
    "no message reference": (SEME + "\n", "", "missing_field"),
    "a message reference of 17 characters": (SEME, ":20C::SEME//" + "A" * 17, "malformed"),
    "a reference outside the X set": (OWNER, ":20C::RELA//A_B", "malformed"),
    "a reference with a null character": (OWNER, ":20C::RELA//A\x00", "malformed"),
    "an empty reference": (OWNER, ":20C::RELA//", "malformed"),
    "another reference that is none": (*link(":20C::PCTI//A&B"), "malformed"),
    "two owner's references": (*link(":20C::RELA//OTHER"), "ambiguous"),
    "no function": (FUNCTION + "\n", "", "missing_field"),
    "a function that does not exist": (FUNCTION, ":23G:REVR", "malformed"),
    "a function in lower case": (FUNCTION, ":23G:newm", "malformed"),
    "a function with white space": (FUNCTION, ":23G:NEWM ", "malformed"),
    "a subfunction that does not exist": (FUNCTION, ":23G:NEWM/COPI", "malformed"),
    "two functions": (*also(FUNCTION, ":23G:RVSL"), "ambiguous"),
    "a function with a qualifier": (FUNCTION, ":23G::FUNC//NEWM", "malformed"),
    "a transaction type outside the list": (TYPE, ":22F::SETR//GIFT", "malformed"),
    "a partial code outside the list": (*also(FUNCTION, ":22F::PARS//PARQ"), "malformed"),
    "a pre-confirmation code outside the list": (*also(FUNCTION, ":22H::PREC//PREC"), "malformed"),
    # dates
    "an effective date with hyphens": (EFFECTIVE, ":98A::ESET//2026-03-04", "malformed"),
    "an effective date of six digits": (EFFECTIVE, ":98A::ESET//260304", "malformed"),
    "a thirteenth month": (EFFECTIVE, ":98A::ESET//20261301", "malformed"),
    "the year nought": (EFFECTIVE, ":98A::ESET//00000101", "malformed"),
    "a date in Arabic-Indic digits": (EFFECTIVE, ":98A::ESET//\u0662\u0660\u0662\u06660304", "malformed"),
    "a moment in a date": (EFFECTIVE, ":98A::ESET//20260304101500", "malformed"),
    "a date in a moment": (EFFECTIVE, ":98C::ESET//20260304", "malformed"),
    "a twenty-fifth hour": (EFFECTIVE, ":98C::ESET//20260304240000", "malformed"),
    "a zone that is none": (EFFECTIVE, ":98E::ESET//20260304101500/P05", "malformed"),
    "two effective dates": (*also(EFFECTIVE, ":98A::ESET//20260305"), "ambiguous"),
    "an effective date that is a code": (EFFECTIVE, ":98B::ESET//OPEN", "missing_field"),
    "a trade date that does not exist": (TRADED, ":98A::TRAD//20260631", "malformed"),
    "a contractual date that does not exist": ("SETT//20260304", "SETT//20260230", "malformed"),
    # cash and parties
    "an amount without a currency": (*cash("ESTT//100,"), "malformed"),
    "an amount with a point": (*cash("ESTT//USD100.00"), "malformed"),
    "an amount of zero with a sign": (*cash("ESTT//NUSD0,"), "malformed"),
    "a counterparty that cannot be a BIC": (PARTY, ":95P::DEAG//BROKER", "bad_identifier"),
    "two counterparties": (*also(PARTY, ":95P::DEAG//BROKUS55"), "ambiguous"),
    "a place of settlement that cannot be a BIC": (PLACE, ":95P::PSET//DTC", "bad_identifier"),
    "a safekeeping place that cannot be a BIC": (*also(ACCOUNT, ":94F::SAFE//CUST/NORT"), "bad_identifier"),
    # structure
    "a line that is no field": (*also(SEME, ":reference"), "malformed"),
    "a line that begins with a hyphen": (*also("APPLE INC ORD SHS", "-FREE-"), "malformed"),
    "a brace in the description": ("APPLE INC", "APPLE {INC}", "malformed"),
    "a lone carriage return": ("APPLE INC", "APPLE\rINC", "malformed"),
    "a field outside the sequences": (":16R:TRADDET", ":70E::SPRO//X\n:16R:TRADDET", "malformed"),
    "a field without its qualifier": (SEME, ":20:CNF0001", "malformed"),
    "a qualifier in lower case": (SEME, ":20C::seme//CNF0001", "malformed"),
    "a sequence that does not end": (":16S:FIAC\n", "", "malformed"),
    "an end of nothing": (END_OF_GENL, END_OF_GENL + "\n" + END_OF_GENL, "malformed"),
    "a sequence without a name": (":16R:FIAC", ":16R:", "malformed"),
    "a second general information": (END_OF_GENL, f"{END_OF_GENL}\n:16R:GENL\n{END_OF_GENL}", "ambiguous"),
    "an account in the wrong sequence": (
        f"{ACCOUNT}\n:16S:FIAC",
        f":16S:FIAC\n:16R:BREAK\n{ACCOUNT}\n:16S:BREAK",
        "missing_field",
    ),
    "a line after the end": (CHECKSUM + "}", CHECKSUM + "}\n:70E::SPRO//X", "malformed"),
    # headers
    "a sender of eleven characters": (SENDER, "NORTUS33AXX", "bad_identifier"),
    "a sender in lower case": (SENDER, "nortus33axxx", "bad_identifier"),
    "a sender of another form": (SENDER, "NORT9933AXXX", "bad_identifier"),
    "a terminal that is no letter": (SENDER, "NORTUS33-XXX", "bad_identifier"),
    "an application header that is cut": ("2603041615N}", "}", "malformed"),
    "a session that is no number": ("AXXX0000000000}", "AXXX000000000X}", "malformed"),
    "a training message": (CHECKSUM, CHECKSUM + "{TNG:}", "ambiguous"),
}

# What leniency forgives: a check digit or a country prefix, never the form.
FORGIVEN = {"an ISIN of a country that does not exist", "a CUSIP that fails its check digit"}
CASES = [(case, False) for case in REFUSED] + [(case, True) for case in REFUSED if case not in FORGIVEN]


@pytest.mark.parametrize(("case", "lenient"), CASES)
def test_a_confirmation_is_parked_for(case: str, lenient: bool, varied_mt: Varied) -> None:  # noqa: FBT001
    old, new, expected = REFUSED[case]
    reading = varied_mt(old, new, lenient=lenient)
    assert reading.outcome == "parked"
    assert reading.confirmation is None
    assert reading.reason is not None
    assert reading.reason.code == expected, reading.reason
    assert "fault of the program" not in reading.reason.text
    assert reading.dialect == "MT544"


@pytest.mark.parametrize("case", sorted(FORGIVEN))
def test_leniency_accepts_with_a_warning(case: str, varied_mt: Varied) -> None:
    old, new, _ = REFUSED[case]
    reading = varied_mt(old, new, lenient=True)
    assert reading.outcome == "confirmation"
    assert len(reading.warnings) == 1


SAME_MOVEMENT = {
    "trailing zeros": units("100,000"),
    "leading zeros": units("000100,"),
    "a quantity in the option of tokens": (UNITS, ":36D::ESTT//UNIT/100,"),
    "an account with its type": (ACCOUNT, ":97B::SAFE//OWND/SK-900123"),
    "a moment shortly before midnight": (EFFECTIVE, ":98C::ESET//20260304235959"),
    "a moment in a zone where it is another day in UTC": (
        EFFECTIVE,
        ":98E::ESET//20260304235959,999/N11",
    ),
    "the same date as a moment": also(EFFECTIVE, ":98C::ESET//20260304101500"),
    "another contractual date": ("SETT//20260304", "SETT//20260301"),
    "the CUSIP of the same security": also(ISIN, "/US/037833100"),
    "the ticker of another security": also(ISIN, "/TS/TSLA"),
    "the same ISIN in the description": also("APPLE INC ORD SHS", "ISIN US0378331005"),
    "a description outside the X set": ("APPLE INC ORD SHS", "\u00c4PPLE @ INC & CO_"),
    "an underlying security": also("APPLE INC ORD SHS", ":16R:FIA", ":35B:ISIN US67066G1040", ":16S:FIA"),
    "lots of another sum": also(ACCOUNT, ":16R:BREAK", ":36B::LOTS//UNIT/40,", ":16S:BREAK"),
    "a quantity of another sequence": (
        END_OF_GENL,
        f"{END_OF_GENL}\n:16R:OTHRPRTY\n:36B::ESTT//UNIT/9,\n:16S:OTHRPRTY",
    ),
    "the account of a settlement party": also(PARTY, ":97A::SAFE//OTHER"),
    "a branch of XXX without a letter for it": (SENDER, "NORTUS33BXXX"),
    "CRLF": ("\n", "\r\n"),
    "line feeds between the blocks": ("}{", "}\n{"),
    "no trailers": ("{5:" + CHECKSUM + "}", ""),
    "a user header": ("N}{4:", "N}{3:{108:MUR0001}}{4:"),
    "what an interface adds": (CHECKSUM + "}", CHECKSUM + "}{S:{SAC:}{COP:P}}"),
    "an instruction that is linked": (OWNER, ":13A::LINK//546\n" + OWNER),
}


@pytest.mark.parametrize("case", SAME_MOVEMENT)
def test_a_confirmation_means_the_same_with(case: str, plain_mt: str) -> None:
    old, new = SAME_MOVEMENT[case]
    assert old in plain_mt
    assert read(plain_mt.replace(old, new).encode()) == read(plain_mt.encode())


STATED_BY_THE_TYPE = {
    "544": ("receive", "free", None),
    "545": ("receive", "against_payment", "debit"),
    "546": ("deliver", "free", None),
    "547": ("deliver", "against_payment", "credit"),
}


@pytest.mark.parametrize("kind", STATED_BY_THE_TYPE)
@pytest.mark.parametrize("function", ["NEWM", "RVSL", "CANC"])
def test_the_type_says_the_direction(kind: str, function: str, plain_mt: str) -> None:
    movement, payment, direction = STATED_BY_THE_TYPE[kind]
    text = plain_mt.replace("{2:O544", f"{{2:O{kind}").replace("NEWM", function).replace(*cash("SETT//USD7,"))
    (reading,) = read(text.encode())
    confirmation = reading.confirmation
    assert confirmation is not None
    assert (confirmation.movement, confirmation.payment) == (movement, payment)
    assert confirmation.amount is not None
    assert (confirmation.amount.value, confirmation.amount.direction) == ("7", direction)


@pytest.mark.parametrize(
    "field", [":22H::PREC//PRSE", ":22H::PREC//PRCA", ":22F::PREC//PRSE", ":22H::PREA//PRSE"]
)
@pytest.mark.parametrize("place", [SEME, EFFECTIVE, ACCOUNT, TYPE, PARTY])
def test_a_pre_confirmation_proves_nothing_wherever_it_says_so(
    field: str, place: str, varied_mt: Varied
) -> None:
    reading = varied_mt(*also(place, field))
    assert reading.outcome == "information"
    assert reading.reason is not None
    assert reading.reason.code == "pre_confirmation"


UNDONE = [
    ("RVSL", "544", "544", None, "receive"),
    ("RVSL", "546", "544", None, "ambiguous"),
    ("RVSL", "544", "547", None, "ambiguous"),
    ("RVSL", "544", "544", "original", "receive"),
    ("RVSL", "546", "544", "original", "ambiguous"),
    ("RVSL", "546", "544", "reversing", "receive"),
    ("RVSL", "545", "547", "reversing", "deliver"),
    ("RVSL", "546", "546", "reversing", "ambiguous"),
    ("RVSL", "546", "540", "reversing", "receive"),
    ("CANC", "544", "544", "reversing", "receive"),
    ("CANC", "546", "544", "reversing", "ambiguous"),
    ("NEWM", "546", "544", None, "deliver"),
]


@pytest.mark.parametrize("case", UNDONE, ids=lambda case: " ".join(map(str, case)))
def test_a_reversal_names_what_it_undoes(
    case: tuple[str, str, str, Literal["original", "reversing"] | None, str], plain_mt: str
) -> None:
    function, kind, linked, reversals, expected = case
    text = plain_mt.replace("{2:O544", f"{{2:O{kind}").replace("NEWM", function)
    text = text.replace(*link(f":13A::LINK//{linked}", ":20C::PREV//CNF0000"))
    profile = Profile(name="northern", accounts=("SK-900123",), reversals=reversals)
    (reading,) = read(text.encode(), profiles=Profiles((profile,)))
    if expected == "ambiguous":
        assert reading.reason is not None
        assert reading.reason.code == "ambiguous"
    else:
        assert reading.confirmation is not None
        assert reading.confirmation.movement == expected
        assert reading.confirmation.previous_confirmation_id == "CNF0000"


def test_a_type_beside_another_reference_than_the_previous_is_no_contradiction(plain_mt: str) -> None:
    text = plain_mt.replace("NEWM", "RVSL").replace(OWNER, ":13A::LINK//546\n" + OWNER)
    (reading,) = read(text.encode())
    assert reading.confirmation is not None
    assert reading.confirmation.movement == "receive"


def test_every_other_reference_is_kept_with_its_qualifier(varied_mt: Varied) -> None:
    reading = varied_mt(*link(":20C::PCTI//P/1", ":20U::UTIX//U" + "1" * 40, ":20C::COMM//NONREF"))
    assert reading.confirmation is not None
    references = [(one.qualifier, one.id) for one in reading.confirmation.references]
    assert references == [("PCTI", "P/1"), ("UTIX", "U" + "1" * 40)]


def test_the_counterparty_nearest_to_the_depository_goes_first(varied_mt: Varied) -> None:
    beside = f"{PARTY}\n:16S:SETPRTY\n:16R:SETPRTY\n:95R::SELL/DTCYID/00355"
    assert counterparty(varied_mt(PARTY, beside)) == "BROKUS44"
    assert counterparty(varied_mt(PARTY, ":95R::SELL/DTCYID/00355")) == "00355"


def counterparty(reading: Reading) -> str | None:
    assert reading.confirmation is not None
    return reading.confirmation.counterparty


def test_a_reason_names_the_line_of_the_file(plain_mt: str) -> None:
    broken = plain_mt.replace(":16S:LINK\n", "")
    _, reading = read((plain_mt + broken).encode())
    assert reading.reason is not None
    expected = plain_mt.count("\n") + broken[: broken.index(END_OF_GENL)].count("\n") + 1
    assert reading.reason.where == f"line {expected}"
