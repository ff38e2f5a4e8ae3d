"""A redemption from its request to its delivery, through real loops and a simulated chain."""

import random
from typing import Any

import pytest

from schemas import amounts
from schemas.house import RegisterDeliveryDetails
from schemas.messages import REQUESTS, RedemptionRequested
from tests.audit.days import Day
from workers.audit import EngineSource, replay, state_view
from workers.chains.simulated import Holder
from workers.cli.state_tables import print_state
from workers.log.memory import MemoryEngine

HOME = RegisterDeliveryDetails(
    client="client-1",
    details="home",
    kind="in_kind",
    servicer="CHASUS33",
    account="CUSTODY-1",
    counterparty="DTCYUS33",
    counterparty_account="CLIENT-7",
    increment="1",
)


def issued() -> Day:
    """A hundred tokens are in the client's wallet, and it is known where their shares would go."""
    day = Day(MemoryEngine())
    day.found()
    day.order(HOME)
    day.request("AAPL", "100")
    day.rounds(6)
    day.confirm("AAPL", "100", owner_transaction_id=day.references("AAPL")[0])
    day.rounds(12)
    return day


def redeem(day: Day, units: str) -> None:
    body = RedemptionRequested(
        client="client-1",
        client_request_id="q1",
        instrument="AAPL",
        units=units,
        chain="simulated",
        wallet="wallet-1",
        details="home",
    )
    day.put(REQUESTS, "redemption_requested", "AAPL", body)
    day.rounds(2)


def send(day: Day, units: str, *, sender: str = "wallet-1") -> None:
    holder = Holder(day.network, sender, entropy=random.Random(1).randbytes)
    holder.send("AAPLx", "minter-1", amounts.parse(units))
    day.rounds(16)


def view(day: Day) -> dict[str, Any]:
    books = state_view(replay(EngineSource(day.engine)), instrument="AAPL")["books"]
    (book,) = books.values()
    shown: dict[str, Any] = book["instruments"]["AAPL"]
    return shown


def test_a_redemption_that_waits_for_tokens_says_whose_and_how_many() -> None:
    day = issued()
    redeem(day, "40.5")
    (redemption,) = view(day)["open_redemptions"]
    assert (redemption["stage"], redemption["burn_units"], redemption["shares"]) == ("accepted", "40", "40")
    assert redemption["open_because"] == ["40.5 units from wallet-1 have not arrived"]


def test_an_instruction_that_waits_for_its_confirmation_is_shown_with_its_age() -> None:
    day = issued()
    redeem(day, "40.5")
    send(day, "40.5")
    shown = view(day)
    assert (shown["pool"], shown["promised"], shown["supply"]) == ("60", "40", {"simulated": "60"})
    (instruction,) = shown["instructions"]
    assert (instruction["left"], instruction["attempt"], instruction["account"]) == ("40", 1, "CUSTODY-1")
    day.seconds += 7_200
    day.confirm("AAPL", "1")
    day.rounds(2)
    (later,) = view(day)["instructions"]
    assert later["age_seconds"] >= instruction["age_seconds"] + 7_200


def test_what_is_delivered_and_returned_is_open_no_more() -> None:
    day = issued()
    redeem(day, "40.5")
    send(day, "40.5")
    assert day.network.balance("AAPLx", "wallet-1") == amounts.parse("60")
    assert day.network.balance("AAPLx", "minter-1") == 0
    reference = view(day)["instructions"][0]["settlement_reference"]
    day.confirm("AAPL", "40", movement="deliver", owner_transaction_id=reference)
    day.rounds(2)
    shown = view(day)
    assert (shown["promised"], shown["open_redemptions"], shown["instructions"]) == ("0", [], [])
    assert (shown["returns"], shown["completed_redemptions"], shown["holds"]) == ([], 1, [])


def test_open_redemptions_stand_in_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    day = issued()
    redeem(day, "40")
    send(day, "3")
    send(day, "40")
    print_state(state_view(replay(EngineSource(day.engine)), instrument="AAPL"))
    printed = capsys.readouterr().out
    assert "redemption" in printed
    assert "instruction" in printed
    assert "3 tokens from wallet-1" in printed


def test_tokens_whose_block_is_gone_are_shown_until_they_are_seen_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    day = issued()
    redeem(day, "40")
    send(day, "40")
    arrived = next(iter(day.network.movements("AAPLx", "minter-1", 0, day.network.finalized().height)))
    day.network.break_finality(arrived.place.block.height - 1, lost=[arrived.place.transaction])
    day.rounds(40)
    shown = view(day)
    (gone,) = shown["contradicted"]
    assert (gone["transaction"], gone["units"]) == (arrived.place.transaction, "40")
    (redemption,) = shown["open_redemptions"]
    assert "the 40 units that had come are not there: it waits for them again" in redemption["open_because"]
    assert shown["missing_units"] == "0", "nothing of them was burned after all"
    print_state(state_view(replay(EngineSource(day.engine)), instrument="AAPL"))
    assert "were not seen again" in capsys.readouterr().out
    send(day, "40")
    assert view(day)["missing_units"] == "0"
