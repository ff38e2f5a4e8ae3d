import json
from collections.abc import Callable

import pytest

from schemas.canonical import encode
from tests.audit.days import Day
from workers.audit import check_log
from workers.log.memory import MemoryEngine
from workers.log.sqlite import SqliteEngine


class Changed(MemoryEngine):
    """A copy of a log in which one stream holds something else."""

    def __init__(self, log: MemoryEngine, stream: str, change: Callable[[list[bytes]], list[bytes]]) -> None:
        super().__init__()
        for name in log.streams():
            values = [entry.value for entry in log.read(name, 0, 100_000)]
            self.append({name: change(values) if name == stream else values})


def log_of(day: Day) -> MemoryEngine:
    assert isinstance(day.engine, MemoryEngine)
    return day.engine


def test_a_log_that_holds_may_be_appended_to(engine: SqliteEngine) -> None:
    assert check_log(engine) == ()


def test_an_empty_log_may_be_appended_to() -> None:
    assert check_log(MemoryEngine()) == ()


def test_inputs_that_wait_for_a_decision_are_no_finding(day: Day) -> None:
    day.request("AAPL", "5")
    assert check_log(day.engine) == ()


def test_a_log_that_lost_a_record_is_not_appended_to(day: Day) -> None:
    changed = Changed(log_of(day), "ledger-1", lambda values: values[:10] + values[11:])
    assert [(each.code, each.book, each.seq) for each in check_log(changed)] == [
        ("chain_broken", "ledger-1", 11)
    ]


def test_a_log_with_a_changed_record_is_not_appended_to(day: Day) -> None:
    def change(values: list[bytes]) -> list[bytes]:
        record = json.loads(values[10]) | {"owner": "somebody"}
        return [*values[:10], encode(record), *values[11:]]

    found = check_log(Changed(log_of(day), "ledger-1", change))
    assert [(each.code, each.book, each.seq) for each in found] == [("chain_broken", "ledger-1", 11)]


def test_a_log_that_lost_the_end_of_an_inbox_is_not_appended_to(day: Day) -> None:
    found = check_log(Changed(log_of(day), "inbox.custody-1", lambda values: values[:-1]))
    assert [(each.code, each.book) for each in found] == [("source_missing", "ledger-1")]


def test_a_log_with_a_changed_message_is_not_appended_to(day: Day) -> None:
    def change(values: list[bytes]) -> list[bytes]:
        return [*values[:-1], values[-1].replace(b"CUSTODY-1", b"CUSTODY-2")]

    found = check_log(Changed(log_of(day), "inbox.custody-1", change))
    assert [(each.code, each.book) for each in found] == [("source_differs", "ledger-1")]


def test_a_void_record_that_points_at_a_lost_end_is_found(day: Day) -> None:
    def stray(values: list[bytes]) -> list[bytes]:
        return [*values, encode(json.loads(values[-1]) | {"prev": "ab" * 32, "seq": 10_000})]

    found = check_log(Changed(log_of(day), "ledger-0", stray))
    assert [(each.code, each.book) for each in found] == [("chain_broken", "ledger-0")]


def test_a_log_of_a_newer_program_is_not_appended_to(day: Day) -> None:
    def newer(values: list[bytes]) -> list[bytes]:
        return [*values[:5], encode(json.loads(values[5]) | {"v": 2})]

    found = check_log(Changed(log_of(day), "ledger-0", newer))
    assert [(each.code, each.seq) for each in found] == [("newer_program_needed", 6)]


@pytest.mark.parametrize("stream", ["ledger-0", "ledger-1", "transactions.minter-1"])
def test_what_is_checked_is_told(day: Day, stream: str) -> None:
    told: list[str] = []
    check_log(day.engine, lambda what, _done, _total: told.append(what))
    assert stream in told
