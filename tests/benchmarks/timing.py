"""What every measure gives: rows for the table. Nothing here is ever asserted."""

import statistics
import time
from collections.abc import Callable

Row = tuple[str, str, str]
"""What, figure, aim."""


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_of(times: int, work: Callable[[], float]) -> float:
    return statistics.median(work() for _ in range(times))
