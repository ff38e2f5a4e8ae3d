"""A log that lost its end is given it back from a copy, byte for byte; one that went on is left as it is."""

import json
from pathlib import Path
from random import Random

import pytest

from tests.audit.forging import lines_of, write_lines
from workers.audit import EngineSource
from workers.log.engine import Engine
from workers.log.memory import MemoryEngine
from workers.log.sqlite import SqliteEngine
from workers.restoring import CannotRestore, restore_from_export, restore_from_log


def contents(engine: Engine) -> dict[str, list[bytes]]:
    return {name: [entry.value for entry in engine.read(name, 0, 10**6)] for name in engine.streams()}


def without_its_end(engine: Engine, chance: Random) -> MemoryEngine:
    """Return the log as a broker restored from yesterday has it: every stream ends somewhere earlier."""
    older = MemoryEngine()
    for name, values in contents(engine).items():
        kept = values[: chance.randrange(len(values) + 1)]
        if kept:
            older.append({name: kept})
    for sha256 in chance.sample(engine.evidence_digests(), 1):
        data = engine.evidence(sha256)
        assert data is not None
        older.keep_evidence(data)
    return older


@pytest.mark.parametrize("seed", range(5))
def test_what_was_lost_is_appended_again_byte_for_byte(
    exported: Path, engine: SqliteEngine, seed: int
) -> None:
    older = without_its_end(engine, Random(seed))
    before = {name: len(values) for name, values in contents(older).items()}
    restored = restore_from_export(exported, older)
    assert contents(older) == contents(engine)
    assert older.evidence_digests() == engine.evidence_digests()
    assert restored.entries == {
        name: count
        for name, values in contents(engine).items()
        if (count := len(values) - before.get(name, 0))
    }
    assert restored.evidence == len(engine.evidence_digests()) - 1
    again = restore_from_export(exported, older)
    assert (again.entries, again.evidence) == ({}, 0)


def test_a_log_restores_another_as_an_export_does(engine: SqliteEngine) -> None:
    older = without_its_end(engine, Random(9))
    restore_from_log(engine, older)
    assert contents(older) == contents(engine)


def test_a_copy_that_ends_before_the_log_takes_nothing_away(exported: Path, engine: SqliteEngine) -> None:
    longer = without_its_end(engine, Random(1))
    restore_from_export(exported, longer)
    longer.append({"inbox.custody-0": [b"what came after the export"]})
    assert restore_from_export(exported, longer).entries == {}
    assert contents(longer)["inbox.custody-0"][-1] == b"what came after the export"


@pytest.mark.parametrize("stream", ["ledger-1", "inbox.custody-0", "transactions.minter-1"])
def test_a_log_that_went_on_after_it_lost_its_end_is_left_as_it_is(
    exported: Path, engine: SqliteEngine, stream: str
) -> None:
    older = MemoryEngine()
    for name, values in contents(engine).items():
        kept = values[: len(values) // 2]
        older.append({name: [*kept, b"decided anew"] if name == stream else kept})
    before = contents(older)
    place = f"{stream} holds other bytes than the copy at position {len(before[stream]) - 1}: "
    with pytest.raises(CannotRestore, match=place):
        restore_from_export(exported, older)
    assert contents(older) == before
    assert older.evidence_digests() == []


def test_an_export_that_does_not_verify_restores_nothing(exported: Path) -> None:
    lines = lines_of(exported, "ledger-1")
    record = json.loads(lines[-1])
    record["recorded_at"] = "2026-11-23T23:59:59.000000Z"
    write_lines(exported, "ledger-1", [*lines[:-1], json.dumps(record).encode()])
    empty = MemoryEngine()
    with pytest.raises(CannotRestore, match="the copy does not verify"):
        restore_from_export(exported, empty)
    assert empty.streams() == []


def test_a_hole_in_a_copy_is_said_and_not_closed(engine: SqliteEngine) -> None:
    copy, empty = MemoryEngine(), MemoryEngine()
    for name, values in contents(engine).items():
        if name == "inbox.custody-0":
            copy.leave_hole(name, 2)
        copy.append({name: values if name.startswith("inbox.") else []})
    with pytest.raises(CannotRestore, match=r"inbox.custody-0 of the copy has a hole before position 2"):
        restore_from_log(copy, empty)
    assert empty.streams() == []


def test_the_source_of_a_restored_log_reads_like_the_original(exported: Path, engine: SqliteEngine) -> None:
    older = without_its_end(engine, Random(4))
    restore_from_export(exported, older)
    assert EngineSource(older).ends == EngineSource(engine).ends
