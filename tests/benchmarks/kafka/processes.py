"""What processes use: processor time as it goes by, and memory."""

import threading
import time
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.brokers.worker_processes import processor_seconds

SAMPLE_SECONDS = 0.02


class ProcessorTime:
    """Looks again and again at the processor time of some processes, all their threads together."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = pids
        self._at: list[float] = []
        self._seconds: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="processor-time", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def until(self, at: float) -> float:
        """Return what had been used by then, in seconds; `at` in seconds of 1970."""
        found = bisect_right(self._at, at)
        return self._seconds[found - 1] if found else 0.0

    def _run(self) -> None:
        while True:
            try:
                seconds = sum(map(processor_seconds, self._pids))
            except FileNotFoundError:  # one ended by itself, which whoever waits for its outputs tells
                return
            self._at.append(time.time())
            self._seconds.append(seconds)
            if self._ended.wait(SAMPLE_SECONDS):
                return


def resident_bytes(pid: int) -> int:
    """Return how much memory a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    kibibytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kibibytes) * 1024
