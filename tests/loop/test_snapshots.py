"""Snapshots: reading that begins at one comes to the same; what cannot be used is passed over."""

import hashlib
import json
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from loop_words import Clock, around

from schemas.messages import OPERATOR
from schemas.streams import inbox_stream, ledger_book
from tests.simulation.run import play
from workers import snapshots
from workers.core.ledger import State
from workers.core.portrait import state_digest
from workers.log.engine import Engine, LogDamaged
from workers.log.memory import MemoryEngine
from workers.loop import Loop, Snapshot
from workers.settlement import LedgerDecider, Settlement
from workers.snapshot_writing import write_snapshots

SEED = 7
BOOK = ledger_book(0)


@pytest.fixture(scope="module")
def engine() -> MemoryEngine:
    """Give the log of a house that has seen everything."""
    world, outcome = play(SEED)
    assert not outcome.violations
    return world.engine


@pytest.fixture
def folder(engine: MemoryEngine, tmp_path: Path) -> Path:
    write_snapshots(engine, tmp_path)
    return tmp_path


def fold(engine: Engine, book: str, begin: Snapshot[State] | None = None) -> Loop[State, object]:
    loop: Loop[State, object] = Loop(
        book, LedgerDecider(), owner="reader", program="", recorded_at=str, snapshot=begin
    )
    while entries := engine.read(book, loop.position, 1_000):
        loop.follow(entries)
    return loop


def first_of(engine: MemoryEngine, book: str, count: int) -> MemoryEngine:
    """Return a log with what stands first in a book, and with the house's genesis."""
    part = MemoryEngine()
    for stream, limit in ((inbox_stream(OPERATOR, 0), 10**6), (book, count)):
        part.append({stream: [entry.value for entry in engine.read(stream, 0, limit)]})
    return part


@pytest.mark.parametrize("book", [ledger_book(0), ledger_book(1)])
def test_reading_on_from_a_snapshot_comes_to_the_state_that_reading_everything_does(
    engine: MemoryEngine, tmp_path: Path, book: str
) -> None:
    whole, chance = fold(engine, book), Random(SEED)
    for number in sorted(chance.sample(range(2, engine.end(book)), 12)):
        write_snapshots(first_of(engine, book, number), tmp_path)
        begin = snapshots.load(tmp_path, book, engine, State)
        assert begin is not None
        assert 0 < begin.position <= number
        read_on = fold(engine, book, begin)
        assert (read_on.chain, read_on.position) == (whole.chain, whole.position)
        assert state_digest(read_on.state) == state_digest(whole.state)


def test_a_snapshot_goes_on_from_the_one_before(engine: MemoryEngine, tmp_path: Path) -> None:
    half = engine.end(BOOK) // 2
    (first,) = write_snapshots(first_of(engine, BOOK, half), tmp_path)
    second = write_snapshots(engine, tmp_path)[0]
    assert (first.read, second.read) == (first.seq, second.seq - first.seq)
    assert write_snapshots(engine, tmp_path)[0].read == 0


def harmed(path: Path) -> Iterator[str]:
    """Harm the file in many ways, one after another; yield what was done."""
    whole = path.read_bytes()
    line, _, payload = whole.partition(b"\n")
    header = json.loads(line)
    for what, data in {
        "empty": b"",
        "cut in its first line": whole[:40],
        "cut in its state": whole[:-1],
        "longer": whole + b"x",
        "one bit": line + b"\n" + bytes([payload[0] ^ 1]) + payload[1:],
        "no header": b"[]\n" + payload,
        "another format": json.dumps(header | {"format": 0}).encode() + b"\n" + payload,
        "another program": json.dumps(header | {"program": "0" * 64}).encode() + b"\n" + payload,
        "another book": json.dumps(header | {"book": "ledger-1"}).encode() + b"\n" + payload,
        "no pickle": sealed(header, b"no pickle"),
        "no pair": sealed(header, pickle.dumps(7)),
        "no state": sealed(header, pickle.dumps(({1}, {2}))),
    }.items():
        path.write_bytes(data)
        yield what


def sealed(header: dict[str, object], payload: bytes) -> bytes:
    """Return a snapshot whose header vouches for any payload, as an attacker would write it."""
    header = header | {"payload_sha256": hashlib.sha256(payload).hexdigest()}
    return json.dumps(header).encode() + b"\n" + payload


def test_a_snapshot_that_cannot_be_used_is_passed_over(engine: MemoryEngine, folder: Path) -> None:
    assert snapshots.load(folder, BOOK, engine, State) is not None
    for what in harmed(snapshots.path_of(folder, BOOK)):
        assert snapshots.load(folder, BOOK, engine, State) is None, what
    assert snapshots.load(folder / "nowhere", BOOK, engine, State) is None


class Calls:
    """What an attacker would have unpickled: a call, as its object says that it is made again."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


def test_nothing_that_a_snapshot_names_is_called(engine: MemoryEngine, folder: Path, tmp_path: Path) -> None:
    path, mark = snapshots.path_of(folder, BOOK), tmp_path / "was called"
    header = json.loads(path.read_bytes().partition(b"\n")[0])
    for call in (
        Calls(os.mkdir, str(mark)),
        Calls(eval, f"__import__('os').mkdir({str(mark)!r})"),
        Calls(Path, str(mark)),
        Calls(snapshots.write, mark, Snapshot(fold(engine, BOOK).chain, 0, 0, None)),
        Calls(state_digest, 1),
    ):
        path.write_bytes(sealed(header, pickle.dumps(call)))
        assert snapshots.load(folder, BOOK, engine, State) is None
        assert not mark.exists()


@pytest.mark.parametrize("kept", [0, 1, -1])
def test_a_log_without_the_record_that_a_snapshot_names_stops_whoever_would_append(
    engine: MemoryEngine, folder: Path, kept: int
) -> None:
    snapshot = snapshots.load(folder, BOOK, engine, State)
    assert snapshot is not None
    shorter = first_of(engine, BOOK, kept if kept >= 0 else snapshot.head_position)
    with pytest.raises(LogDamaged, match=f"ledger-0 does not hold seq {snapshot.chain.seq} "):
        snapshots.load(folder, BOOK, shorter, State)
    with pytest.raises(LogDamaged, match="append nothing"):
        Settlement(shorter, 0, around(Clock(), "north"), snapshots=folder)
