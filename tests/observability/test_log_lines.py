"""What a worker logs: one JSON object a line, and each record with its coordinates, as the log has them."""

import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.observability.desk import Desk

# isort: split
from command_line import Worker, working
from executor_world import World

from schemas.messages import CUSTODY
from schemas.streams import inbox_stream, is_book
from workers.bootstrap import open_log
from workers.chains.base import ChainRefused
from workers.log.rule import Chain, Valid

ROOT = Path(__file__).parents[2]
RECORD = {"book", "seq", "sha256"}


def coordinates(data: Path) -> dict[tuple[str, int], Valid]:
    """Return every valid record of the log, by book and seq."""
    engine = open_log(data, read_only=True)
    try:
        found: dict[tuple[str, int], Valid] = {}
        for book in filter(is_book, engine.streams()):
            chain = Chain(book)
            read = [chain.advance(entry.value) for entry in engine.read(book, 0, 10**6)]
            found |= {(book, each.seq): each for each in read if isinstance(each, Valid)}
        return found
    finally:
        engine.close()


def lines_of(worker: Worker) -> list[dict[str, Any]]:
    """Return the log: every line but those that say to people where it runs is one JSON object."""
    said = worker.said().splitlines()
    lines = [json.loads(line) for line in said if not line.startswith(("created a ", "running on "))]
    assert all(isinstance(line, dict) and {"event", "level", "timestamp"} <= line.keys() for line in lines)
    return lines


def named(lines: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["event"] == event]


def told(lines: list[dict[str, Any]]) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the lines that concern a record, by its book and seq."""
    return {(line["book"], line["seq"]): line for line in lines if line.keys() >= RECORD}


def work(data: Path, *options: object) -> list[dict[str, Any]]:
    """Run a worker until two files are decided, and return what it logged."""
    with working(data, *options, variables={"COLUMNS": "1000"}) as worker:
        for name in ("examples/house.jsonl", "examples/request.json"):
            (data / "in" / Path(name).name).write_bytes((ROOT / name).read_bytes())
        worker.until("it decides", lambda: len(named(worker.logged(), "file_decided")) == 2)
        worker.until("it owns all", lambda: len(named(worker.logged(), "book_taken_over")) == 9)
        if "debug" in options:
            complete = lambda: told(worker.logged()).keys() >= coordinates(data).keys()  # noqa: E731
            worker.until("every record has its line", complete)
    return lines_of(worker)


def test_every_line_that_names_a_record_names_one_that_is_on_the_log(tmp_path: Path) -> None:
    lines = work(tmp_path / "data")
    records = coordinates(tmp_path / "data")
    assert {line["event"] for line in lines} == {"book_taken_over", "file_decided"}
    of_files = [record for line in named(lines, "file_decided") for record in line["records"]]
    assert len(of_files) == 9
    for each in [*named(lines, "book_taken_over"), *of_files]:
        assert each.keys() >= RECORD
        assert records[each["book"], each["seq"]].sha256 == each["sha256"]
    for line in named(lines, "book_taken_over"):
        assert records[line["book"], line["seq"]].events[0].type == "owner_started"


def test_at_debug_every_record_of_the_log_has_its_line(tmp_path: Path) -> None:
    lines = work(tmp_path / "data", "--log-level", "debug")
    records = coordinates(tmp_path / "data")
    assert told(lines).keys() <= records.keys()
    for place, line in told(lines).items():
        assert line["sha256"] == records[place].sha256
        if line["event"] == "recorded":
            assert line["events"] == [event.type for event in records[place].events]


def test_a_doubt_names_the_last_record_that_was_read() -> None:
    desk = Desk().owning()
    head = desk.settlement.runner.loop.chain.head
    with capture_logs() as lines:
        desk.settlement.runner.doubt("a test")
    (line,) = named(lines, "doubt")
    assert (line["seq"], line["sha256"]) == (1, head)


def test_a_decision_that_raised_names_its_input_and_the_last_record(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk().owning()
    desk.engine.append({inbox_stream(CUSTODY, 0): [b"poison"]})

    def fail(_state: object, _given: object) -> Any:
        raise ArithmeticError("a test")

    monkeypatch.setattr(desk.settlement.runner.loop._decider, "decide", fail)
    with capture_logs() as lines:
        desk.round()
    (line,) = named(lines, "decision_raised")
    assert line.keys() >= {"seq", "sha256"}
    assert line["source"]["topic"] == CUSTODY
    assert line["source"]["offset"] == 0
    json.dumps(line["source"])


def test_an_operation_that_cannot_be_signed_names_the_record_that_authorized_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    mint = world.authorize()
    node = world.node()
    hand = world.executor(node)

    def refuse(_account: str, _call: object) -> Any:
        raise ChainRefused("a test")

    monkeypatch.setattr(node, "sign", refuse)
    with capture_logs() as lines:
        hand.rounds(world, 3)
    (line,) = named(lines, "operation_cannot_be_signed")
    (authorization,) = hand.authorizations.of["sim-1"].open.values()
    assert line["operation"] == mint.mint
    assert (line["book"], line["seq"], line["sha256"]) == (
        "ledger-0",
        authorization.source.seq,
        authorization.source.sha256,
    )
