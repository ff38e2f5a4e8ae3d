"""Many seeds: on all the processors that are given, their coverage added up."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from tests.simulation.coverage import required
from tests.simulation.run import STEPS, Outcome, run


@dataclass(slots=True)
class Sum:
    """What some seeds exercised together."""

    seeds: int = 0
    records: int = 0
    coverage: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        self.seeds += 1
        self.records += outcome.records
        self.coverage += outcome.coverage

    def merge(self, other: "Sum") -> None:
        self.seeds += other.seeds
        self.records += other.records
        self.coverage += other.coverage

    def missing(self) -> list[str]:
        """Return the rows that nothing exercised."""
        return [row for row in required() if not self.coverage[row]]

    def save(self, path: Path) -> None:
        """Write it whole or not at all: others read it while tests run side by side."""
        draft = path.with_suffix(".draft")
        draft.write_text(
            json.dumps({"seeds": self.seeds, "records": self.records, "coverage": self.coverage})
        )
        draft.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Sum":
        found = json.loads(path.read_text())
        return cls(found["seeds"], found["records"], Counter(found["coverage"]))


def run_many(
    seeds: Iterable[int], *, steps: int = STEPS, without: Iterable[str] = (), workers: int = 1
) -> Iterator[Outcome]:
    """Yield the outcome of each seed, in order."""
    one = partial(run, steps=steps, without=tuple(without))
    if workers == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(one, seeds, chunksize=1)
