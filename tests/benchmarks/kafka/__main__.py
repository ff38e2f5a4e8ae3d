"""`make bench-kafka`: all take turns on one broker; medians in one table. `--scale 0.01` is a trial."""

import argparse
import os
import platform
import tempfile
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import confluent_kafka
from rich.progress import Progress

from tests.benchmarks.kafka.rounds import SECTIONS, Sizes, play
from tests.brokers.kafka_broker import IMAGE, KafkaBroker, remove_leftovers
from workers.cli.output import progress_console
from workers.observability import configure_logs

HEAP_MEGABYTES = 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the full size; a trial is 0.01")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--records", type=int, default=100_000, help="of the book that is taken over")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4], help="that share the books")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="a section, or several of them")
    parser.add_argument("--bootstrap", help="a broker that is there already; else one is started")
    parser.add_argument("--out", type=Path, help="a file for the table, besides the terminal")
    given = parser.parse_args()
    configure_logs(level="error")
    sizes = Sizes.scaled(
        given.scale, rounds=given.rounds, records=given.records, workers=tuple(given.workers)
    )
    sections = given.only or SECTIONS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        progress = stack.enter_context(Progress(console=progress_console()))
        bootstrap = given.bootstrap
        if bootstrap is None:
            remove_leftovers()
            bootstrap = stack.enter_context(KafkaBroker(heap_megabytes=HEAP_MEGABYTES)).bootstrap
        table = play(bootstrap, folder, sizes, sections, title=_title(given.scale), progress=progress)
    if given.out:
        given.out.write_text(table, encoding="utf-8")
    print(table)


def _title(scale: float) -> str:
    return (
        f"{os.cpu_count()} cores, all processes and the broker on them; Python {platform.python_version()}, "
        f"{IMAGE}, faust-streaming {version('faust-streaming')}, aiokafka {version('aiokafka')}, "
        f"confluent-kafka {confluent_kafka.version()}; scale {scale:g}."
    )


main()
