"""What a large book costs that a small one does not."""

import gc
import resource
import statistics
import time
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from rich.progress import Progress

from schemas.streams import inbox_stream
from tests.benchmarks.timing import Row
from tests.benchmarks.workload import Bench, message, request
from workers.collector import Collector
from workers.log.engine import Entry
from workers.log.memory import MemoryEngine

STRETCH = 500
TURNS = 15


def growth(_folder: Path, scale: float, progress: Progress, *, decisions_max: int = 1_000_000) -> list[Row]:
    """Time one more decision in a small and in a large book, and weigh what the large one remembers.

    The books take turns, so that whatever else runs here costs both alike; and a decision is timed by the
    processor, since it does nothing but compute.
    """
    small, large = max(1_000, int(10_000 * scale)), max(5_000, int(decisions_max * scale))
    bench, beside = (Bench(_Forgetful(), pending_max=500) for _ in range(2))
    _grow(beside, small, progress)
    memory_small, empty = _resident_bytes(), bench.settlement.runner.loop.chain.seq
    _grow(bench, large, progress)
    closed = bench.settlement.runner.loop.chain.seq - empty
    memory_closed = (_resident_bytes() - memory_small) / closed
    at_small, at_large = _in_turns(beside, bench)
    before, first = _resident_bytes(), bench_issued(bench)
    opened = max(500, int(100_000 * scale))
    numbers = range(first, first + opened)
    requests = [message("issuance_requested", "atlas", request(number), number) for number in numbers]
    bench.engine.append({inbox_stream("inbox.requests", 0): requests})
    del requests
    bench.settle()
    memory_open = (_resident_bytes() - before) / opened
    return [
        (
            f"one more decision at {large:,} against at {small:,} decisions",
            f"{at_large / at_small:.2f} times ({at_small * 1e6:.0f} us, {at_large * 1e6:.0f} us)",
            "1.3 times",
        ),
        ("memory per million closed decisions", f"{memory_closed * 1e6 / 2**20:,.0f} MiB", ""),
        ("memory per million open issuances", f"{memory_open * 1e6 / 2**20:,.0f} MiB", ""),
    ]


class _Forgetful(MemoryEngine):
    """Keeps nothing that has been read past, so that only the state's own memory is weighed."""

    def __init__(self) -> None:
        super().__init__()
        self._tails: dict[str, deque[Entry]] = {}
        self._next: dict[str, int] = {}

    def append(self, batches: Mapping[str, Sequence[bytes]]) -> None:
        for stream, values in batches.items():
            tail, position = self._tails.setdefault(stream, deque()), self._next.get(stream, 0)
            tail.extend(Entry(position + number, value) for number, value in enumerate(values))
            self._next[stream] = position + len(values)

    def read(self, stream: str, position: int, limit: int) -> list[Entry]:
        tail = self._tails.get(stream, deque())
        while tail and tail[0].position < position:
            tail.popleft()
        return list(islice(tail, limit))

    def end(self, stream: str) -> int:
        return self._next.get(stream, 0)


def bench_issued(bench: Bench) -> int:
    instrument = bench.settlement.runner.loop.state.instruments.get("KOx")  # none before the house is set up
    return len(instrument.references) if instrument else 0


def _grow(bench: Bench, until: int, progress: Progress) -> None:
    """Play issuances until so many decisions stand."""
    collector = Collector()
    task = progress.add_task(f"growing a book to {until:,} decisions", total=until)
    while (seq := bench.settlement.runner.loop.chain.seq) < until:
        progress.update(task, completed=seq)
        collector.made(bench.issuances(bench_issued(bench), STRETCH))
    progress.update(task, completed=until)


def _in_turns(*benches: Bench) -> list[float]:
    """Return each book's seconds a decision: the median of stretches that the books take in turn."""
    samples: list[list[float]] = [[] for _ in benches]
    for _ in range(TURNS):
        for bench, taken in zip(benches, samples, strict=True):
            first, started = bench_issued(bench), time.process_time()
            decisions = bench.issuances(first, STRETCH)
            taken.append((time.process_time() - started) / decisions)
    return [statistics.median(each) for each in samples]


def _resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()
