"""A log that does not verify is never appended to: by `run` or by `submit`, whatever was done to it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from command_line import CommandLine

from workers.log.sqlite.layout import crc

LOG = "log.sqlite"


@pytest.fixture
def tampered(created_log: Path, tmp_path: Path) -> Path:
    """Return a copy of a log in which one byte of one decided record is another."""
    data = tmp_path / "tampered"
    data.mkdir()
    shutil.copy(created_log / LOG, data)
    return data


def change_a_record(data: Path, *, repair_the_checksum: bool) -> None:
    with closing(sqlite3.connect(data / LOG)) as connection, connection:
        stream, position, value = connection.execute(
            "SELECT stream, position, value FROM entry JOIN stream ON number = stream "
            "WHERE name = 'ledger-1' AND position = 0"
        ).fetchone()
        changed = value.replace(b'"recorded_at":"2', b'"recorded_at":"1', 1)
        assert changed != value
        connection.execute(
            "UPDATE entry SET value = ? WHERE stream = ? AND position = ?", (changed, stream, position)
        )
        if repair_the_checksum:
            connection.execute(
                "UPDATE entry SET crc = ? WHERE stream = ? AND position = ?",
                (crc(position, changed), stream, position),
            )


def entries(data: Path) -> int:
    with closing(sqlite3.connect(data / LOG)) as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM entry").fetchall()
    return int(count)


@pytest.mark.parametrize("command", ["run", "submit"])
def test_a_record_that_somebody_changed_is_named_and_nothing_is_appended(
    tallystick: CommandLine, tampered: Path, command: str
) -> None:
    change_a_record(tampered, repair_the_checksum=True)
    before = entries(tampered)
    files = [tallystick.file("request.json", "{}")] if command == "submit" else []
    ran = tallystick(command, "--data", tampered, *files)
    assert ran.code == 1
    assert "ledger-1" in ran.err
    assert "nothing was appended" in ran.err
    assert "Traceback" not in ran.err
    assert entries(tampered) == before


@pytest.mark.parametrize("command", ["run", "submit"])
def test_bytes_that_the_disk_changed_are_damage_and_nothing_is_appended(
    tallystick: CommandLine, tampered: Path, command: str
) -> None:
    change_a_record(tampered, repair_the_checksum=False)
    before = entries(tampered)
    files = [tallystick.file("request.json", "{}")] if command == "submit" else []
    ran = tallystick(command, "--data", tampered, *files)
    assert ran.code == 2
    assert "restore a copy" in ran.err
    assert entries(tampered) == before
