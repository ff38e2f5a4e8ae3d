"""`make bench`: ratios measured side by side in one run. `--scale 0.01` is a trial of a few seconds."""

import argparse
import os
import platform
import tempfile
from pathlib import Path

from rich.progress import Progress

from tests.benchmarks.durability import durable_appends
from tests.benchmarks.growth import growth
from tests.benchmarks.latency import latency, reading, reading_mt
from tests.benchmarks.replaying import replay, replay_of_the_simulators_mix
from tests.benchmarks.timing import Row
from workers.cli.output import print_table, progress_console

MEASURES = (durable_appends, replay, replay_of_the_simulators_mix, latency, reading, reading_mt)
DECISIONS = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the full size; a trial is 0.01")
    parser.add_argument("--growth", type=int, metavar="N", help="only this: a book that grows to N decisions")
    given = parser.parse_args()
    scale: float = given.scale
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name, Progress(console=progress_console()) as progress:
        folder = Path(name)
        for measure in () if given.growth else MEASURES:
            task = progress.add_task(measure.__name__.replace("_", " "), total=1)
            rows += measure(folder, scale)
            progress.update(task, completed=1)
        rows += growth(folder, scale, progress, decisions_max=given.growth or DECISIONS)
    title = f"{os.cpu_count()} cores, Python {platform.python_version()}, scale {scale:g}"
    print_table(title, ["what", "figure", "aim"], rows)


main()
