"""What holders did, from the chain to an auditor: a sighting that its record does not bear out is found."""

import random
from pathlib import Path

import pytest

from tests.audit.days import Day
from tests.audit.forging import JSON, Change, forge, record_where, with_event
from workers.audit import EngineSource, export, replay, state_view, verify
from workers.chains.simulated import Holder
from workers.log.memory import MemoryEngine

TRANSACTIONS = "transactions.minter-1"
SEEN: dict[str, JSON] = {"units_burned": {"units": "7"}, "units_received": {"sender": "somebody else"}}


def told_otherwise(name: str) -> Change:
    return lambda record: next(each for each in record["events"] if each["type"] == name).update(SEEN[name])


@pytest.fixture
def burned() -> Day:
    """A day on which a holder burned forty of a hundred units and sent ten to the signing account."""
    day = Day(MemoryEngine())
    day.found()
    day.request("AAPL", "100")
    day.rounds(2)
    day.confirm("AAPL", "100", owner_transaction_id=day.references("AAPL")[0])
    day.rounds(10)
    holder = Holder(day.network, "wallet-1", entropy=random.Random(1).randbytes)
    holder.burn("AAPLx", 40 * 10**18)
    holder.send("AAPLx", "minter-1", 10 * 10**18)
    day.rounds(10)
    return day


def test_the_state_shows_what_nobody_claims_and_what_nobody_announced(burned: Day) -> None:
    books = state_view(replay(EngineSource(burned.engine)), instrument="AAPL")["books"]
    (shown,) = (book["instruments"]["AAPL"] for book in books.values())
    assert (shown["supply"], shown["pool"], shown["unclaimed"]) == ({"simulated": "60"}, "60", "40")
    (parked,) = shown["parked_receipts"]
    assert (parked["sender"], parked["units"], parked["chain"]) == ("wallet-1", "10", "simulated")


def test_a_day_with_burns_and_arrivals_verifies(burned: Day, tmp_path: Path) -> None:
    export(burned.engine, tmp_path / "export", program_version="0.1.0")
    assert verify(tmp_path / "export").findings == ()


@pytest.mark.parametrize("name", list(SEEN))
def test_a_sighting_that_says_more_than_its_record_is_found(burned: Day, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "export"
    export(burned.engine, folder, program_version="0.1.0")
    seq = record_where(folder, TRANSACTIONS, with_event(name))
    forge(folder, TRANSACTIONS, seq, told_otherwise(name))
    found = [each for each in verify(folder).findings if each.code == "receipt_unfounded"]
    assert any(f"{TRANSACTIONS} seq {seq}" in each.text for each in found)
