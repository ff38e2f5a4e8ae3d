"""The demo: a day in seconds, another one for another seed, and no other log is ever touched."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import SECONDS_MAX, TALLYSTICK, CommandLine, environment, working

ORACLE = Path(__file__).parents[3] / "shared" / "tools" / "oracle.py"


def requests_of(tallystick: CommandLine, data: Path) -> list[str]:
    """Return what clients asked for, as the log has it."""
    records = tallystick("log", "show", "--json", "--data", data).objects()
    return sorted(
        f"{event['client_request_id']} {event['instrument']} {event['shares']}"
        for record in records
        for event in record["events"]
        if event["type"] == "issuance_accepted"
    )


def test_the_demo_holds_replaces_its_own_earlier_one_and_another_seed_is_another_day(
    tallystick: CommandLine,
) -> None:
    folder = tallystick.folder / "tallystick-demo"
    days = []
    for seed, options in ((7, ["--json"]), (8, [])):
        ran = tallystick("demo", "--seed", seed, *options, variables={"COLUMNS": "200"})
        assert ran.code == 0, ran.err
        days.append(requests_of(tallystick, folder))
        verified = tallystick("audit", "verify", folder / "export", "--json")
        assert verified.code == 0, verified.out
        if options:
            assert len(ran.objects()) == 1
        else:
            assert all(word in ran.out for word in ("AAPLx", "ethereum", "dust"))
    assert min(map(len, days)) > 100
    assert days[0] != days[1]
    assert "Traceback" not in (folder / "worker.log").read_text(encoding="utf-8")


@pytest.mark.skipif(not ORACLE.is_file(), reason="../shared with the independent reader is not there")
def test_an_independent_reader_accepts_the_demos_export(tallystick: CommandLine) -> None:
    assert tallystick("demo", "--seed", 3).code == 0
    command = [sys.executable, str(ORACLE), str(tallystick.folder / "tallystick-demo" / "export")]
    read = subprocess.run(command, capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stdout
    events = json.loads(read.stdout.splitlines()[-1])["events"]
    assert events["mint_finalized"] > 100
    assert events["deficit_opened"] == events["deficit_closed"] == 1
    assert {"movement_undone", "shares_covered", "mint_recall_requested", "mint_failed"} <= events.keys()


def test_the_demo_refuses_a_folder_with_another_log_and_leaves_it_as_it_is(
    tallystick: CommandLine, created_log: Path
) -> None:
    before = contents(created_log)
    said = tallystick("demo", "--data", created_log).refusal()
    assert said == f"{created_log} holds another log, which stays; name another folder with --data"
    tallystick.file("mine.txt", b"mine")
    assert "holds something that is no demo" in tallystick("demo", "--data", ".").refusal()
    assert tallystick("demo", "--data", "mine.txt").refusal().startswith("mine.txt")
    assert contents(created_log) == before


def contents(folder: Path) -> dict[Path, int]:
    """Return when each file was written; SQLite puts empty ones of its own beside a log that is read."""
    own = ("log.sqlite-wal", "log.sqlite-shm")
    return {
        path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file() and path.name not in own
    }


@pytest.fixture
def played(tmp_path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*TALLYSTICK, "demo", "--data", str(tmp_path / "demo")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    )


def test_a_demo_that_is_played_is_left_alone_and_when_it_is_ended_its_worker_ends_as_well(
    tallystick: CommandLine, played: subprocess.Popen[str], tmp_path: Path
) -> None:
    lock = tmp_path / "demo" / "owner.lock"
    deadline = time.monotonic() + SECONDS_MAX
    while not lock.exists() or not lock.read_bytes():
        assert time.monotonic() < deadline
        assert played.poll() is None
        time.sleep(0.005)
    assert "is in use by process" in tallystick("demo", "--data", "demo").refusal()
    played.send_signal(signal.SIGTERM)
    played.communicate(timeout=SECONDS_MAX)
    assert played.returncode == 130
    with working(tmp_path / "demo", "--config", tmp_path / "demo" / "demo.toml"):
        pass  # its worker is gone: the folder can be owned
