"""Variations of account activities: what they still mean, or why they prove nothing. One row is one trap."""

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from schemas.confirmation import Confirmation
from workers.ingest.profiles import Profile, Profiles
from workers.ingest.reading import Reading
from workers.ingest.registry import read

GOLDENS = Path(__file__).parent.parent / "golden" / "alpaca"
LEFT_OUT = object()

# what tells a movement apart, and what two messages of the same movement must agree on
SHARED = [
    *("kind", "servicer", "account", "movement", "payment", "security", "quantity", "previously_settled"),
    *("settled_on", "servicer_transaction_id", "market_transaction_id", "owner_transaction_id"),
    *("transaction_type", "amount"),
]


def golden(name: str) -> Any:
    return json.loads((GOLDENS / f"{name}.in.json").read_text("utf-8"))


JOURNALED: dict[str, Any] = golden("activity_journal")
SPLIT_OUT, SPLIT_IN = golden("activity_reverse_split")
MERGED = golden("activity_merger")
OURS = JOURNALED["account_id"]


def profiles(reversals: Literal["original", "reversing"] | None = None) -> Profiles:
    return Profiles((Profile(name="alpaca", accounts=(OURS,), reversals=reversals),))


def varied(activity: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the activity with other fields; `details` are changed field by field."""
    details = activity.get("details", {}) | changes.pop("details", {})
    merged = activity | {"details": details} | changes
    merged["details"] = {name: value for name, value in details.items() if value is not LEFT_OUT}
    return {name: value for name, value in merged.items() if value is not LEFT_OUT}


def read_one(activity: dict[str, Any], known: Profiles | None = None) -> Reading:
    (reading,) = read(json.dumps(activity).encode(), profiles=known or profiles())
    assert reading.dialect == "alpaca.activity"
    assert reading.reason is None or "fault of the program" not in reading.reason.text
    return reading


def confirmed(activity: dict[str, Any], known: Profiles | None = None) -> Confirmation:
    confirmation = read_one(activity, known).confirmation
    assert confirmation is not None
    return confirmation


def code_of(activity: dict[str, Any], known: Profiles | None = None) -> tuple[str, str | None]:
    reading = read_one(activity, known)
    return reading.outcome, reading.reason and reading.reason.code


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no account": (varied(JOURNALED, account_id=LEFT_OUT), "missing_field"),
    "no quantity": (varied(JOURNALED, qty=LEFT_OUT), "missing_field"),
    "an empty quantity": (varied(JOURNALED, qty=""), "bad_quantity"),
    "a plus sign": (varied(JOURNALED, qty="+5"), "bad_quantity"),
    "a sign after the digits": (varied(JOURNALED, qty="5-"), "bad_quantity"),
    "a quantity in brackets": (varied(JOURNALED, qty="(5)"), "bad_quantity"),
    "a typographic minus": (varied(JOURNALED, qty="\u22125"), "bad_quantity"),
    "no date": (varied(JOURNALED, settle_date=LEFT_OUT), "missing_field"),
    "two dates": (varied(JOURNALED, date="2026-03-05"), "ambiguous"),
    "no id": (varied(JOURNALED, ref_id=LEFT_OUT), "missing_field"),
    "two ids": (varied(JOURNALED, id="20260304000000000::another"), "ambiguous"),
    "no symbol": (varied(JOURNALED, details={"symbol": LEFT_OUT}), "missing_field"),
    "two symbols": (varied(JOURNALED, symbol="MSFT"), "ambiguous"),
    "two journals": (varied(JOURNALED, journal_id="another"), "ambiguous"),
    "details that are a list": (JOURNALED | {"details": [JOURNALED["details"]]}, "malformed"),
    "details that are a text": (JOURNALED | {"details": "symbol AAPL"}, "malformed"),
    "a status outside the list": (varied(JOURNALED, status="settled"), "malformed"),
    "a type that is a number": (varied(JOURNALED, activity_type=7), "malformed"),
    "a type in lower case": (varied(JOURNALED, activity_type="jnls"), "unknown_message_type"),
    "journals without saying of what": (varied(JOURNALED, activity_type="JNL"), "unknown_message_type"),
    "an option's corporate action": (
        varied(SPLIT_IN, activity_type="OPCA", activity_subtype="SPLIT.RSPLIT"),
        "unknown_message_type",
    ),
    "a split outside the list": (varied(SPLIT_IN, activity_subtype="XSPLIT"), "unknown_message_type"),
    "two subtypes": (varied(SPLIT_IN, activity_sub_type="FSPLIT"), "ambiguous"),
    "shares and money": (varied(JOURNALED, net_amount="-1.02"), "ambiguous"),
    "money that is no number": (varied(JOURNALED, net_amount="1,02"), "bad_quantity"),
    "a correction without a convention": (varied(JOURNALED, previous_id="1"), "ambiguous"),
    "a cancelled correction without a convention": (
        varied(JOURNALED, previous_id="1", status="canceled"),
        "ambiguous",
    ),
    # legs of corporate actions
    "a split's new shares going out": (varied(SPLIT_IN, qty="-1.65"), "inconsistent_quantities"),
    "a split's old shares coming in": (varied(SPLIT_OUT, qty="33"), "inconsistent_quantities"),
    "another quantity than the terms": (varied(SPLIT_IN, qty="1.651"), "inconsistent_quantities"),
    "a term that is no number": (varied(SPLIT_IN, details={"new_qty": "some"}), "bad_quantity"),
    "a CUSIP that fails its check digit": (
        varied(SPLIT_IN, details={"new_cusip": "67066G105"}),
        "bad_identifier",
    ),
    "a merger for cash that brings shares": (
        varied(MERGED[2], activity_subtype="CMA"),
        "ambiguous",
    ),
    "a merger that does not name the acquirer": (
        varied(MERGED[2], details={"acquirer_symbol": LEFT_OUT}),
        "missing_field",
    ),
    "a spin-off that takes shares": (varied(golden("activity_spin_off"), qty="-0.2"), "ambiguous"),
    "money in shares": (varied(JOURNALED, activity_type="INT"), "ambiguous"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_activity_is_parked_for(case: str) -> None:
    activity, expected = REFUSED[case]
    assert code_of(activity) == ("parked", expected)


SAME_MOVEMENT = {
    "trailing zeros": varied(JOURNALED, qty="120.500"),
    "a JSON number": varied(JOURNALED, qty=120.5),
    "the date as a moment": varied(JOURNALED, settle_date="2026-03-04T00:00:00Z"),
    "the date under both names": varied(JOURNALED, date="2026-03-04"),
    "the symbol in both places": varied(JOURNALED, symbol="AAPL"),
    "no status": varied(JOURNALED, status=LEFT_OUT),
    "no money": varied(JOURNALED, net_amount=LEFT_OUT),
    "an empty previous id": varied(JOURNALED, previous_id=""),
    "a null subtype": varied(JOURNALED, activity_subtype=None),
    "a date that is not its own": varied(JOURNALED, executed_at="no moment", price="no price"),
}


@pytest.mark.parametrize("case", SAME_MOVEMENT)
def test_an_activity_means_the_same_with(case: str) -> None:
    assert read_one(SAME_MOVEMENT[case]) == read_one(JOURNALED)


def test_a_journal_and_its_activity_are_one_movement() -> None:
    (of_journal,) = read((GOLDENS / "journal_receive.in.json").read_bytes(), profiles=profiles())
    assert of_journal.confirmation is not None
    of_activity = confirmed(JOURNALED)
    for name in SHARED:
        assert getattr(of_journal.confirmation, name) == getattr(of_activity, name), name
    assert of_journal.reader == read_one(JOURNALED).reader


def test_an_activity_in_both_interfaces_has_one_reference() -> None:
    streamed, listed = golden("activity_account_transfer")
    assert confirmed(streamed).servicer_transaction_id == confirmed(listed).servicer_transaction_id


@pytest.mark.parametrize(("quantity", "movement"), [("5", "receive"), ("-5", "deliver")])
@pytest.mark.parametrize("kind", ["ACATS", "FOPT", "JNLS"])
def test_the_sign_says_the_direction(kind: str, quantity: str, movement: str) -> None:
    confirmation = confirmed(varied(JOURNALED, activity_type=kind, qty=quantity))
    assert (confirmation.movement, confirmation.quantity, confirmation.payment) == (movement, "5", "free")


@pytest.mark.parametrize("status", ["canceled", "correct"])
def test_an_activity_that_became_void_undoes_its_own_movement(status: str) -> None:
    for quantity, movement in (("5", "receive"), ("-5", "deliver")):
        confirmation = confirmed(varied(JOURNALED, qty=quantity, status=status))
        assert (confirmation.kind, confirmation.movement) == ("settlement_reversed", movement)
        assert confirmation.previous_confirmation_id is None


@pytest.mark.parametrize(
    ("reversals", "quantity", "movement"),
    [
        ("original", "5", "receive"),
        ("original", "-5", "deliver"),
        ("reversing", "5", "deliver"),
        ("reversing", "-5", "receive"),
    ],
)
def test_a_correction_undoes_by_the_convention_of_the_profile(
    reversals: Literal["original", "reversing"], quantity: str, movement: str
) -> None:
    activity = varied(JOURNALED, qty=quantity, previous_id="20260303000000000::earlier")
    confirmation = confirmed(activity, profiles(reversals))
    assert (confirmation.kind, confirmation.movement) == ("settlement_reversed", movement)
    assert confirmation.previous_confirmation_id == "earlier"


def test_a_correction_of_a_leg_is_of_the_security_that_the_leg_moved() -> None:
    activity = varied(SPLIT_OUT, qty="33", previous_id="earlier")
    confirmation = confirmed(activity, profiles("reversing"))
    assert confirmation.kind == "corporate_action_movement_reversed"
    assert (confirmation.movement, confirmation.security.id) == ("deliver", "037833100")


def test_a_leg_never_takes_an_identifier_of_the_other_leg() -> None:
    renamed = varied(SPLIT_IN, details={"new_cusip": LEFT_OUT, "new_symbol": "NEWCO"})
    assert confirmed(varied(renamed, cusip="037833100")).security.id == "NEWCO"


def test_a_quantity_of_zero_is_the_money_of_an_action_or_nothing() -> None:
    assert code_of(varied(SPLIT_IN, qty="0")) == ("information", "zero_quantity")
    assert code_of(varied(SPLIT_IN, qty="0", net_amount="8.29")) == ("information", "cash")


@pytest.mark.parametrize("kind", ["FILL", "TRD"])
def test_a_trade_is_a_report_whatever_else_is_wrong(kind: str) -> None:
    assert code_of({"activity_type": kind, "qty": "many"}) == ("information", "trade_report")


def test_an_account_of_no_profile_has_no_servicer() -> None:
    known = Profiles((Profile(name="other", accounts=("x",)),))
    assert confirmed(JOURNALED, known).servicer is None
