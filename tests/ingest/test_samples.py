"""Real messages, as published: read without an exception, and with the outcome that is right where known.

They are test data of others and stay outside the repository, in the folder `../shared/samples`.
"""

from pathlib import Path

import pytest

from workers.ingest.registry import read

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
FILES = sorted(path for path in SAMPLES.glob("*/*") if path.is_file())

ISO_20022 = {
    "seev.031.002.09_dtc_notification.xml": ("parked", "seev.031.002.09", "unknown_message_type"),
    "seev.036.002.07_dtc_movement_conf_splmtry.xml": ("parked", "seev.036.002.07", "unknown_message_type"),
    "sese.024.001.10_dcv_matched.xml": ("information", "sese.024.001.10", "status_advice"),
    "sese.025.001.09_t2s_copy_possdup.xml": ("information", "sese.025.001.09", "zero_quantity"),
}

MT = {
    "mt535_35b_with_colon_1.fin": ("parked", "MT535", "malformed"),
    "mt535_schema_test.fin": ("parked", "MT535", "malformed"),
    "mt541_rvp_instruction.fin": ("information", "MT541", "instruction"),
    "mt547_jpm_dual_qty_amor_famt.fin": ("parked", "MT547", "quantity_not_in_units"),
    "mt548_iprc_cand.fin": ("information", "MT548", "status_advice"),
    "mt564_exwa_mand.fin": ("parked", "MT564", "unknown_message_type"),
}

# The activities leave out the account. `SDIV` names a dividend in shares, with the money of one in cash.
ALPACA = {
    "activity_FILL_v2.json": [("information", "alpaca.activity", "trade_report")],
    "activity_SDIV.json": [("parked", "alpaca.activity", "missing_field")],
    "positions.json": [("parked", None, "unknown_message_type")] * 2,
    "tokenization_request_mint_completed.json": [("parked", None, "unknown_message_type")],
}

pytestmark = pytest.mark.skipif(not FILES, reason="the folder ../shared/samples is not there")


@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_sample_is_read_without_an_exception(path: Path, lenient: bool) -> None:  # noqa: FBT001
    readings = read(path.read_bytes(), lenient=lenient)
    assert readings
    for reading in readings:
        assert reading.outcome in {"confirmation", "information", "parked"}
        assert reading.reason is None or "fault of the program" not in reading.reason.text


@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
@pytest.mark.parametrize("name", ISO_20022)
def test_an_iso_20022_sample_has_the_outcome(name: str, lenient: bool) -> None:  # noqa: FBT001
    (reading,) = read((SAMPLES / "iso20022" / name).read_bytes(), lenient=lenient)
    code = reading.reason.code if reading.reason else None
    assert (reading.outcome, reading.dialect, code) == ISO_20022[name]


SEMT002 = "semt.002.001.11_t2s_statement_head04.xml"


@pytest.mark.parametrize(("lenient", "code"), [(False, "bad_identifier"), (True, "quantity_not_in_units")])
def test_the_semt002_sample_holds_debts_of_anonymised_isins(lenient: bool, code: str) -> None:  # noqa: FBT001
    (reading,) = read((SAMPLES / "iso20022" / SEMT002).read_bytes(), lenient=lenient)
    assert (reading.outcome, reading.dialect) == ("parked", "semt.002.001.11")
    assert reading.reason is not None
    assert reading.reason.code == code


def test_the_semt002_sample_with_units_alone_is_read_in_full() -> None:
    data = (SAMPLES / "iso20022" / SEMT002).read_bytes().replace(b"FaceAmt>", b"Unit>")
    (reading,) = read(data, lenient=True)
    statement = reading.statement
    assert statement is not None
    assert len(statement.balances) == data.count(b"<BalForAcct>") == 139
    assert len({one.security.id for one in statement.balances}) == 139
    assert {one.quantity for one in statement.balances} == {"100", "1000"}
    assert all(one.available == one.quantity for one in statement.balances)
    assert (statement.servicer, statement.statement_id) == ("AAAAGB2L", "TESTSTMT0001")
    assert (statement.as_of, statement.basis) == ("2026-01-01T00:00:00", "settled")
    assert (statement.page, statement.last_page, statement.complete) == (1, True, True)
    assert len(reading.warnings) == sum(one.security.id.startswith("XX") for one in statement.balances)


@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
def test_the_mt535_sample_is_of_face_amounts_and_with_units_read_in_full(lenient: bool) -> None:  # noqa: FBT001
    """The published page lacks its last brace; what is available of its second holding is below zero."""
    data = (SAMPLES / "mt" / "mt535_schema_test.fin").read_bytes().rstrip() + b"}"
    (reading,) = read(data, lenient=lenient)
    assert reading.reason is not None
    assert reading.reason.code == "quantity_not_in_units"
    in_units = data.replace(b"FAMT/", b"UNIT/").replace(b"AMOR/", b"UNIT/")
    (reading,) = read(in_units, lenient=True)
    statement = reading.statement
    assert statement is not None
    assert (statement.page, statement.last_page, statement.basis) == (5, False, "traded")
    assert [(one.security.id, one.quantity, one.available) for one in statement.balances] == [
        ("31392EXH8", "35732656", "35732656"),
        ("31406RR72", "0", "-990692"),
    ]


@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
@pytest.mark.parametrize("name", MT)
def test_an_mt_sample_has_the_outcome(name: str, lenient: bool) -> None:  # noqa: FBT001
    (reading,) = read((SAMPLES / "mt" / name).read_bytes(), lenient=lenient)
    code = reading.reason.code if reading.reason else None
    assert (reading.outcome, reading.dialect, code) == MT[name]


@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
def test_the_mt_confirmation_of_a_debt_with_shares_in_it_is_read_in_full(lenient: bool) -> None:  # noqa: FBT001
    """The published delivery is of a debt; its CUSIP passes its check digit although it is anonymised."""
    data = (SAMPLES / "mt" / "mt547_jpm_dual_qty_amor_famt.fin").read_bytes()
    in_units = data.replace(b"AMOR/7999999,573", b"UNIT/7,5").replace(b":36B::ESTT//FAMT/8167548,\n", b"")
    (reading,) = read(in_units, lenient=lenient)
    confirmation = reading.confirmation
    assert confirmation is not None
    assert reading.warnings == ()
    assert (confirmation.servicer, confirmation.account) == ("CHASUSU9", "P 61947")
    assert (confirmation.movement, confirmation.payment) == ("deliver", "against_payment")
    assert (confirmation.security.scheme, confirmation.quantity) == ("CUSIP", "7.5")
    assert (confirmation.settled_on, confirmation.trade_date) == ("2014-11-13", "2014-11-07")
    assert confirmation.owner_transaction_id == "00013507299330A"
    assert confirmation.counterparty == "021000021"
    assert confirmation.place_of_settlement == "FRNYUS33"
    assert confirmation.amount is not None
    assert (confirmation.amount.value, confirmation.amount.direction) == ("8226417.05", "credit")


def test_the_confirmation_with_a_quantity_is_read_in_full() -> None:
    """The published confirmation settles nothing; with shares in it, everything else must come out right."""
    data = (SAMPLES / "iso20022" / "sese.025.001.09_t2s_copy_possdup.xml").read_bytes()
    (reading,) = read(data.replace(b"<Unit>0<", b"<Unit>7<"))
    confirmation = reading.confirmation
    assert confirmation is not None
    assert confirmation.quantity == "7"
    assert (confirmation.movement, confirmation.payment) == ("receive", "against_payment")
    assert (confirmation.copy, confirmation.possible_duplicate) == (True, True)
    assert len(confirmation.servicer or "") == 8
    assert confirmation.partial is None
    assert (confirmation.settled_on, confirmation.trade_date) == ("2024-07-17", "2024-07-16")
    assert [one.qualifier for one in confirmation.references] == ["PrcrTxId", "CmonId"]
    assert confirmation.amount is not None
    assert (confirmation.amount.value, confirmation.amount.direction) == ("1", "debit")


@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
@pytest.mark.parametrize("name", ALPACA)
def test_an_alpaca_sample_has_the_outcome(name: str, lenient: bool) -> None:  # noqa: FBT001
    readings = read((SAMPLES / "alpaca" / name).read_bytes(), lenient=lenient)
    assert [
        (one.outcome, one.dialect, one.reason.code if one.reason else None) for one in readings
    ] == ALPACA[name]


def test_the_dividend_in_shares_with_the_money_of_one_in_cash_is_ambiguous_for_an_account() -> None:
    text = (SAMPLES / "alpaca" / "activity_SDIV.json").read_text("utf-8")
    (reading,) = read(text.replace("{", '{"account_id": "A-1",', 1).encode())
    assert reading.reason is not None
    assert (reading.reason.code, reading.reason.where) == ("ambiguous", "net_amount")


def test_the_dividend_in_shares_without_money_is_a_movement() -> None:
    text = (SAMPLES / "alpaca" / "activity_SDIV.json").read_text("utf-8")
    text = text.replace("{", '{"account_id": "A-1",', 1).replace('"1.02"', '"0"')
    (reading,) = read(text.encode())
    confirmation = reading.confirmation
    assert confirmation is not None
    assert confirmation.kind == "corporate_action_movement_confirmed"
    assert (confirmation.quantity, confirmation.movement) == ("2", "receive")
    assert (confirmation.security.id, confirmation.settled_on) == ("T", "2019-08-01")
    assert confirmation.servicer_transaction_id == "5f596936-6f23-4cef-bdf1-3806aae57dbf"
