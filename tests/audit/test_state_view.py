import json
import re
from typing import Any

from schemas.collateral import CollateralRules, CustodyPlace
from schemas.house import SetCollateralRules
from schemas.messages import CUSTODY
from schemas.statement import Statement
from schemas.streams import partition_of
from tests.audit.days import PARTITIONS, Day
from workers.audit import AtRecord, EngineSource, replay, state_view
from workers.log.memory import MemoryEngine


def view(day: Day, instrument: str) -> dict[str, Any]:
    books = state_view(replay(EngineSource(day.engine)), instrument=instrument)["books"]
    (book,) = books.values()
    shown: dict[str, Any] = book["instruments"][instrument]
    return shown


def began() -> Day:
    day = Day(MemoryEngine())
    day.found()
    return day


def test_an_instrument_that_nothing_happened_to_is_shown_with_zeros() -> None:
    shown = view(began(), "AAPL")
    assert (shown["pool"], shown["dust"], shown["supply"], shown["multiplier"]) == ("0", "0", {}, "1")
    assert shown["open_issuances"] == []


def test_an_issuance_that_waits_for_shares_says_how_many_and_under_which_reference() -> None:
    day = began()
    day.request("AAPL", "100")
    day.rounds(2)
    (issuance,) = view(day, "AAPL")["open_issuances"]
    assert issuance["missing"] == "100"
    assert issuance["open_because"] == [
        f"100 shares under {issuance['settlement_reference']} have not settled"
    ]


def test_shares_on_their_way_are_authorized_and_then_supply() -> None:
    day = began()
    day.request("AAPL", "100.25")
    day.rounds(2)
    day.confirm("AAPL", "100.25", owner_transaction_id=day.references("AAPL")[0])
    day.rounds(1)
    shown = view(day, "AAPL")
    assert (shown["pool"], shown["authorized"], shown["supply"]) == ("100.25", {"simulated": "100.25"}, {})
    assert shown["open_issuances"][0]["open_because"] == ["1 of its mints are authorized and not final"]
    assert [mint["units"] for mint in shown["open_mints"]] == ["100.25"]
    day.rounds(20)
    shown = view(day, "AAPL")
    assert (shown["pool"], shown["authorized"], shown["supply"]) == ("100.25", {}, {"simulated": "100.25"})
    assert (shown["open_issuances"], shown["closed_issuances"], shown["dust"]) == ([], 1, "0")


def test_lots_are_shown_by_their_state() -> None:
    day = began()
    day.confirm("AAPL", "7")
    day.confirm("AAPL", "5", account="TREASURY-1")
    day.confirm("AAPL", "3", servicer_transaction_id=None)
    day.rounds(2)
    lots = view(day, "AAPL")["lots"]
    shares = {state: found["shares"] for state, found in lots.items()}
    assert shares == {"unassigned": "7", "free": "5", "provisional": "3", "reserved": "0"}


def test_a_hold_is_shown_with_its_reason() -> None:
    day = began()
    day.confirm("AAPL", "7", movement="deliver")
    day.rounds(2)
    assert [hold["reason"] for hold in view(day, "AAPL")["holds"]] == ["delivery_not_instructed"]


def test_a_signing_accounts_book_is_shown_with_what_is_open() -> None:
    day = began()
    day.request("AAPL", "10")
    day.rounds(2)
    day.confirm("AAPL", "10", owner_transaction_id=day.references("AAPL")[0])
    day.rounds(3)
    shown = state_view(replay(EngineSource(day.engine)))["books"]["transactions.minter-1"]
    assert [each["units"] for each in shown["open_operations"]] == ["10"]
    assert [each["status"] for each in shown["open_operations"][0]["transactions"]] == ["sent"]


def test_every_book_says_where_it_stands(day: Day) -> None:
    books = state_view(replay(EngineSource(day.engine)))["books"]
    for book in books.values():
        assert re.fullmatch("[0-9a-f]{64}", book["head"])
        assert re.fullmatch("[0-9a-f]{64}", book["state_digest"])
    assert books["ledger-0"]["house_rules"] == books["ledger-1"]["house_rules"] == 8
    assert books["ledger-0"]["log"] == "tests"


def test_the_view_of_an_early_moment_is_json_as_well(day: Day) -> None:
    for seq in (1, 2, 3, 4):
        replayed = replay(EngineSource(day.engine), until=AtRecord("ledger-0", seq))
        json.dumps(state_view(replayed))


def test_a_mint_waits_for_a_statement_and_the_published_figures_say_of_when_it_is() -> None:
    day, name = began(), "NVDA"
    assert partition_of(name, PARTITIONS) == 1, "a book that only hears of statements"
    place = CustodyPlace(servicer="CHASUS33", account="CUSTODY-1")
    rules = CollateralRules(
        eligible=(place,), ratio_min="1", custodian_share_max=None, statement_age_seconds_max=12 * 3_600
    )
    day.order(SetCollateralRules(instrument=name, rules=rules))
    day.request(name, "10")
    day.rounds(2)
    day.confirm(name, "10", owner_transaction_id=day.references(name)[0])
    day.rounds(3)
    shown = view(day, name)
    evidence = {"servicer": "CHASUS33", "account": "CUSTODY-1", "as_of": None}
    assert shown["published"]["evidence"] == [evidence]
    assert shown["published"]["rules"]["statement_age_seconds_max"] == 12 * 3_600
    assert shown["open_issuances"][0]["open_because"] == ["its next mint waits: statement_age"]

    page = Statement(
        servicer="CHASUS33", account="CUSTODY-1", statement_id="S1", page=1, last_page=True,
        as_of="2026-11-23", complete=True, basis="settled", balances=(),
    )  # fmt: skip
    day.put(CUSTODY, "holdings_statement_received", None, page, sender="chase")
    day.rounds(20)
    shown = view(day, name)
    assert shown["published"]["evidence"] == [{**evidence, "as_of": "2026-11-23"}]
    assert (shown["supply"], shown["open_issuances"]) == ({"simulated": "10"}, [])
