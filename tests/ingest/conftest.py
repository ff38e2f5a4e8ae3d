"""What the tests of the readers share: the golden messages, and the plain one that variations start from."""

from collections.abc import Callable
from pathlib import Path

import pytest

from workers.ingest.reading import Reading
from workers.ingest.registry import read

GOLDENS = Path(__file__).parent.parent / "golden" / "iso20022"
MT_GOLDENS = Path(__file__).parent.parent / "golden" / "mt"


@pytest.fixture(scope="session")
def plain() -> str:
    return (GOLDENS / "plain_receive.xml").read_text("utf-8")


@pytest.fixture(scope="session")
def varied(plain: str) -> Callable[..., Reading]:
    """Read the plain message with one passage replaced, which must stand in it."""

    def read_varied(old: str, new: str, *, lenient: bool = False) -> Reading:
        assert old in plain
        readings = read(plain.replace(old, new, 1).encode(), lenient=lenient)
        assert len(readings) == 1
        return readings[0]

    return read_varied


@pytest.fixture(scope="session")
def plain_mt() -> str:
    return (MT_GOLDENS / "receive_free.fin").read_text("utf-8")


@pytest.fixture(scope="session")
def varied_mt(plain_mt: str) -> Callable[..., Reading]:
    """Read the plain MT544 with one passage replaced, which must stand in it."""

    def read_varied(old: str, new: str, *, lenient: bool = False) -> Reading:
        assert old in plain_mt
        (reading,) = read(plain_mt.replace(old, new, 1).encode(), lenient=lenient)
        return reading

    return read_varied
