"""Custody: what a confirmation brings, once."""

from typing import Any

import pytest
from ledger_specification import Bytes, Specification, like
from ledger_words import (
    AAPL,
    BACKING,
    CUSTODIAN,
    FEED,
    HOUSE_RULES,
    ISIN,
    OTHER,
    SENDER,
    TREASURY,
    TSLA,
    account,
    alias,
    confirmed,
    house,
    information,
    instrument,
    issuance_of,
    ordered,
    parked,
    published,
    reference_of,
    requested,
)

from schemas.confirmation import Security, SettledAmount
from schemas.events import (
    ConfirmationRepeated,
    InformationRecorded,
    IssuanceFunded,
    LotMoved,
    LotReceived,
    LotSplit,
    MessageParked,
    MintAuthorized,
)
from schemas.events.custody import LotPart
from schemas.house import ReleaseLot
from schemas.messages import CUSTODY
from workers.core.ledger.confirmations import FINANCING


def book() -> Specification:
    return Specification().given(house())


def test_shares_without_a_link_are_unassigned() -> None:
    book().when(confirmed("60")).then(
        like(LotReceived, instrument=AAPL, account=BACKING, shares="60", state="unassigned", why=None)
    )


def test_shares_on_a_treasury_account_are_free() -> None:
    spec = book().when(confirmed("60", account=TREASURY)).then(like(LotReceived, state="free"))
    assert spec.state.instruments[AAPL].free_shares == 60 * 10**18


def test_shares_under_a_settlement_reference_are_reserved_for_their_issuance() -> None:
    book().given(requested("100")).when(confirmed("60", owner_id=reference_of())).then(
        like(LotReceived, state="unassigned", reference=reference_of()),
        like(LotMoved, to_state="reserved", issuance=issuance_of(), cause="settlement_reference"),
    )


@pytest.mark.parametrize(
    "reference", [reference_of().lower(), reference_of() + " ", reference_of()[:-1], "R"]
)
def test_only_the_exact_reference_links(reference: str) -> None:
    book().given(requested("60")).when(confirmed("60", owner_id=reference)).then(
        like(LotReceived, state="unassigned")
    )


def test_quantity_and_date_alone_never_link() -> None:
    book().given(requested("60")).when(confirmed("60")).then(like(LotReceived, state="unassigned"))


def test_a_reference_of_another_instrument_does_not_link() -> None:
    book().given(requested("60")).when(confirmed("60", owner_id=reference_of(), of=TSLA)).then(
        like(LotReceived, instrument=TSLA, state="unassigned")
    )


def test_what_is_settled_beyond_the_request_is_split_off_and_stays_unassigned() -> None:
    spec = book().given(requested("100")).when(confirmed("130", owner_id=reference_of()))
    spec.then(
        like(LotReceived, shares="130"),
        like(LotSplit),
        like(LotMoved, to_state="reserved"),
        like(IssuanceFunded),
        like(MintAuthorized, units="100", shares_in="100"),
    )
    first, rest = spec.last(LotSplit).parts
    assert (first.shares, rest.shares) == ("100", "30")
    assert isinstance(rest, LotPart)
    assert spec.state.instruments[AAPL].lots[rest.lot].state == "unassigned"


def test_shares_after_the_issuance_is_funded_are_unassigned() -> None:
    spec = book().given(requested("60"), confirmed("60", owner_id=reference_of()))
    spec.when(confirmed("60", "t2", reference_of(), message_id="m2")).then(like(LotReceived))


@pytest.mark.parametrize("name", ["servicer", "account"])
def test_an_account_that_nobody_registered_is_parked(name: str) -> None:
    book().when(confirmed("60", **{name: "NOBODYUS"})).then(like(MessageParked, code="account_unknown"))


def test_a_message_without_a_servicer_is_of_no_registered_account() -> None:
    book().when(confirmed("60", servicer=None)).then(like(MessageParked, code="account_unknown"))


@pytest.mark.parametrize("reader", [None, "fix"])
def test_another_feed_of_the_account_is_information(reader: str | None) -> None:
    book().when(confirmed("60", reader=reader)).then(like(InformationRecorded, code="feed_not_authoritative"))


def test_a_sender_that_may_not_send_for_the_account_is_parked() -> None:
    book().when(confirmed("60", sender="mallory")).then(like(MessageParked, code="sender_not_allowed"))


def test_a_security_that_is_no_instrument_is_parked() -> None:
    security = Security(scheme="ISIN", id="US5949181045")
    book().when(confirmed("60", security=security)).then(like(MessageParked, code="instrument_unknown"))


@pytest.mark.parametrize("of", [None, TSLA])
def test_a_key_that_is_not_the_security_is_misrouted(of: str | None) -> None:
    security = Security(scheme="ISIN", id=ISIN[AAPL])
    book().when(confirmed("60", of=of, security=security)).then(like(MessageParked, code="misrouted"))


def test_a_confirmation_in_another_partition_than_its_instruments_is_misrouted() -> None:
    spec = Specification(partition=1)  # AAPL belongs to partition 0 of 2
    spec.given(each for each in house(partitions=2) if each.type != "genesis")
    assert spec.state.rules.partitions == 2
    parked_here = []
    for partition in (0, 1):
        spec = Specification(partition)
        spec.given(each for each in house(partitions=2) if each.type != "genesis")
        parked_here.append(spec.when(confirmed("60")).all(MessageParked))
    assert sorted(map(len, parked_here)) == [0, 1]


def test_an_account_that_backs_nothing_makes_no_lot() -> None:
    book().when(confirmed("60", account=OTHER)).then(like(InformationRecorded, code="account_not_backing"))


@pytest.mark.parametrize("code", sorted(FINANCING))
def test_lending_repo_and_collateral_make_no_lot(code: str) -> None:
    book().when(confirmed("60", transaction_type=code)).then(
        like(InformationRecorded, code="financing_movement")
    )


@pytest.mark.parametrize("fields", [{"transaction_type": "CORP"}, {"event_id": "CA1"}])
def test_a_corporate_actions_movement_makes_no_lot_here(fields: dict[str, Any]) -> None:
    book().when(confirmed("60", **fields)).then(like(InformationRecorded, code="corporate_action_movement"))


@pytest.mark.parametrize("movement", ["receive", "deliver"])
def test_a_quantity_of_zero_moves_nothing(movement: str) -> None:
    book().when(confirmed("0", movement=movement)).then(like(InformationRecorded, code="zero_quantity"))


@pytest.mark.parametrize(
    "kind",
    [
        "settlement_reversed",
        "confirmation_withdrawn",
        "corporate_action_movement_confirmed",
        "corporate_action_movement_reversed",
    ],
)
def test_a_body_that_says_another_kind_than_its_message_makes_no_lot(kind: str) -> None:
    book().when(confirmed("60", kind=kind)).then(like(MessageParked, code="malformed"))


# The same confirmation twice.


def test_the_same_message_again_is_a_duplicate() -> None:
    spec = book().given(confirmed("60"))
    spec.when(confirmed("60")).then(like(ConfirmationRepeated, first=spec.last(LotReceived).lot))


@pytest.mark.parametrize("flag", ["copy", "possible_duplicate"])
@pytest.mark.parametrize("flagged_first", [True, False])
def test_another_message_of_the_movement_is_a_duplicate_where_either_is_flagged(
    flag: str,
    flagged_first: bool,  # noqa: FBT001
) -> None:
    flagged, plain = confirmed("60", message_id="m2", **{flag: True}), confirmed("60")
    first, second = (flagged, plain) if flagged_first else (plain, flagged)
    book().given(first).when(second).then(like(ConfirmationRepeated))


def test_another_unflagged_message_of_the_movement_is_provisional() -> None:
    spec = book().given(confirmed("60"))
    spec.when(confirmed("60", message_id="m2")).then(
        like(LotReceived, state="provisional", why="identity_shared")
    )
    assert len({each.lot for each in spec.all(LotReceived)}) == 2


def test_two_messages_without_message_ids_are_not_taken_for_one() -> None:
    book().given(confirmed("60", message_id=None)).when(confirmed("60", message_id=None)).then(
        like(LotReceived, state="provisional", why="identity_shared")
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"payment": "against_payment"},
        {"settled_on": "2026-11-24"},
        {"trade_date": "2026-11-20"},
        {"remaining": "5"},
        {"previously_settled": "0"},
        {"market_transaction_id": "M"},
        {"owner_id": "O"},
        {"transaction_type": "OWNI"},
        {"counterparty": "X"},
        {"amount": SettledAmount(value="1", currency="USD", direction=None)},
    ],
)
@pytest.mark.parametrize("flagged", [True, False])
def test_a_settlement_field_that_differs_makes_it_provisional_whatever_it_claims(
    changed: dict[str, Any],
    flagged: bool,  # noqa: FBT001
) -> None:
    book().given(confirmed("60")).when(confirmed("60", copy=flagged, **changed)).then(
        like(LotReceived, state="provisional", why="identity_shared")
    )


def test_a_third_message_is_compared_with_every_earlier_one() -> None:
    spec = book().given(confirmed("60"), confirmed("60", message_id="m2"))
    second = spec.last(LotReceived).lot
    spec.when(confirmed("60", message_id="m2")).then(like(ConfirmationRepeated, first=second))


def test_partials_of_one_movement_are_told_apart_by_the_running_total() -> None:
    spec = book().given(confirmed("60")).when(confirmed("40", previously_settled="60", message_id="m2"))
    spec.then(like(LotReceived, shares="40", state="unassigned"))
    spec.when(confirmed("40", previously_settled="60", message_id="m2")).then(like(ConfirmationRepeated))


def test_nothing_settled_before_is_the_same_running_total_as_zero() -> None:
    book().given(confirmed("60", previously_settled="0")).when(confirmed("60", message_id="m2")).then(
        like(LotReceived, state="provisional")
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"servicer_id": "A"}, {"servicer_id": "B"}),
        ({"servicer_id": None, "market_transaction_id": "A"}, {"servicer_id": "A"}),
        ({"servicer_id": None, "owner_id": "A"}, {"servicer_id": None, "market_transaction_id": "A"}),
        ({"quantity": "60"}, {"quantity": "61"}),
        ({"account": BACKING}, {"account": TREASURY}),
    ],
)
def test_movements_of_different_identity_are_different_lots(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    spec = book().given(confirmed(**{"quantity": "60", "message_id": "m1", **one}))
    spec.when(confirmed(**{"quantity": "60", "message_id": "m2", **other}))
    spec.then(like(LotReceived, why=None))


def test_a_movement_without_any_reference_is_provisional() -> None:
    book().when(confirmed("60", None)).then(like(LotReceived, state="provisional", why="no_reference"))


def test_a_provisional_lot_backs_no_issuance_though_its_reference_fits() -> None:
    first = confirmed("50", "t1", reference_of())
    again = confirmed("50", "t1", reference_of(), message_id="m2")
    spec = book().given(requested("100"), first).when(again)
    spec.then(like(LotReceived, state="provisional"))
    assert spec.state.instruments[AAPL].issuances[issuance_of()].missing == 50 * 10**18


def test_two_operators_release_a_provisional_lot_to_its_issuance() -> None:
    spec = book().given(requested("50"), confirmed("50"), confirmed("50", "t1", reference_of()))
    lot = spec.last(LotReceived)
    assert lot.state == "provisional"
    proposal, confirmation = ordered(ReleaseLot(instrument=AAPL, lot=lot.lot), of=AAPL)
    spec.given(proposal).when(confirmation).then_among(
        like(LotMoved, from_state="provisional", to_state="unassigned", cause="release"),
        like(LotMoved, from_state="unassigned", to_state="reserved", cause="settlement_reference"),
        like(MintAuthorized, units="50"),
    )


def test_a_released_lot_without_a_link_is_unassigned() -> None:
    spec = book().given(confirmed("50", None))
    order = ReleaseLot(instrument=AAPL, lot=spec.last(LotReceived).lot)
    proposal, confirmation = ordered(order, of=AAPL)
    spec.given(proposal).when(confirmation).then_among(like(LotMoved, to_state="unassigned"))


# Aliases of a day, symbols of a servicer.


def test_an_identifier_means_what_it_meant_on_the_day_of_settlement() -> None:
    old = instrument(AAPL, aliases=(alias(ISIN[AAPL], valid_until="2026-11-23"),))
    new = instrument(TSLA, aliases=(alias(ISIN[AAPL], valid_from="2026-11-23"), alias(ISIN[TSLA])))
    spec = Specification().given(house(new, terms=old))
    security = Security(scheme="ISIN", id=ISIN[AAPL])
    spec.when(confirmed("1", "a", security=security, settled_on="2026-11-22")).then(
        like(LotReceived, instrument=AAPL)
    )
    spec.when(confirmed("1", "b", of=TSLA, security=security, settled_on="2026-11-23")).then(
        like(LotReceived, instrument=TSLA)
    )


def test_a_symbol_means_something_at_one_servicer_only() -> None:
    terms = instrument(AAPL, aliases=(alias("AAPL", scheme="SYMBOL", servicer=CUSTODIAN),))
    spec = Specification().given(house(terms=terms))
    symbol = Security(scheme="SYMBOL", id="AAPL")
    spec.when(confirmed("1", security=symbol)).then(like(LotReceived, instrument=AAPL))
    elsewhere = terms.__class__(
        instrument=AAPL,
        name="x",
        multiplier="1",
        aliases=(alias("AAPL", scheme="SYMBOL", servicer="OTHERUS33"),),
        tokens=terms.tokens,
    )
    Specification().given(house(terms=elsewhere)).when(confirmed("1", security=symbol)).then(
        like(MessageParked, code="instrument_unknown")
    )


def test_registering_an_instrument_again_replaces_its_aliases() -> None:
    terms = instrument(AAPL, aliases=(alias("US5949181045"),))
    book().given(published(HOUSE_RULES + 1, terms)).when(confirmed("1")).then(
        like(MessageParked, code="instrument_unknown")
    )


def test_an_account_registered_again_follows_its_new_terms() -> None:
    again = account(BACKING, "other")
    book().given(published(HOUSE_RULES + 1, again)).when(confirmed("1")).then(
        like(InformationRecorded, code="account_not_backing")
    )


def test_information_and_parked_evidence_keep_the_readers_code() -> None:
    spec = book().when(information("trade_report")).then(like(InformationRecorded, code="trade_report"))
    spec.when(parked("bad_quantity")).then(like(MessageParked, code="bad_quantity"))


def test_bytes_that_are_no_message_are_parked_with_the_problem() -> None:
    book().when(Bytes(CUSTODY, "no message: x" * 500)).then(like(MessageParked, code="not_a_message"))


def test_the_feed_decides_before_the_sender() -> None:
    book().when(confirmed("60", reader="fix", sender="mallory")).then(
        like(InformationRecorded, code="feed_not_authoritative")
    )
    assert FEED != "fix"
    assert SENDER != "mallory"
