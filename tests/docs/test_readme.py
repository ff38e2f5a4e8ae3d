"""The commands of the README are run as they stand there."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 30


def commands() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.split("## Try it by hand", 1)[1].split("Every command", 1)[0]
    lines = [line.strip().split("  #")[0].strip() for line in block.splitlines() if line.startswith("    ")]
    return [line for line in lines if not line.startswith(". ")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


def wait_for(path: Path) -> None:
    limit = time.monotonic() + LIMIT_SECONDS
    while not path.exists():
        assert time.monotonic() < limit, f"{path.name} did not appear"
        time.sleep(0.02)


def test_every_command_of_the_readme_does_what_it_says(folder: Path) -> None:
    first, *others = commands()
    assert first.endswith("&")
    words = first.rstrip(" &").split()[1:]
    with (folder / "run.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "workers.cli", *words], cwd=folder, stdout=log, stderr=log
        )
    try:
        wait_for(folder / "try" / "in")
        for command in others:
            finished = run(command, folder)
            assert finished.returncode == 0, f"{command}: {finished.stderr}"
            if command.startswith("cp "):
                wait_for(folder / "try" / "done" / "confirmation.xml.answer.json")
    finally:
        worker.terminate()
        assert worker.wait(LIMIT_SECONDS) == 0


def test_the_commands_are_those_that_were_meant() -> None:
    found = commands()
    assert len(found) == 10
    assert all(re.match(r"(tallystick|cp) ", command) for command in found)
