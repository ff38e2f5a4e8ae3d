"""`make bench` keeps running; what it measures is printed and never asserted."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_figure_is_printed() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "--scale", "0.005"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    for words in (
        "durable appends",
        "replay",
        "simulator",
        "p50 / p99",
        "sese.025",
        "MT54x",
        "MT535",
        "one more",
        "memory",
    ):
        assert words in ran.stdout
