"""`make bench-kafka` keeps running: every row is there, every input has one output. No time is asserted."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.benchmarks.kafka.contenders import STREAMS, streams_built
from tests.benchmarks.kafka.takeover import WAYS
from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.worker_processes import ROOT, environment

INPUTS = "400: all"
"""200 at full load and 200 at an even pace, the least of each."""


def bench(broker: KafkaBroker, out: Path, *options: str) -> dict[str, Sequence[str]]:
    """Run it at its smallest, once, and return the cells of each row by the first one."""
    shared = ("--scale", "0", "--rounds", "1", "--bootstrap", broker.bootstrap, "--out", str(out))
    command = [sys.executable, "-m", "tests.benchmarks.kafka", *shared, *options]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment(), check=False)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert out.read_text(encoding="utf-8") in ran.stdout
    lines = (line.strip("| ").split(" | ") for line in ran.stdout.splitlines() if line.startswith("| "))
    return {name: cells for name, *cells in lines}


@pytest.mark.timeout(1800)
def test_each_contender_makes_one_output_of_each_input(broker: KafkaBroker, tmp_path: Path) -> None:
    rows = bench(broker, tmp_path / "table.md", "--only", "contenders")
    names = ["tallystick, one worker", "(a) a plain Faust agent, one send for each message"]
    names += ["(b) confluent-kafka, transactions", *([STREAMS] if streams_built() else [])]
    assert {name: rows[name][-1] for name in names} == dict.fromkeys(names, INPUTS)
    assert streams_built() or "left out" in rows[STREAMS][0]
    aims = [name for name, cells in rows.items() if cells[-1] in {"met", "missed"}]
    assert len(aims) == 3


@pytest.mark.timeout(1800)
def test_workers_share_the_books_and_each_input_is_decided_once(broker: KafkaBroker, tmp_path: Path) -> None:
    rows = bench(broker, tmp_path / "table.md", "--only", "workers", "--workers", "2")
    counts = [cells[-1] for name, cells in rows.items() if name.startswith("tallystick, ")]
    assert counts == [INPUTS] * 2


@pytest.mark.timeout(1800)
def test_a_book_is_taken_over_in_every_way(broker: KafkaBroker, tmp_path: Path) -> None:
    rows = bench(broker, tmp_path / "table.md", "--only", "takeover", "--records", "200")
    assert list(rows)[-len(WAYS) :] == list(WAYS)
