"""Variations of an executed journal: what it still means, or why it proves nothing. One row is one trap."""

import json
from pathlib import Path
from typing import Any

import pytest

from workers.ingest.profiles import NO_PROFILES, Profile, Profiles
from workers.ingest.reading import Reading
from workers.ingest.registry import read

GOLDENS = Path(__file__).parent.parent / "golden" / "alpaca"
JOURNAL: dict[str, Any] = json.loads((GOLDENS / "journal_receive.in.json").read_text("utf-8"))
OURS, THEIRS = JOURNAL["to_account"], JOURNAL["from_account"]
SECOND = "0c5f1d52-7a35-4f0e-9b61-5a4c3f2e1d02"
PROFILES = Profiles((Profile(name="alpaca", accounts=(OURS, SECOND)),))
STATES = [
    *("queued", "sent_to_clearing", "pending", "executed", "activity_created"),
    *("rejected", "canceled", "refused", "deleted", "correct"),
]
LEFT_OUT = object()


def journal(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (JOURNAL | changes).items() if value is not LEFT_OUT}


def event(before: Any, after: str, **changes: Any) -> dict[str, Any]:
    """Return an event that carries its journal, which the broker's own events leave out."""
    shares = {name: JOURNAL[name] for name in ("from_account", "to_account", "symbol", "qty", "settle_date")}
    stated = {"entry_type": "JNLS", "event_id": "01KJ", "journal_id": JOURNAL["id"], "status_to": after}
    return {
        name: value
        for name, value in (stated | shares | {"status_from": before} | changes).items()
        if value is not LEFT_OUT
    }


def read_one(stated: dict[str, Any] | str, *, profiles: Profiles = PROFILES) -> Reading:
    text = stated if isinstance(stated, str) else json.dumps(stated)
    (reading,) = read(text.encode(), profiles=profiles)
    assert reading.reason is None or "fault of the program" not in reading.reason.text
    return reading


def in_json(name: str, text: str) -> str:
    """Return the journal with a value written as the text says."""
    return json.dumps(journal(**{name: LEFT_OUT}))[:-1] + f', "{name}": {text}}}'


REFUSED: dict[str, tuple[dict[str, Any] | str, str]] = {
    # quantities: digits and a point, as a text or as a JSON number
    "white space before a quantity": (journal(qty=" 1"), "bad_quantity"),
    "a line end after a quantity": (journal(qty="1\n"), "bad_quantity"),
    "a plus sign": (journal(qty="+1"), "bad_quantity"),
    "a minus sign alone": (journal(qty="-"), "bad_quantity"),
    "two minus signs": (journal(qty="--1"), "bad_quantity"),
    "an exponent": (journal(qty="1e3"), "bad_quantity"),
    "a decimal comma": (journal(qty="1,5"), "bad_quantity"),
    "a point without digits before it": (journal(qty=".5"), "bad_quantity"),
    "a point without digits after it": (journal(qty="5."), "bad_quantity"),
    "two points": (journal(qty="1.0.0"), "bad_quantity"),
    "an underscore": (journal(qty="1_000"), "bad_quantity"),
    "Arabic-Indic digits": (journal(qty="\u0661"), "bad_quantity"),
    "full-width digits": (journal(qty="\uff11"), "bad_quantity"),
    "infinity": (journal(qty="Infinity"), "bad_quantity"),
    "no digits at all": (journal(qty=""), "bad_quantity"),
    "nineteen digits": (journal(qty="1" * 19), "bad_quantity"),
    "nineteen places": (journal(qty="0." + "1" * 19), "bad_quantity"),
    "a thousand zeros": (journal(qty="0" * 1000 + "1"), "bad_quantity"),
    "a JSON number with an exponent": (in_json("qty", "1E2"), "bad_quantity"),
    "a JSON number whose exponent changes nothing": (in_json("qty", "1e0"), "bad_quantity"),
    "a JSON number of forty digits": (in_json("qty", "1" * 40), "bad_quantity"),
    "a JSON number of five thousand digits": (in_json("qty", "1" * 5000), "malformed"),
    "a quantity that is true": (journal(qty=True), "bad_quantity"),
    "a quantity in a list": (journal(qty=["1"]), "bad_quantity"),
    "a quantity in an object": (journal(qty={"value": "1"}), "bad_quantity"),
    "a quantity below zero": (journal(qty="-1"), "ambiguous"),
    "a JSON number below zero": (journal(qty=-1), "ambiguous"),
    "no quantity": (journal(qty=LEFT_OUT), "missing_field"),
    "a quantity that is null": (journal(qty=None), "missing_field"),
    "two quantities": (json.dumps(JOURNAL)[:-1] + ', "qty": "7"}', "ambiguous"),
    # accounts
    "no account that gives": (journal(from_account=LEFT_OUT), "missing_field"),
    "no account that receives": (journal(to_account=None), "missing_field"),
    "an empty account": (journal(to_account=" "), "missing_field"),
    "an account that is a number": (journal(from_account=7), "malformed"),
    "an endless account": (journal(from_account="9" * 257), "malformed"),
    "an account with half of a character": (journal(from_account="\ud800"), "malformed"),
    "an account of ours in other letters": (journal(to_account=OURS.upper()), "ambiguous"),
    "an account of ours with white space": (journal(to_account=f" {OURS}"), "ambiguous"),
    "the same account twice": (journal(from_account=OURS), "ambiguous"),
    "two accounts of ours": (journal(from_account=SECOND), "ambiguous"),
    # ids, security, dates
    "no id": (journal(id=LEFT_OUT), "missing_field"),
    "two ids": (journal(journal_id="another"), "ambiguous"),
    "no symbol": (journal(symbol=LEFT_OUT), "missing_field"),
    "an empty symbol": (journal(symbol=""), "missing_field"),
    "a symbol that is a list": (journal(symbol=["AAPL"]), "malformed"),
    "a CUSIP that fails its check digit": (journal(cusip="037833101"), "bad_identifier"),
    "a CUSIP of ten characters": (journal(cusip="C00206R102"), "bad_identifier"),
    "an ISIN and the CUSIP of another": (journal(isin="US0378331005", cusip="67066G104"), "ambiguous"),
    "an American date": (journal(settle_date="03/04/2026"), "malformed"),
    "a thirteenth month": (journal(settle_date="2026-13-01"), "malformed"),
    "a date with a line end": (journal(settle_date="2026-03-04\n"), "malformed"),
    "a twenty-fifth hour": (journal(settle_date="2026-03-04T25:00:00Z"), "malformed"),
    "a date that is a number": (journal(settle_date=20260304), "malformed"),
    # codes
    "a kind outside the list": (journal(entry_type="JNL"), "malformed"),
    "a kind in lower case": (journal(entry_type="jnls"), "malformed"),
    "no kind": (event("pending", "executed", entry_type=LEFT_OUT), "missing_field"),
    "a state in capitals": (journal(status="EXECUTED"), "malformed"),
    "the British spelling": (journal(status="cancelled"), "malformed"),
    "no state": (journal(status=LEFT_OUT), "missing_field"),
    "two states": (journal(status_to="queued"), "ambiguous"),
    "a state before outside the list": (event("settled", "canceled"), "malformed"),
    "an end without the state before": (event(LEFT_OUT, "deleted"), "missing_field"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_journal_is_parked_for(case: str) -> None:
    stated, expected = REFUSED[case]
    reading = read_one(stated)
    assert (reading.outcome, reading.confirmation) == ("parked", None)
    assert reading.reason is not None
    assert reading.reason.code == expected, reading.reason


SAME_MOVEMENT: dict[str, dict[str, Any] | str] = {
    "trailing zeros": journal(qty="120.500000000"),
    "leading zeros": journal(qty="000120.5"),
    "a JSON number": in_json("qty", "120.50"),
    "the date as a moment in a zone where it is another day in UTC": journal(
        settle_date="2026-03-04T23:59:59-11:00"
    ),
    "its id under both names": journal(journal_id=JOURNAL["id"]),
    "its state under both names": journal(status_to="executed"),
    "an empty CUSIP": journal(cusip=""),
    "a price and a description": journal(price="-1e9", description={"qty": "7"}),
    "an earlier state": journal(status_from="sent_to_clearing"),
}


@pytest.mark.parametrize("case", SAME_MOVEMENT)
def test_a_journal_means_the_same_with(case: str) -> None:
    assert read_one(SAME_MOVEMENT[case]) == read_one(JOURNAL)


EXACT = ["0.000000001", "0.1", "0.3", "9007199254740993", "123456789.123456789", "1", "0.00000012"]


@pytest.mark.parametrize("digits", EXACT)
@pytest.mark.parametrize("written", ['"{}"', "{}"], ids=["text", "number"])
def test_every_digit_of_a_quantity_is_kept(digits: str, written: str) -> None:
    confirmation = read_one(in_json("qty", written.format(digits))).confirmation
    assert confirmation is not None
    assert confirmation.quantity == digits


@pytest.mark.parametrize("zero", ["0", "0.000", "-0", 0, -0.0])
def test_a_quantity_of_zero_is_information(zero: str | float) -> None:
    reading = read_one(journal(qty=zero))
    assert reading.outcome == "information"
    assert reading.reason is not None
    assert reading.reason.code == "zero_quantity"


# What an event means, by the state before and after; every other pair is not final.
UNDOES = {("executed", "canceled"), *((before, "correct") for before in ["", *STATES])}
SETTLES = {(before, "executed") for before in ["", *STATES]}
DOUBTFUL = {
    (before, after)
    for before in ("executed", "activity_created")
    for after in STATES
    if after not in {"executed", "activity_created", "correct"}
} - UNDOES


@pytest.mark.parametrize("after", STATES)
@pytest.mark.parametrize("before", ["", *STATES])
def test_an_event_means_by_the_states_before_and_after(before: str, after: str) -> None:
    reading = read_one(event(before, after))
    meaning = reading.confirmation.kind if reading.confirmation else reading.reason and reading.reason.code
    pair = (before, after)
    if pair in SETTLES:
        assert meaning == "settlement_confirmed"
    elif pair in UNDOES:
        assert meaning == "settlement_reversed"
    else:
        assert meaning == ("ambiguous" if pair in DOUBTFUL else "not_final")


@pytest.mark.parametrize("state", STATES)
def test_a_journal_means_by_its_state(state: str) -> None:
    reading = read_one(journal(status=state))
    meaning = reading.confirmation.kind if reading.confirmation else reading.reason and reading.reason.code
    assert meaning == {"executed": "settlement_confirmed", "correct": "settlement_reversed"}.get(
        state, "not_final"
    )


@pytest.mark.parametrize("state", ["executed", "correct"])
@pytest.mark.parametrize("left_out", ["symbol", "qty", "from_account", "to_account", "settle_date"])
def test_a_settled_event_without_all_of_its_journal_is_parked(state: str, left_out: str) -> None:
    reading = read_one(event("sent_to_clearing", state, **{left_out: LEFT_OUT}))
    assert reading.reason is not None
    assert reading.reason.code == "missing_field"


def test_a_reversal_names_what_it_undoes() -> None:
    for giver, taker, movement in ((THEIRS, OURS, "receive"), (OURS, THEIRS, "deliver")):
        confirmation = read_one(journal(status="correct", from_account=giver, to_account=taker)).confirmation
        assert confirmation is not None
        assert (confirmation.movement, confirmation.account) == (movement, OURS)


def test_cash_is_cash_whatever_else_is_wrong() -> None:
    reading = read_one({"entry_type": "JNLC", "status": "no such state", "qty": "many"})
    assert reading.reason is not None
    assert (reading.outcome, reading.reason.code) == ("information", "cash")


def test_a_journal_that_is_not_final_is_information_whatever_else_is_wrong() -> None:
    reading = read_one({"entry_type": "JNLS", "status": "queued", "qty": "many"})
    assert (reading.outcome, reading.reason and reading.reason.code) == ("information", "not_final")


def test_the_profile_of_the_account_names_the_servicer() -> None:
    profiles = Profiles((Profile(name="a", accounts=("x",)), Profile(name="b", accounts=(OURS,))))
    confirmation = read_one(JOURNAL, profiles=profiles).confirmation
    assert confirmation is not None
    assert confirmation.servicer == "b"


def test_accounts_of_two_servicers_are_as_ambiguous_as_two_of_one() -> None:
    profiles = Profiles((Profile(name="a", accounts=(THEIRS,)), Profile(name="b", accounts=(OURS,))))
    for known in (profiles, NO_PROFILES):
        reading = read_one(JOURNAL, profiles=known)
        assert (reading.outcome, reading.reason and reading.reason.code) == ("parked", "ambiguous")


def test_a_journal_has_no_event_and_an_event_has_its_own_id() -> None:
    ids = [
        reading.confirmation and reading.confirmation.message_id
        for reading in map(
            read_one,
            (
                JOURNAL,
                event("pending", "executed"),
                event("pending", "executed", event_id=11751531),
                event("pending", "executed", event_id=11751531, event_ulid="01KK"),
            ),
        )
    ]
    assert ids == [None, "01KJ", "11751531", "01KK"]
