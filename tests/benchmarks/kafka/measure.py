"""One run of one contender: full load from a filled inbox, then an even pace, in one life of its processes."""

import itertools
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.messages import CUSTODY
from tests.benchmarks.kafka.arrivals import Arrival, Arrivals, fill, send_evenly
from tests.benchmarks.kafka.contenders import Contender, Running, at_work, remove_topics
from tests.benchmarks.kafka.load import Load
from tests.brokers.worker_processes import processor_seconds

WARM_UP = 0.2
"""The share of the messages that comes before the clock: connections, caches, Java's compiler."""
PER_SECOND = 500
DONE_SECONDS = 1_800
LOOK_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run came to; `outputs` counts inputs that have one output, of all `inputs` of the run.

    `waits_load` and `waits_pace` are seconds, sorted: from the broker's append of an output to a reader's hands,
    and from the moment at which an input was due to be sent.
    """

    inputs: int
    outputs: int
    per_second: float
    per_processor_second: float
    waits_load: list[float]
    waits_pace: list[float]
    resident_bytes: int


def measure(
    contender: Contender, bootstrap: str, folder: Path, load: Load, *, messages: int, paced: int
) -> Figures:
    """Measure `messages` at full load, then `paced` at 500 a second; each must have one output."""
    partitions = load.partitions
    cluster = contender.topics(bootstrap, partitions)
    inbox, output = cluster.prefix + CUSTODY, cluster.prefix + contender.topic
    deliveries = load.confirmations()
    fill(bootstrap, inbox, itertools.islice(deliveries, messages))
    evenly = list(itertools.islice(deliveries, paced))
    reading = Arrivals(
        bootstrap, output, partitions, committed=contender.committed, marked=contender.marked
    )
    with reading as arrivals, at_work(contender, cluster, folder, partitions) as running:
        warm = int(messages * WARM_UP)
        until_arrived(arrivals, warm, running)
        started = _processor_seconds(running)
        until_arrived(arrivals, messages, running)
        used = _processor_seconds(running) - started
        resident = sum(map(resident_bytes, running.pids))
        due_at = send_evenly(bootstrap, inbox, evenly, per_second=PER_SECOND)
        until_arrived(arrivals, messages + paced, running)
    remove_topics(bootstrap, cluster.prefix)
    outputs = arrivals.outputs
    contender.check(outputs)
    outputs_of = Counter(contender.place(each.value) for each in outputs)
    timed = outputs[warm:messages]
    counted = len(timed)
    return Figures(
        inputs=messages + paced,
        outputs=sum(times == 1 for times in outputs_of.values()),
        per_second=_ratio(counted, timed[-1].at - outputs[warm - 1].at),
        per_processor_second=_ratio(counted, used),
        waits_load=sorted(each.at - each.appended_at for each in timed),
        waits_pace=_paced(contender, outputs[messages:], due_at),
        resident_bytes=resident,
    )


def until_arrived(arrivals: Arrivals, wanted: int, running: Running) -> None:
    """Return once so many outputs arrived."""
    deadline = time.monotonic() + DONE_SECONDS
    while (arrived := arrivals.count()) < wanted:
        running.check()
        assert time.monotonic() < deadline, f"{arrived} of {wanted} outputs after {DONE_SECONDS} s"
        time.sleep(LOOK_SECONDS)


def resident_bytes(pid: int) -> int:
    """Return how much memory a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    kibibytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kibibytes) * 1024


def share(ordered: Sequence[float], part: float) -> float:
    """Return the value below which that part of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else math.nan


def _paced(
    contender: Contender, outputs: list[Arrival], due_at: dict[tuple[int, int], float]
) -> list[float]:
    return sorted(each.at - due_at[contender.place(each.value)] for each in outputs)


def _processor_seconds(running: Running) -> float:
    return sum(map(processor_seconds, running.pids))


def _ratio(number: int, seconds: float) -> float:
    return number / seconds if seconds > 0 else math.nan
