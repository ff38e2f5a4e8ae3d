"""Each planted mistake passes the static checks and is caught by its invariant, where the original passes."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutants.plants import MUTANTS, Mutant
from tests.simulation.run import run

ROOT = Path(__file__).parents[2]
SEEDS = range(400)
COPIED = ("schemas", "workers", "tests/simulation", "tests/mutants")


@pytest.fixture(scope="session")
def garden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a copy of the source that this test process may plant in."""
    garden = tmp_path_factory.mktemp("garden")
    for name in COPIED:
        shutil.copytree(ROOT / name, garden / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", garden)
    (garden / "tests" / "__init__.py").touch()
    yield garden
    shutil.rmtree(garden)


@pytest.fixture
def planted(garden: Path, request: pytest.FixtureRequest) -> Iterator[Mutant]:
    mutant: Mutant = request.param
    file = garden / mutant.file
    original = file.read_text(encoding="utf-8")
    assert original.count(mutant.before) == 1, f"{mutant.name}: the patch no longer fits {mutant.file}"
    file.write_text(original.replace(mutant.before, mutant.after), encoding="utf-8")
    yield mutant
    file.write_text(original, encoding="utf-8")


def in_garden(garden: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(garden), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=garden,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("planted", MUTANTS, ids=lambda mutant: mutant.name, indirect=True)
def test_a_planted_mistake_is_caught_by_its_invariant(garden: Path, planted: Mutant) -> None:
    for check in (("ruff", "check", planted.file), ("mypy", planted.file)):
        checked = in_garden(garden, *check)
        assert checked.returncode == 0, f"{check[0]} sees it: {checked.stdout}"
    hunted = in_garden(garden, "tests.mutants.hunt", *map(str, SEEDS))
    assert hunted.returncode == 0, hunted.stderr
    assert hunted.stdout, f"no seed of {len(SEEDS)} saw it"
    found = json.loads(hunted.stdout)
    print(f"{planted.name}: seed {found['seed']}: {found['first']}")
    assert set(planted.caught_by) & set(found["numbers"]), found
    assert not run(found["seed"]).violations, "the original breaks on this seed too"


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= 25
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
