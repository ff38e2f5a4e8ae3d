"""Every engine that the suite runs against: a way to open it, as often as it can be opened."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from workers.log.engine import Engine
from workers.log.faulty import FaultyLog
from workers.log.memory import MemoryEngine
from workers.log.sqlite import SqliteEngine

ENGINES = ["memory", "faulty-but-calm", "sqlite"]
DURABLE_ENGINES = ["sqlite"]

Opening = Callable[[], Engine]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    opened = _opening(request.param, tmp_path)()
    yield opened
    opened.close()


@pytest.fixture(params=DURABLE_ENGINES)
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Opening:
    return _opening(request.param, tmp_path)


def _opening(name: str, folder: Path) -> Opening:
    if name == "memory":
        return MemoryEngine
    if name == "faulty-but-calm":
        return lambda: FaultyLog(MemoryEngine(), Random(1)).client("owner")
    return lambda: SqliteEngine(folder / "log.sqlite")
