"""Variations of the plain reversal: which movement it undoes, or why it is refused. One row is one trap."""

from itertools import product
from pathlib import Path
from typing import Literal

import pytest

from schemas.confirmation import Confirmation
from workers.ingest.profiles import NO_PROFILES, Profile, Profiles
from workers.ingest.reading import Reading
from workers.ingest.registry import read

GOLDENS = Path(__file__).parent.parent / "golden" / "iso20022"

Convention = Literal["original", "reversing"]

MOVEMENT = "<SctiesMvmntTp>RECE</SctiesMvmntTp>"
REFERENCE = "<ConfRef>CNF-0001</ConfRef>"
FREE = "<Pmt>FREE</Pmt>"
END = "</SttlmParams>"
DELIVERING, RECEIVING = "DlvrgSttlmPties", "RcvgSttlmPties"
OPPOSITE = {"RECE": "deliver", "DELI": "receive"}
NAMED = {"RECE": "receive", "DELI": "deliver"}


@pytest.fixture(scope="module")
def reversal() -> str:
    return (GOLDENS / "reversal_of_a_receipt.xml").read_text("utf-8")


def profile(convention: Convention | None) -> Profiles:
    return Profiles((Profile(name="northern", accounts=("SK-900123",), reversals=convention),))


def reading_of(message: str, profiles: Profiles = NO_PROFILES) -> Reading:
    (reading,) = read(message.encode(), profiles=profiles)
    return reading


def varied(message: str, *changes: tuple[str, str], profiles: Profiles = NO_PROFILES) -> Reading:
    for old, new in changes:
        assert old in message
        message = message.replace(old, new, 1)
    return reading_of(message, profiles)


def undone(reading: Reading) -> Confirmation:
    assert reading.confirmation is not None, reading.reason
    assert reading.confirmation.kind == "settlement_reversed"
    return reading.confirmation


def code_of(reading: Reading) -> str:
    assert reading.outcome == "parked"
    assert reading.reason is not None
    assert "fault of the program" not in reading.reason.text
    return reading.reason.code


def moved(code: str) -> tuple[str, str]:
    return MOVEMENT, MOVEMENT.replace("RECE", code)


def cash(direction: str, value: str = "22500") -> str:
    return f'<SttldAmt><Amt Ccy="USD">{value}</Amt><CdtDbtInd>{direction}</CdtDbtInd></SttldAmt>'


def side(name: str, *, bic: str = "BROKUS33", account: str = "OTHER-1", party: str = "Pty1") -> str:
    return (
        f"<{name}><{party}><Id><AnyBIC>{bic}</AnyBIC></Id>"
        f"<SfkpgAcct><Id>{account}</Id></SfkpgAcct></{party}></{name}>"
    )


def own(name: str, party: str = "Pty1") -> str:
    return side(name, bic="NORTUS33XXX", account="SK-900123", party=party)


AGAINST_PAYMENT = FREE, "<Pmt>APMT</Pmt>"

# What a receipt's restatement may hold besides; the mirror of each undoes a delivery.
AGREES: dict[str, tuple[str, ...]] = {
    "nothing else": ("",),
    "cash that is debited": (cash("DBIT"),),
    "our account on the receiving side": (own(RECEIVING),),
    "our account behind an agent on the receiving side": (
        side(RECEIVING).replace(f"</{RECEIVING}>", own(RECEIVING, "Pty2").removeprefix(f"<{RECEIVING}>")),
    ),
    "the counterparty that delivered": (side(DELIVERING),),
    "both sides": (side(DELIVERING), own(RECEIVING)),
    "our account on both sides, moved within it": (own(DELIVERING), own(RECEIVING)),
    "both sides without our account": (side(DELIVERING), side(RECEIVING)),
    "the servicer alone, which serves the counterparty too": (side(DELIVERING, bic="NORTUS33XXX"),),
    "the servicer alone on our side": (side(RECEIVING, bic="NORTUS33"),),
    "a depository alone": (f"<{RECEIVING}><Dpstry><Id><Ctry>US</Ctry></Id></Dpstry></{RECEIVING}>",),
    "cash of nothing": (cash("CRDT", "0.00"),),
    "cash without a direction": (cash("CRDT").replace("<CdtDbtInd>CRDT</CdtDbtInd>", ""),),
}
CONTRADICTS: dict[str, tuple[str, ...]] = {
    "cash that is credited": (cash("CRDT"),),
    "our account on the delivering side": (own(DELIVERING),),
    "our account on the delivering side, and the counterparty": (own(DELIVERING), side(RECEIVING)),
    "our account behind an agent on the delivering side": (own(DELIVERING, "Pty5"), side(RECEIVING)),
    "the counterparty that received": (side(RECEIVING),),
    "cash that agrees and parties that do not": (side(RECEIVING), cash("DBIT")),
    "parties that agree and cash that does not": (side(DELIVERING), cash("CRDT")),
}


def mirrored(text: str) -> str:
    """Swap sides and signs: what agrees with a receipt becomes what agrees with a delivery."""
    for one, other in ((DELIVERING, RECEIVING), ("DBIT", "CRDT")):
        text = text.replace(one, "@").replace(other, one).replace("@", other)
    return text


def restated(movement: str, statements: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    text = "".join(statements)
    further = text if movement == "RECE" else mirrored(text)
    return moved(movement), AGAINST_PAYMENT, (END, END + further)


@pytest.mark.parametrize(("movement", "case"), list(product(NAMED, AGREES)))
def test_a_reversal_undoes_the_movement_that_it_states_with(movement: str, case: str, reversal: str) -> None:
    confirmation = undone(varied(reversal, *restated(movement, AGREES[case])))
    assert confirmation.movement == NAMED[movement]


@pytest.mark.parametrize(("movement", "case"), list(product(NAMED, CONTRADICTS)))
def test_a_reversal_is_ambiguous_with(movement: str, case: str, reversal: str) -> None:
    changes = restated(movement, CONTRADICTS[case])
    for profiles in (NO_PROFILES, profile(None)):
        reading = varied(reversal, *changes, profiles=profiles)
        assert code_of(reading) == "ambiguous"
        assert reading.reason is not None
        assert reading.reason.where == "/Document/SctiesSttlmTxRvslAdvc/TxIdDtls/SctiesMvmntTp"
        assert NAMED[movement] in reading.reason.text
        assert OPPOSITE[movement] in reading.reason.text


@pytest.mark.parametrize(("movement", "case"), list(product(NAMED, [*AGREES, *CONTRADICTS])))
def test_the_profile_decides_whatever_else_is_stated(movement: str, case: str, reversal: str) -> None:
    changes = restated(movement, (AGREES | CONTRADICTS)[case])
    original = undone(varied(reversal, *changes, profiles=profile("original")))
    reversing = undone(varied(reversal, *changes, profiles=profile("reversing")))
    assert original.movement == NAMED[movement]
    assert reversing.movement == OPPOSITE[movement]


@pytest.mark.parametrize("convention", ["original", "reversing"])
def test_a_profile_of_other_accounts_decides_nothing(convention: Convention, reversal: str) -> None:
    other = Profiles((Profile(name="other", accounts=("SK-1",), reversals=convention),))
    assert undone(varied(reversal, moved("DELI"), profiles=other)).movement == "deliver"
    contradiction = restated("DELI", (cash("CRDT"),))
    assert code_of(varied(reversal, *contradiction, profiles=other)) == "ambiguous"


def test_cash_beside_a_movement_free_of_payment_says_nothing(reversal: str) -> None:
    assert undone(varied(reversal, (END, END + cash("CRDT")))).movement == "receive"


def test_the_sides_are_those_of_the_parties_where_the_movement_is_the_reversing_one(reversal: str) -> None:
    """The original's parties name the other side; where all is swapped, the swapped ones do."""
    originals = (side(DELIVERING), own(RECEIVING))
    swapped = (side(RECEIVING), own(DELIVERING))
    for parties in (originals, swapped):
        changes = (moved("DELI"), (END, END + "".join(parties)))
        confirmation = undone(varied(reversal, *changes, profiles=profile("reversing")))
        assert (confirmation.movement, confirmation.counterparty) == ("receive", "BROKUS33")


@pytest.mark.parametrize("version", range(1, 20))
def test_versions_08_to_12_are_read(version: int, reversal: str) -> None:
    dialect = f"sese.026.001.{version:02}"
    reading = reading_of(reversal.replace("sese.026.001.11", dialect))
    assert reading.dialect == dialect
    if version in range(8, 13):
        assert undone(reading).previous_confirmation_id == "CNF-0001"
    else:
        assert code_of(reading) == "unknown_message_type"


REFERENCES: dict[str, tuple[str, str | None]] = {
    "an id": (REFERENCE, "CNF-0001"),
    "a wrapped id": ("<ConfRef><Id>CNF-0001</Id></ConfRef>", "CNF-0001"),
    "the same id both ways": (f"{REFERENCE}<ConfRef><Id>CNF-0001</Id></ConfRef>", "CNF-0001"),
    "an id that says that there is none": ("<ConfRef>NONREF</ConfRef>", None),
    "an empty id": ("<ConfRef/>", None),
    "no id": ("", None),
}


@pytest.mark.parametrize("case", REFERENCES)
def test_the_confirmation_that_is_undone_is_named_by(case: str, reversal: str) -> None:
    text, expected = REFERENCES[case]
    assert undone(varied(reversal, (REFERENCE, text))).previous_confirmation_id == expected


def test_the_part_before_is_a_reference_and_never_the_confirmation_that_is_undone(reversal: str) -> None:
    before = "<AddtlParams><PrvsPrtlConfId>CNF-0000</PrvsPrtlConfId></AddtlParams>"
    for reference, expected in ((REFERENCE, "CNF-0001"), ("", None)):
        confirmation = undone(varied(reversal, (REFERENCE, reference + before)))
        assert confirmation.previous_confirmation_id == expected
        assert [(one.qualifier, one.id) for one in confirmation.references] == [
            ("PrvsPrtlConfId", "CNF-0000")
        ]


REFUSED = {
    "two confirmations": (REFERENCE, REFERENCE + REFERENCE.replace("1<", "2<"), "ambiguous"),
    "two confirmations, one of them wrapped": (
        REFERENCE,
        f"{REFERENCE}<ConfRef><Id>CNF-0002</Id></ConfRef>",
        "ambiguous",
    ),
    "two ids in one reference": (REFERENCE, "<ConfRef><Id>A</Id><Id>B</Id></ConfRef>", "ambiguous"),
    "a reference with an unknown content": (REFERENCE, "<ConfRef><Nb>1</Nb></ConfRef>", "malformed"),
    "text beside the id": (REFERENCE, "<ConfRef>A<Id>A</Id></ConfRef>", "malformed"),
    "an id that holds elements": (REFERENCE, "<ConfRef><Id><X/></Id></ConfRef>", "malformed"),
    "an endless id": (REFERENCE, f"<ConfRef>{'9' * 257}</ConfRef>", "malformed"),
    "no direction": (MOVEMENT, "", "missing_field"),
    "two directions": (MOVEMENT, MOVEMENT + MOVEMENT.replace("RECE", "DELI"), "ambiguous"),
    "a direction outside the list": (*moved("RVSL"), "malformed"),
    "an account of a party that holds elements": (
        END,
        END + side(DELIVERING).replace("OTHER-1", "<X/>"),
        "malformed",
    ),
    "a lone counterparty that cannot be a BIC": (END, END + side(DELIVERING, bic="BROKER"), "bad_identifier"),
    "no effective date": ("<FctvSttlmDt><Dt><Dt>2026-03-04</Dt></Dt></FctvSttlmDt>", "", "missing_field"),
    "a negative quantity": ("<Unit>100<", "<Unit>-100<", "bad_quantity"),
    "a face amount": ("<Unit>100</Unit>", "<FaceAmt>100</FaceAmt>", "quantity_not_in_units"),
    "no account": ("<SfkpgAcct><Id>SK-900123</Id></SfkpgAcct>", "", "missing_field"),
    "an ISIN that fails its check digit": ("US0378331005", "US0378331006", "bad_identifier"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("convention", [None, "original", "reversing"])
def test_a_reversal_is_parked_for(convention: Convention | None, case: str, reversal: str) -> None:
    old, new, expected = REFUSED[case]
    assert code_of(varied(reversal, (old, new), profiles=profile(convention))) == expected


def test_a_reversal_restates_the_confirmation_field_by_field(plain: str, reversal: str) -> None:
    (confirmed,) = read(plain.encode())
    reversed_ = undone(reading_of(reversal))
    assert confirmed.confirmation is not None
    differing = {
        name
        for name in Confirmation.__dataclass_fields__
        if getattr(confirmed.confirmation, name) != getattr(reversed_, name)
    }
    assert differing == {"kind", "message_id", "previous_confirmation_id"}
    assert reversed_.previous_confirmation_id == confirmed.confirmation.message_id
