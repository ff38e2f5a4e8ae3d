"""`log snapshot` and `log restore`, as an operator runs them."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from command_line import CommandLine

LOG = "log.sqlite"


@pytest.fixture
def data(created_log: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    copy.mkdir()
    shutil.copy(created_log / LOG, copy)
    return copy


def entries(data: Path) -> list[tuple[str, int, bytes]]:
    query = "SELECT name, position, value FROM entry JOIN stream ON number = stream ORDER BY name, position"
    with closing(sqlite3.connect(data / LOG)) as connection:
        return connection.execute(query).fetchall()


def lose_the_end(data: Path, stream: str, kept: int) -> None:
    with closing(sqlite3.connect(data / LOG)) as connection, connection:
        deleted = connection.execute(
            "DELETE FROM entry WHERE position >= ? AND stream = (SELECT number FROM stream WHERE name = ?)",
            (kept, stream),
        )
        assert deleted.rowcount > 0


def test_snapshots_are_written_and_go_on_where_they_were(
    tallystick: CommandLine, data: Path, tmp_path: Path
) -> None:
    first = tallystick("log", "snapshot", "--data", data, "--out", tmp_path / "snapshots")
    assert first.code == 0, first
    assert "ledger-0 up to seq" in first.out
    assert (tmp_path / "snapshots" / "ledger-0.snapshot").is_file()
    second = tallystick("log", "snapshot", "--data", data, "--out", tmp_path / "snapshots")
    assert second.out.count(" 0 records read") == second.out.count("up to seq") > 1


def test_a_snapshot_without_a_folder_is_refused_with_the_setting_that_names_one(
    tallystick: CommandLine, data: Path
) -> None:
    assert "worker.snapshots" in tallystick("log", "snapshot", "--data", data).refusal()


def test_a_snapshot_stops_a_log_that_lost_its_end_and_a_copy_restores_it(
    tallystick: CommandLine, data: Path, tmp_path: Path
) -> None:
    tallystick("audit", "export", "--data", data, "--out", tmp_path / "export")
    tallystick("log", "snapshot", "--data", data, "--out", tmp_path / "snapshots")
    before = entries(data)
    lose_the_end(data, "ledger-1", 1)
    lost = tallystick("log", "snapshot", "--data", data, "--out", tmp_path / "snapshots")
    assert "ledger-1 does not hold seq" in lost.refusal()
    assert "append nothing" in lost.refusal()
    restored = tallystick("log", "restore", "--from", tmp_path / "export", "--to", data)
    assert restored.code == 0, restored
    assert "ledger-1: " in restored.out
    assert entries(data) == before
    after = tallystick("log", "snapshot", "--data", data, "--out", tmp_path / "snapshots")
    assert after.code == 0, after


def test_what_is_no_copy_restores_nothing(tallystick: CommandLine, data: Path, tmp_path: Path) -> None:
    lose_the_end(data, "ledger-1", 1)
    before = entries(data)
    ran = tallystick("log", "restore", "--from", tmp_path / "nothing", "--to", data)
    assert "there is no log in" in ran.refusal()
    assert entries(data) == before
