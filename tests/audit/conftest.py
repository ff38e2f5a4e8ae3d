"""One played day with its export, made once for all tests of a process, and a fresh copy for each."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.audit.days import Day
from workers.audit import export
from workers.log.memory import MemoryEngine
from workers.log.sqlite import SqliteEngine

ORACLE = Path(__file__).parents[3] / "shared" / "tools" / "oracle.py"

Oracle = Callable[[Path], "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `log.sqlite`, a played day with honest void records in it, and its `export`."""
    folder = tmp_path_factory.mktemp("played")
    engine = SqliteEngine(folder / "log.sqlite")
    day = Day(engine)
    day.play()
    day.leave_void_records()
    export(engine, folder / "export", program_version="0.1.0")
    engine.close()
    return folder


@pytest.fixture
def exported(played: Path, tmp_path: Path) -> Path:
    """A copy of the export that a test may change."""
    shutil.copytree(played / "export", tmp_path / "export")
    return tmp_path / "export"


@pytest.fixture
def engine(played: Path) -> Iterator[SqliteEngine]:
    opened = SqliteEngine(played / "log.sqlite", read_only=True)
    yield opened
    opened.close()


@pytest.fixture
def day() -> Day:
    """A day on a log of its own, that a test may go on with."""
    day = Day(MemoryEngine())
    day.play(issuances=2)
    return day


@pytest.fixture
def oracle() -> Oracle:
    """The independent reader; without it a test is skipped, and in CI that is a failure."""
    if not ORACLE.is_file():
        if os.environ.get("CI") == "true" and ORACLE.parents[1].is_dir():
            pytest.fail(f"{ORACLE} is not there")
        pytest.skip(f"the independent reader {ORACLE} is not there")

    def read(folder: Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, ORACLE, folder], capture_output=True, text=True, check=False, timeout=120
        )

    return read
