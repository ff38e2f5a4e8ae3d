"""What the demo's log proves: exported, verified, replayed and decided again, and shown."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.audit import (
    DecidedAgain,
    ExportSource,
    Replay,
    Verification,
    decide_again,
    export,
    replay,
    state_view,
    verify,
)
from workers.bootstrap import program_version
from workers.cli.output import console, print_json, print_table
from workers.cli.progress import progress_bars
from workers.cli.state_tables import print_state
from workers.demo.play import Played
from workers.log.engine import Engine

EXPORT = "export"
"""The folder of the export, beside the chains."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The audit of the demo's own export."""

    folder: Path
    verification: Verification
    replayed: Replay
    decided: DecidedAgain

    @property
    def holds(self) -> bool:
        """Return whether the log verifies, and every decision is made again, byte for byte."""
        return self.verification.holds and not self.replayed.findings and self.decided.holds


def audit_demo(engine: Engine, folder: Path) -> Outcome:
    """Export the log into a folder, and audit the export alone."""
    with progress_bars() as tell:
        export(engine, folder, program_version=program_version(), progress=tell)
        source = ExportSource(folder)
        return Outcome(
            folder,
            verify(folder, tell),
            replay(source, progress=tell),
            decide_again(source, progress=tell),
        )


def show_outcome(outcome: Outcome, played: Played, seed: int, seconds: float, *, json: bool) -> int:
    """Print the day's end, for programs or for people; return 0 where it holds."""
    if json:
        print_json(outcome_json(outcome, played, seed))
    else:
        print_outcome(outcome, played, seed, seconds)
    return int(not outcome.holds)


def outcome_json(outcome: Outcome, played: Played, seed: int) -> dict[str, Any]:
    """Return everything as JSON."""
    return {
        "seed": seed,
        "deliveries": played.deliveries,
        "kills": played.kills,
        "undecided_at_kill": played.undecided_at_kill,
        "verdict": outcome.verification.verdict,
        "decided_again": outcome.decided.decided,
        "findings": [str(each) for each in _findings(outcome)],
        "events": dict(sorted(outcome.verification.counts.events.items())),
        "state": state_view(outcome.replayed),
    }


def print_outcome(outcome: Outcome, played: Played, seed: int, seconds: float) -> None:
    """Print the day's end for people."""
    print_state(state_view(outcome.replayed))
    print_table("What was recorded", ["event", "times."], _rows(outcome.verification.counts.events))
    counts = outcome.verification.counts
    out = console()
    for finding in _findings(outcome):
        out.print(f"finding: {finding}", markup=False)
    kill = (
        f"; the worker was killed with {played.undecided_at_kill} messages undecided" if played.kills else ""
    )
    out.print(
        f"Seed {seed}: {played.deliveries} files, {counts.inputs} messages, {counts.valid} records, "
        f"{counts.void} void{kill}.\n"
        f"The export in {outcome.folder} is {outcome.verification.verdict}.\n"
        f"{outcome.decided.decided} decisions were made again, "
        f"{'byte for byte the same' if outcome.decided.holds else 'with findings'}. {seconds:.1f} seconds.",
        markup=False,
    )


def _findings(outcome: Outcome) -> list[Any]:
    return [*outcome.verification.findings, *outcome.replayed.findings, *outcome.decided.findings]


def _rows(events: "Counter[str]") -> list[list[str]]:
    return [[name, str(times)] for name, times in sorted(events.items())]
