"""`python -m tests.simulation --seeds N [--first S]`: seeds, one run each, and what they exercised.

Exit code 0 where every invariant held and, over enough seeds, no row of the coverage is zero; else 1.
"""

import argparse
import os
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tests.simulation.actions import ACTIONS
from tests.simulation.coverage import required
from tests.simulation.many import Sum, run_many
from tests.simulation.run import STEPS, Outcome
from tests.simulation.shrink import command, shrink

SEEDS_FOR_COVERAGE = 200


def main() -> int:
    given = _arguments()
    console = Console(stderr=True)
    found, failed = Sum(), []
    began = time.monotonic()
    bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*bar, console=console) as progress:
        task = progress.add_task("seeds", total=given.seeds)
        seeds = range(given.first, given.first + given.seeds)
        workers = min(given.workers, given.seeds)
        for outcome in run_many(seeds, steps=given.steps, without=given.without, workers=workers):
            found.add(outcome)
            progress.advance(task)
            if outcome.violations:
                failed.append(outcome)
                progress.console.print(f"seed {outcome.seed}: {outcome.violations[0]}", markup=False)
    seconds = time.monotonic() - began
    if given.seeds > 1:
        Console().print(_table(found))
    console.print(
        f"{found.seeds} seeds, {found.records} records in {seconds:.1f} s: "
        f"{found.seeds / seconds:.1f} seeds and {found.records / seconds:.0f} records a second"
    )
    for outcome in failed[: given.shrink]:
        _explain(console, outcome)
    missing = found.missing() if given.seeds >= SEEDS_FOR_COVERAGE and not given.without else []
    for row in missing:
        console.print(f"never happened: {row}", markup=False)
    return 1 if failed or missing else 0


def _explain(console: Console, outcome: Outcome) -> None:
    """Print what broke, and the command that breaks it again, as small as it gets."""
    console.print(f"\nagain: {command(outcome)}", markup=False)
    smallest = shrink(outcome)
    console.print(f"shrunk: {command(smallest)}", markup=False)
    for violation in smallest.violations[:5]:
        console.print(f"  {violation}", markup=False)
    if smallest.trace:
        console.print(smallest.trace, markup=False)


def _table(found: Sum) -> Table:
    table = Table("row", "times", title="coverage")
    rows = required()
    for row in [*rows, *sorted(set(found.coverage) - set(rows))]:
        times = found.coverage[row]
        table.add_row(row, str(times), style=None if times or row not in rows else "bold red")
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=200, help="how many seeds to run")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--steps", type=int, default=STEPS, help="how many steps each run has")
    parser.add_argument("--without", type=_kinds, default=(), help="kinds of action to leave out: a,b,c")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes side by side")
    parser.add_argument("--shrink", type=int, default=1, help="how many failing seeds to make small")
    return parser.parse_args()


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(text.split(","))
    unknown = sorted(set(kinds) - set(ACTIONS))
    if unknown:
        raise argparse.ArgumentTypeError(
            f"no such action: {', '.join(unknown)}; there are {', '.join(ACTIONS)}"
        )
    return kinds


if __name__ == "__main__":
    raise SystemExit(main())
