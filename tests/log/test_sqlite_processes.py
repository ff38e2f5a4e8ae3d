"""Several real processes on one log file, and what is left of one that is killed."""

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.log.engine import Entry, LogBusy, LogUnusable
from workers.log.sqlite import SqliteEngine

Process = subprocess.Popen[str]
Start = Callable[..., Process]

INBOX = "inbox.custody-0"


def go(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def line(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_two_processes_append_to_one_inbox_and_no_position_is_lost_or_doubled(
    log_path: Path, start: Start
) -> None:
    processes = {name: start("append_rounds.py", log_path, name, 200, 3) for name in ("left", "right")}
    assert [line(process) for process in processes.values()] == ["ready", "ready"]
    for process in processes.values():
        go(process)
    for process in processes.values():
        process.communicate(timeout=60)
        assert process.returncode == 0
    engine = SqliteEngine(log_path)
    entries = engine.read(INBOX, 0, 10_000)
    assert [entry.position for entry in entries] == list(range(1200))
    for name in processes:
        mine = [entry.value for entry in entries if entry.value.startswith(name.encode())]
        assert mine == [
            b"%s:%d:%d" % (name.encode(), number, index) for number in range(200) for index in range(3)
        ]
    assert engine.end("inbox.custody-1") == 400
    engine.check()
    engine.close()


def test_a_second_writer_is_told_that_the_log_is_busy_and_loses_nothing(log_path: Path, start: Start) -> None:
    engine = SqliteEngine(log_path, busy_timeout_ms=30)
    engine.append({INBOX: [b"before"]})
    holder = start("hold_write_lock.py", log_path)
    assert line(holder) == "holding"
    with pytest.raises(LogBusy, match="held by another process"):
        engine.append({INBOX: [b"meanwhile"]})
    with pytest.raises(LogBusy):
        engine.keep_evidence(b"meanwhile")
    assert engine.read(INBOX, 0, 10) == [Entry(0, b"before")]
    go(holder)
    holder.wait(timeout=30)
    engine.append({INBOX: [b"after"]})
    assert engine.read(INBOX, 0, 10) == [Entry(0, b"before"), Entry(1, b"after")]
    engine.close()


def test_a_second_writer_waits_as_long_as_it_was_told_to(log_path: Path, start: Start) -> None:
    engine = SqliteEngine(log_path, busy_timeout_ms=30_000)
    holder = start("hold_write_lock.py", log_path)
    assert line(holder) == "holding"
    go(holder)  # the lock is released while this process waits for it, or just before
    engine.append({INBOX: [b"a"]})
    assert engine.end(INBOX) == 1
    engine.close()


def test_a_reader_reads_while_another_process_writes(log_path: Path, start: Start) -> None:
    engine = SqliteEngine(log_path)
    engine.append({INBOX: [b"a"]})
    holder = start("hold_write_lock.py", log_path)
    assert line(holder) == "holding"
    reader = SqliteEngine(log_path, read_only=True, busy_timeout_ms=30)
    assert reader.read(INBOX, 0, 10) == [Entry(0, b"a")]
    reader.close()
    go(holder)
    holder.wait(timeout=30)
    engine.close()


@pytest.mark.parametrize("acknowledged", [0, 1, 17, 60, 150])
def test_after_a_kill_everything_acknowledged_is_there_and_only_whole_batches(
    log_path: Path, start: Start, acknowledged: int
) -> None:
    process = start("append_rounds.py", log_path, "victim", 100_000, 7)
    assert line(process) == "ready"
    go(process)
    seen = [line(process) for _ in range(acknowledged)]
    process.kill()
    assert process.stdout is not None
    seen += process.stdout.read().split("\n")  # what it acknowledged before the kill reached it
    rounds_acknowledged = len([number for number in seen if number])
    engine = SqliteEngine(log_path)
    values = [entry.value for entry in engine.read(INBOX, 0, 1_000_000)]
    rounds = engine.end("inbox.custody-1")
    assert rounds >= rounds_acknowledged >= acknowledged
    assert values == [b"victim:%d:%d" % (number, index) for number in range(rounds) for index in range(7)]
    engine.append({INBOX: [b"next"]})
    assert engine.end(INBOX) == rounds * 7 + 1
    engine.check()
    engine.close()


def test_a_forked_child_is_told_to_open_the_log_itself(log_path: Path) -> None:
    engine = SqliteEngine(log_path)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            engine.append({INBOX: [b"child"]})
        except LogUnusable:
            code = 17
        finally:
            os._exit(code)  # never back into the test runner
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 17
    engine.append({INBOX: [b"parent"]})
    assert engine.read(INBOX, 0, 10) == [Entry(0, b"parent")]
    engine.close()


def test_another_thread_is_told_that_the_log_is_not_its_own(log_path: Path) -> None:
    engine = SqliteEngine(log_path)
    told: list[str] = []

    def use() -> None:
        for call in (lambda: engine.append({INBOX: [b"a"]}), lambda: engine.read(INBOX, 0, 1)):
            with pytest.raises(LogUnusable) as caught:
                call()
            told.append(str(caught.value))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(told) == 2
    assert engine.end(INBOX) == 0
    engine.close()


def test_processes_that_open_and_close_at_the_same_time_do_not_disturb_one_another(
    log_path: Path, start: Start
) -> None:
    processes = [start("open_and_close.py", log_path, 60) for _ in range(3)]
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0, 0, 0]
    engine = SqliteEngine(log_path)
    assert engine.end(INBOX) == 180
    engine.check()
    engine.close()
