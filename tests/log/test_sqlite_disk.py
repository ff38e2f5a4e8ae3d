"""Disks that are full or failing: the log says so, loses nothing, and goes on when the disk does."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.log.engine import AppendFailed
from workers.log.sqlite import SqliteEngine

PROGRAMS = Path(__file__).with_name("programs")
Start = Callable[..., subprocess.Popen[str]]


def refused(result: str) -> int:
    """Return how many entries were acknowledged before the disk was full, having checked that all is well."""
    told = json.loads(result)
    assert told["numbers_in_order"]
    assert told["seen_while_full"] == told["acknowledged"]
    assert len(told["refusals"]) == 1
    assert "nothing was appended" in told["refusals"][0]
    return int(told["acknowledged"])


def test_a_file_that_may_not_grow_refuses_and_works_again_when_it_may(log_path: Path, start: Start) -> None:
    output, _ = start("fill_disk.py", log_path, "limit").communicate(timeout=60)
    assert refused(output) > 0


def test_a_full_disk_refuses_and_works_again_when_there_is_space(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    private = [unshare or "", "--user", "--map-root-user", "--mount"]
    if (
        unshare is None
        or subprocess.run([*private, "true"], capture_output=True, check=False).returncode != 0
    ):
        pytest.skip("this machine does not let a user mount a small disk of its own")
    script = 'mount -t tmpfs -o size=2m none "$1" && exec "$2" "$3" "$1/log.sqlite" disk'
    command = [
        *private,
        "sh",
        "-c",
        script,
        "sh",
        str(tmp_path),
        sys.executable,
        str(PROGRAMS / "fill_disk.py"),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert refused(result.stdout) > 0


def test_a_database_at_its_largest_size_refuses_and_works_again_when_it_may_grow(log_path: Path) -> None:
    engine = SqliteEngine(log_path)
    engine.append({"ledger-0": [b"first"]})
    connection = engine._connection()
    connection.execute("PRAGMA max_page_count = 10")
    with pytest.raises(AppendFailed, match="SQLITE_FULL"):
        engine.append({"ledger-0": [bytes(700)] * 200, "new": [b"x"]})
    assert engine.end("ledger-0") == 1
    assert engine.streams() == ["ledger-0"]
    engine.append({"ledger-0": [b"small"]})
    connection.execute("PRAGMA max_page_count = 100000")
    engine.append({"ledger-0": [bytes(700)] * 200, "new": [b"x"]})
    assert engine.end("ledger-0") == 202
    assert engine.end("new") == 1
    engine.close()


@pytest.mark.parametrize(
    ("call", "error", "expected", "appended"),
    [
        ("write", "ENOSPC", "AppendFailed", [1]),
        ("write", "EIO", "AppendFailed", [1]),
        ("sync", "EIO", "OutcomeUnknown", [1, 3]),
        ("sync", "ENOSPC", "OutcomeUnknown", [1, 3]),
        ("read", "EIO", "LogDamaged", [1]),
    ],
)
def test_a_call_that_the_kernel_refuses_has_the_outcome_that_it_is_said_to_have(
    log_path: Path, start: Start, *, call: str, error: str, expected: str, appended: list[int]
) -> None:
    output, _ = start("refused_calls.py", log_path, call, error).communicate(timeout=60)
    if "not allowed" in output:
        pytest.skip("this machine does not let a process filter its own system calls")
    assert output.strip() == expected
    engine = SqliteEngine(log_path)
    assert engine.end("ledger-0") in appended
    assert engine.read("ledger-0", 0, 1)[0].value == b"first"
    engine.check()
    engine.close()


def test_a_value_that_sqlite_cannot_hold_is_refused_whole(log_path: Path) -> None:
    engine = SqliteEngine(log_path)
    engine._connection().setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 10_000)
    with pytest.raises(AppendFailed, match="SQLITE_TOOBIG"):
        engine.append({"ledger-0": [b"fits", bytes(20_000)]})
    assert engine.end("ledger-0") == 0
    engine.close()
