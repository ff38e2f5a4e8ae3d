"""Counting what a worker does with a book: numbers that only grow while the process lives."""

from bisect import bisect_left
from dataclasses import dataclass, field

BOUNDS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Durations:
    """How many durations were at most so long, by bound; the last number is of those above every bound."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_SECONDS) + 1)
        self.sum_seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BOUNDS_SECONDS, seconds)] += 1
        self.sum_seconds += seconds


@dataclass(slots=True)
class Counts:
    """What this process did with a book, and what it read of it, again at each reading.

    `takeovers` counts the attempts. `readback`: from a record's making until it was read as valid.
    """

    takeovers: int = 0
    doubts: int = 0
    voids: int = 0
    settled: int = 0
    appended: int = 0
    readback: Durations = field(default_factory=Durations)
