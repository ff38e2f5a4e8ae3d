"""A command line in a folder of its own, and a log to look at."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command_line import CommandLine, Forker, working


@pytest.fixture(scope="session")
def forker() -> Iterator[Forker]:
    program = Forker()
    yield program
    program.close()


@pytest.fixture
def tallystick(tmp_path: Path, forker: Forker) -> CommandLine:
    return CommandLine(tmp_path, forker)


@pytest.fixture(scope="session")
def created_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a development log in which genesis is decided and applied in every book."""
    data = tmp_path_factory.mktemp("created") / "data"
    with working(data) as worker:
        worker.until("it decides", lambda: decided(data) >= 9)
    return data


def decided(data: Path) -> int:
    """Return how many records the ledger's books have."""
    with closing(sqlite3.connect(f"{(data / 'log.sqlite').as_uri()}?mode=ro", uri=True)) as connection:
        query = "SELECT count(*) FROM entry JOIN stream ON number = stream WHERE name LIKE 'ledger-%'"
        ((count,),) = connection.execute(query).fetchall()
    return int(count)
