"""Whatever the files of an export hold, verifying and replaying it answers: never a traceback."""

import random
from pathlib import Path

import pytest

from tests.audit.forging import renew_manifest
from workers.audit import ExportSource, NotAnExport, decide_again, replay, verify

ROUNDS = 15


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Cut, repeat, exchange or overwrite some of the bytes; digits and brackets more often than others."""
    place, length = chance.randrange(len(data)), chance.choice((1, 1, 1, 3, 40))
    piece = chance.choice((b"", b"0", b"9" * 30, b"{", b"]", b"null", b"-1", b"\xff", b"\n", data[:40]))
    return data[:place] + piece + data[place + length :]


@pytest.mark.parametrize("seed", range(3))
def test_any_damage_is_an_answer(exported: Path, seed: int) -> None:
    chance = random.Random(seed)
    files = sorted(path for path in exported.rglob("*") if path.is_file())
    for number in range(ROUNDS):
        path = chance.choice(files)
        whole = path.read_bytes()
        path.write_bytes(damaged(whole, chance))
        try:
            if number % 2 and path.name != "manifest.json" and path.parent.name != "evidence":
                renew_manifest(exported)
            found = verify(exported)
            assert path.read_bytes() == whole or number % 2 or not found.holds, path
            replay(ExportSource(exported))
            decide_again(ExportSource(exported))
        except NotAnExport:
            pass
        path.write_bytes(whole)
        renew_manifest(exported)
    assert verify(exported).holds


def test_a_file_that_cannot_be_read_is_named(exported: Path) -> None:
    path = exported / "books" / "ledger-0.jsonl"
    path.unlink()
    path.mkdir()
    with pytest.raises(NotAnExport, match=r"ledger-0\.jsonl cannot be read"):
        verify(exported)
