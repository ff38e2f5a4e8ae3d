"""A worker that is asked to stop stops soon and cleanly; a folder has one worker at a time."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from kill_load import Load
from kill_verdict import LogFile, check_answers, check_inputs
from killed_run import TALLYSTICK, DropFolder, Run, environment, until, write_config

from workers.log.sqlite import SqliteEngine


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data: Path) -> Iterator[Run]:
    worker = Run(write_config(data), data.with_name("life.log"))
    try:
        until("the worker says that it runs", 60, worker.working)
        yield worker
    finally:
        worker.process.kill()
        worker.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_asked_to_stop_does_so_within_seconds_and_leaves_a_log_that_is_whole(
    data: Path, run: Run, number: signal.Signals
) -> None:
    drop, log = DropFolder(data, Load(5, "stop"), backlog=10), LogFile(path=data / "log.sqlite")
    for sender, orders in drop._load.house():
        drop.lay(sender, orders)
    until("something is decided", 30, lambda: bool(log.read() or log.events("proposal_made")))
    run.process.send_signal(number)
    assert run.process.wait(5) == 0
    said = run.said.read_text(encoding="utf-8")
    assert "Traceback" not in said
    log.read()
    assert sum(book.void for book in log.books.values()) == 0
    assert (data / "owner.lock").read_bytes() == b""


def test_a_run_that_was_stopped_goes_on_where_it_was(data: Path, run: Run) -> None:
    drop, log = DropFolder(data, Load(6, "stop"), backlog=10), LogFile(path=data / "log.sqlite")
    house = drop._load.house()
    for sender, orders in house[:2]:
        drop.lay(sender, orders)
    until("the first half is answered", 30, lambda: not drop.waiting())
    assert run.stop(5) == 0
    for sender, orders in house[2:]:
        drop.lay(sender, orders)
    again = Run(write_config(data), data.with_name("second-life.log"))
    try:
        until("the second half is answered", 60, lambda: again.working() and not drop.waiting())
        until("the house stands", 30, lambda: log.rules() >= drop._load.house_rules())
        until("everything is decided", 30, lambda: not (log.read() or log.undecided()))
        assert again.stop(5) == 0
    finally:
        again.process.kill()
        again.process.wait()
    log.read()
    check_answers(data, check_inputs(log), drop.laid)


def test_a_second_run_on_the_same_folder_exits_2_and_names_the_owner(data: Path, run: Run) -> None:
    second = subprocess.run(
        [*TALLYSTICK, "run", "--data", str(data)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert second.returncode == 2
    assert second.stdout == ""
    assert second.stderr.count("\n") == 1
    assert f"process {run.process.pid} on " in second.stderr
    assert str(data) in second.stderr
    assert run.process.poll() is None


def test_a_log_whose_creation_was_cut_short_before_genesis_is_gone_on_with(
    data: Path, tmp_path: Path
) -> None:
    data.mkdir()
    SqliteEngine(data / "log.sqlite").close()  # what a kill between making the file and genesis leaves
    worker = Run(write_config(data), tmp_path / "life.log")
    log = LogFile(path=data / "log.sqlite")
    try:
        until("genesis is decided", 60, lambda: bool(worker.working() and (log.read() or log.books)))
        until("the log is created", 30, lambda: bool(log.read() or log.events("house_rule_decided")))
        assert worker.stop(5) == 0
    finally:
        worker.process.kill()
        worker.process.wait()
    assert b'"genesis"' in log.inboxes["inbox.operator", 0][0]
