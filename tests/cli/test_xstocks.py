"""The xStocks policy: made from its tables, sound in its identifiers, and registered whole by `submit`."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine, working

from examples.xstocks.policy import POLICY, instrument, policy, rows
from schemas.identifiers import cusip_valid, isin_valid
from workers.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "xstocks.md"
INSTRUMENTS = rows("instruments.csv")
CHAINS = rows("chains.csv")
VALID = {"ISIN": isin_valid, "CUSIP": cusip_valid}


def records(tallystick: CommandLine, data: Path) -> list[dict[str, Any]]:
    ran = tallystick("log", "show", "--json", "--data", data)
    assert ran.code == 0, ran.err
    return ran.objects()


def events(tallystick: CommandLine, data: Path) -> Counter[tuple[str, str]]:
    return Counter(
        (record["book"], event["type"]) for record in records(tallystick, data) for event in record["events"]
    )


def registered(tallystick: CommandLine, data: Path) -> dict[str, list[Any]]:
    """Return by book the instruments whose registration it applied, in order."""
    found: dict[str, list[Any]] = {}
    for record in records(tallystick, data):
        for event in record["events"]:
            if event["type"] == "house_rule_applied" and event["rule"]["type"] == "register_instrument":
                found.setdefault(record["book"], []).append(event["rule"])
    return found


def test_the_committed_file_is_what_the_tables_give() -> None:
    assert POLICY.read_text(encoding="utf-8") == policy()


def test_every_identifier_given_has_a_valid_check_digit_and_none_is_given_twice() -> None:
    given = [alias for row in INSTRUMENTS for alias in instrument(row, CHAINS).aliases]
    assert [alias for alias in given if not VALID[alias.scheme](alias.id)] == []
    assert [
        key for key, times in Counter((each.scheme, each.id) for each in given).items() if times > 1
    ] == []
    assert len([alias for alias in given if alias.scheme == "ISIN"]) == 68


def test_every_symbol_is_its_ticker_and_an_x_and_stands_once() -> None:
    assert all(row["symbol"] == row["ticker"] + "x" for row in INSTRUMENTS)
    assert len({row["symbol"] for row in INSTRUMENTS}) == len(INSTRUMENTS) == 79
    assert {row["kind"] for row in INSTRUMENTS} == {"share", "fund"}


def test_the_chains_and_accounts_are_those_of_the_development_settings() -> None:
    settings = {chain.name: chain.accounts for chain in Settings().chains}
    assert {row["chain"]: (row["account"],) for row in CHAINS} == settings


def test_the_page_lists_every_symbol_that_is_to_be_filled_in() -> None:
    text = PAGE.read_text(encoding="utf-8").split("## To fill in", 1)[1].split("\n## ", 1)[0]
    listed = re.findall(r"^\| `(\S+)` \|", text, flags=re.MULTILINE)
    assert listed == [row["symbol"] for row in INSTRUMENTS if not row["isin"]]


def test_an_address_in_the_table_takes_the_place_of_the_placeholder() -> None:
    made = instrument(INSTRUMENTS[0] | {"solana": "XsAddress"}, CHAINS)
    assert {token.chain: token.token for token in made.tokens}["solana"] == "XsAddress"
    assert {token.chain: token.token for token in made.tokens}["tron"] == "AAPLx@tron"


def test_a_column_that_is_no_chain_is_refused() -> None:
    with pytest.raises(ValueError, match=r"AAPLx: no chain or column is called \['etherum'\]"):
        instrument(INSTRUMENTS[0] | {"etherum": "0x1"}, CHAINS)


def test_submitting_it_on_a_fresh_log_registers_every_instrument_in_every_book_once(
    tallystick: CommandLine,
) -> None:
    data = tallystick.folder / "data"
    proposed = [json.loads(line) for line in POLICY.read_text(encoding="utf-8").splitlines()]
    rules = [line["order"] for line in proposed if line["type"] == "proposal"]
    with working(data) as worker:
        ran = tallystick("submit", "--json", "--data", data, POLICY)
        assert (ran.code, ran.err, len(ran.objects())) == (0, "", 2 * len(INSTRUMENTS))
        applied = len(INSTRUMENTS) + 1  # the first rule of every book creates the log

        def applied_everywhere() -> bool:
            counted = events(tallystick, data)
            return all(counted[f"ledger-{book}", "house_rule_applied"] == applied for book in range(4))

        worker.until("every book applies every rule", applied_everywhere)
        assert tallystick("submit", "--data", data, POLICY).code == 0
        worker.until(
            "the second time is a repetition",
            lambda: events(tallystick, data)["ledger-0", "order_repeated"] == len(proposed),
        )
    assert registered(tallystick, data) == {f"ledger-{book}": rules for book in range(4)}
    assert {kind for _, kind in events(tallystick, data)} & {"order_refused", "message_parked"} == set()
    state = json.loads(tallystick("state", "--json", "--data", data).out)
    held = [name for book in state["books"].values() for name in book.get("instruments", {})]
    assert sorted(held) == sorted(row["symbol"] for row in INSTRUMENTS)
