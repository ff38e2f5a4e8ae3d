"""The rounds: every contender in turn, so that whatever else runs here costs all of them alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rich.progress import Progress

from tests.benchmarks.kafka.contenders import Contender, Ours, others
from tests.benchmarks.kafka.load import Load, asked_for
from tests.benchmarks.kafka.measure import PER_SECOND, measure
from tests.benchmarks.kafka.table import Results
from tests.benchmarks.kafka.takeover import WAYS, Book
from workers.log.memory import MemoryEngine

PARTITIONS = 12
CONTENDERS, MANY_WORKERS, TAKEOVER = SECTIONS = ("contenders", "workers", "takeover")
LEAST = 200


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is laid in: each contender has enough to do for some ten seconds, at full size."""

    ours: int
    agent: int
    others: int
    paced: int
    records: int
    rounds: int
    workers: tuple[int, ...]

    @classmethod
    def scaled(cls, scale: float, *, rounds: int, records: int, workers: tuple[int, ...]) -> Self:
        """Return a share of the full size."""
        return cls(
            ours=max(LEAST, int(40_000 * scale)),
            agent=max(LEAST, int(15_000 * scale)),
            others=max(LEAST, int(400_000 * scale)),
            paced=max(LEAST, int(PER_SECOND * 20 * scale)),
            records=records,
            rounds=rounds,
            workers=workers,
        )


def play(
    bootstrap: str, folder: Path, sizes: Sizes, sections: Sequence[str], *, title: str, progress: Progress
) -> str:
    """Measure these sections on a broker, and return the table."""
    load = Load(PARTITIONS)
    before = asked_for(load, sizes.ours + sizes.paced) if set(sections) - {TAKEOVER} else MemoryEngine()
    ours = Ours(before)
    results = Results(title, ours.name, sizes.records, is_compared=CONTENDERS in sections)
    measured = _measured(ours, sections, sizes)
    book = Book(bootstrap, folder / "book", records=sizes.records) if TAKEOVER in sections else None
    steps = sizes.rounds * (len(measured) + (len(WAYS) if book else 0))
    task = progress.add_task("measuring", total=steps)
    for number in range(sizes.rounds):
        for place, (contender, messages) in enumerate(measured):
            progress.update(task, description=contender.name)
            run = folder / f"{number}-{place}"
            figures = measure(contender, bootstrap, run, load, messages=messages, paced=sizes.paced)
            results.runs.setdefault(contender.name, []).append(figures)
            progress.advance(task)
        for takeover in book.takeovers() if book else ():
            results.takeovers.setdefault(takeover.way, []).append(takeover)
            progress.update(task, description=takeover.way, advance=1)
    if book:
        book.close()
    return results.markdown()


def _measured(ours: Ours, sections: Sequence[str], sizes: Sizes) -> list[tuple[Contender, int]]:
    """Return who is measured, and with how many messages at full load."""
    found: list[tuple[Contender, int]] = []
    if CONTENDERS in sections:
        amounts = (sizes.agent, sizes.others, sizes.others)
        found += [(ours, sizes.ours), *zip(others(), amounts, strict=False)]
    if MANY_WORKERS in sections:
        many = [Ours(ours.before, count, stand_by) for count in sizes.workers for stand_by in (True, False)]
        found += [(each, sizes.ours) for each in many if each != ours or CONTENDERS not in sections]
    return found
