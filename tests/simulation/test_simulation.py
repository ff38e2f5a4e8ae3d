"""The CI's seeds: the invariants hold in every run, and together the runs exercise every row.

Chunks may run side by side in several processes; the last test adds up what they left in a shared folder,
and runs itself whatever another process has not finished.
"""

import os
import time
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.simulation.account import fold
from tests.simulation.actions import ACTIONS
from tests.simulation.many import Sum
from tests.simulation.run import Outcome, play, run
from tests.simulation.shrink import command, shrink
from workers.core.invariants import Violation
from workers.log.sqlite import SqliteEngine

SEEDS = int(os.environ.get("SEEDS", "300"))
CHUNKS = 16
WAIT_SECONDS = 120


@pytest.fixture(scope="session")
def sums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Under xdist every process has a folder of its own below one that all share.
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "simulation"
    folder.mkdir(exist_ok=True)
    return folder


def _run_chunk(chunk: int, folder: Path) -> None:
    found, failed = Sum(), []
    for seed in range(chunk, SEEDS, CHUNKS):
        outcome = run(seed)
        found.add(outcome)
        if outcome.violations:
            failed.append(outcome)
    found.save(folder / f"{chunk}.json")
    if failed:
        smallest = shrink(failed[0])
        text = "\n".join(str(each) for each in smallest.violations[:5])
        pytest.fail(f"{command(failed[0])}\nshrunk: {command(smallest)}\n{text}\n{smallest.trace}")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_invariants_hold_in_every_run(chunk: int, sums: Path) -> None:
    _run_chunk(chunk, sums)


@pytest.mark.timeout(WAIT_SECONDS * 2)
def test_runs_exercise_everything(sums: Path) -> None:
    total = Sum()
    give_up = time.monotonic() + WAIT_SECONDS
    for chunk in range(CHUNKS):
        path = sums / f"{chunk}.json"
        alone = "PYTEST_XDIST_WORKER" not in os.environ
        while not path.exists() and not alone and time.monotonic() < give_up:
            time.sleep(0.1)
        if not path.exists():
            _run_chunk(chunk, sums)
        total.merge(Sum.load(path))
    print(f"{total.seeds} seeds, {total.records} records")
    assert total.seeds == SEEDS
    assert not total.missing()


def test_one_seed_is_one_run() -> None:
    first, second = run(7, steps=150), run(7, steps=150)
    assert (first.records, first.coverage) == (second.records, second.coverage)


def test_a_fold_is_the_same_on_another_engine(tmp_path: Path) -> None:
    world, _ = play(11)
    engine = SqliteEngine(tmp_path / "log.sqlite")
    for book in world.books:
        engine.append({book: [entry.value for entry in world.engine.read(book, 0, 10**9)]})
    assert [fold(engine, book) for book in world.books] == [fold(world.engine, book) for book in world.books]
    engine.close()


def test_a_failing_run_shrinks_to_what_breaks_it() -> None:
    def broken(seed: int, *, steps: int, without: Collection[str] = ()) -> Outcome:
        outcome = Outcome(seed, steps, frozenset(without), last_step=steps)
        if steps > 37 and "jump" not in without:
            outcome.violations = [Violation("INV-001", "ledger-0", 1, "broken")]
            outcome.last_step = 37
        return outcome

    smallest = shrink(broken(5, steps=400), broken)
    assert smallest.steps == 38
    assert smallest.without == set(ACTIONS) - {"jump"}


def test_actions_can_be_left_out() -> None:
    assert not run(7, steps=60, without=set(ACTIONS) - {"round"}).violations
