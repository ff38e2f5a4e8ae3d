"""The table: medians of the rounds, as Markdown, and which aims they meet."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tests.benchmarks.kafka.contenders import STREAMS
from tests.benchmarks.kafka.measure import Figures, share
from tests.benchmarks.kafka.takeover import STOPPED, Takeover

MEBIBYTE = 2**20
AIM_PER_SECOND = 20_000
AIM_TIMES = 2.0
AIM_P99_SECONDS = 0.1
AIM_KILLED_SECONDS = 7.0
"""The session of six seconds, and one more."""
AIM_STOPPED_SECONDS = 1.0
NOT_BUILT = "left out: no JDK here, or no registry that has its jars; `make streams` says which"


@dataclass(slots=True)
class Results:
    """What the rounds gave, by contender and by way of taking over.

    `ours` names the one of ours that the aims are of, where the others are measured too.
    """

    title: str
    ours: str
    records: int
    is_compared: bool
    runs: dict[str, list[Figures]] = field(default_factory=dict)
    takeovers: dict[str, list[Takeover]] = field(default_factory=dict)

    def markdown(self) -> str:
        """Return everything as it stands in docs/figures.md."""
        parts = [self.title]
        if self.runs:
            parts.append("\n".join(self._contenders()))
        if self.is_compared:
            parts.append("\n".join(self._aims()))
        if self.takeovers:
            parts.append("\n".join(self._taking_over()))
        return "\n\n".join(parts) + "\n"

    def _contenders(self) -> list[str]:
        lines = _head(
            "who",
            "messages a second",
            "a processor second",
            "at full load, made to read, p50 / p99",
            "at 500 a second, due to read, p50 / p99",
            "memory",
            "inputs, each decided once",
        )
        lines += [_line(name, *_row(runs)) for name, runs in self.runs.items()]
        if self.is_compared and STREAMS not in self.runs:
            lines.append(_line(STREAMS, NOT_BUILT, *[""] * 5))
        return lines

    def _aims(self) -> list[str]:
        ours = self.runs[self.ours]
        rate, p99 = (
            _median(ours, lambda run: run.per_second),
            _median(ours, lambda run: share(run.waits_pace, 0.99)),
        )
        lines = _head("aim", "figure", "")
        lines.append(
            _aim(f"{AIM_PER_SECOND:,} a second in one process", f"{rate:,.0f}", rate >= AIM_PER_SECOND)
        )
        if STREAMS in self.runs:
            theirs = _median(self.runs[STREAMS], lambda run: run.per_processor_second)
            times = _median(ours, lambda run: run.per_processor_second) / theirs
            figure = f"{times:.2f} times"
        else:
            times, figure = 0.0, NOT_BUILT
        lines.append(
            _aim(f"{AIM_TIMES:g} times Kafka Streams a processor second", figure, times >= AIM_TIMES)
        )
        lines.append(_aim("p99 under 100 ms at 500 a second", _milliseconds(p99), p99 < AIM_P99_SECONDS))
        return lines

    def _taking_over(self) -> list[str]:
        book = f"a book of {self.records:,} records, its owner ..."
        lines = _head(
            book, "signal to the successor's first decision", "no decision for", "successor's memory", "aim"
        )
        for way, those in self.takeovers.items():
            since_signal = statistics.median(each.since_signal for each in those)
            since_decision = statistics.median(each.since_decision for each in those)
            memory = statistics.median(each.resident_bytes for each in those)
            aim = AIM_STOPPED_SECONDS if way == STOPPED else AIM_KILLED_SECONDS
            lines.append(
                _line(
                    way,
                    f"{since_signal:.1f} s",
                    f"{since_decision:.1f} s",
                    f"{memory / MEBIBYTE:,.0f} MiB",
                    f"{aim:g} s: {'met' if since_decision < aim else 'missed'}",
                )
            )
        return lines


def _row(runs: Sequence[Figures]) -> Iterable[str]:
    yield _rate(_median(runs, lambda run: run.per_second))
    yield _rate(_median(runs, lambda run: run.per_processor_second))
    yield _both(runs, lambda run: run.waits_load)
    yield _both(runs, lambda run: run.waits_pace)
    yield f"{_median(runs, lambda run: run.resident_bytes) / MEBIBYTE:,.0f} MiB"
    once, all_ = sum(run.outputs for run in runs), sum(run.inputs for run in runs)
    yield f"{all_:,}: {'all' if once == all_ else f'{once:,}'}"


def _median(runs: Iterable[Figures], of: Callable[[Figures], float]) -> float:
    return statistics.median(map(of, runs))


def _both(runs: Sequence[Figures], of: Callable[[Figures], list[float]]) -> str:
    p50, p99 = (_median(runs, lambda run, part=part: share(of(run), part)) for part in (0.5, 0.99))
    return f"{_milliseconds(p50)} / {_milliseconds(p99)}"


def _rate(a_second: float) -> str:
    return "-" if math.isnan(a_second) else f"{a_second:,.0f}"


def _milliseconds(seconds: float) -> str:
    return "-" if math.isnan(seconds) else f"{seconds * 1000:,.0f} ms"


def _aim(aim: str, figure: str, is_met: bool) -> str:  # noqa: FBT001 - the last column
    return _line(aim, figure, "met" if is_met else "missed")


def _head(*names: str) -> list[str]:
    return [_line(*names), _line(*["---"] * len(names))]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
