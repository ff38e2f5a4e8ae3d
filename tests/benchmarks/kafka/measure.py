"""One run of one contender: full load from a filled inbox, then an even pace, in one life of it."""

import itertools
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.messages import CUSTODY
from tests.benchmarks.kafka.arrivals import Arrivals, fill, send_evenly
from tests.benchmarks.kafka.contenders import Contender, Running, at_work, remove_topics
from tests.benchmarks.kafka.load import Load
from tests.benchmarks.kafka.processes import ProcessorTime, resident_bytes

WARM_UP = 0.2
"""The share of the messages that comes before the clock: connections, caches, Java's compiler."""
PER_SECOND = 500
DONE_SECONDS = 1_800
LOOK_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run came to; `outputs` counts inputs that have one output, of all `inputs` of the run.

    `waits_load` and `waits_pace` are seconds until a reader had an output, sorted: at full load from its
    making, at an even pace from the moment at which its input was due to be sent. The clock of `per_second`
    runs from the making of the first output that is timed to the reading of the last: outputs come in bursts,
    and a clock that started within one would count it for nothing.
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
    reading = Arrivals(bootstrap, output, partitions, committed=contender.committed, marked=contender.marked)
    with reading as arrivals, at_work(contender, cluster, folder, partitions) as running:
        with ProcessorTime(running.pids) as used:
            until_arrived(arrivals, messages, running)
        resident = sum(map(resident_bytes, running.pids))
        due_at = send_evenly(bootstrap, inbox, evenly, per_second=PER_SECOND)
        until_arrived(arrivals, messages + paced, running)
    remove_topics(bootstrap, cluster.prefix)
    contender.check(arrivals.outputs)
    times = Counter(contender.place(each.value) for each in arrivals.outputs)
    twice = [place for place, count in times.items() if count > 1]
    assert not twice, f"{len(twice)} inputs have more than one output, the first of them {twice[0]}"
    full, even = arrivals.outputs[:messages], arrivals.outputs[messages:]
    made_at = sorted((contender.decided_at(each.value), each.at) for each in full)
    timed = made_at[int(messages * WARM_UP) :]
    began, ended = timed[0][0], full[-1].at
    return Figures(
        inputs=messages + paced,
        outputs=sum(each == 1 for each in times.values()),
        per_second=_ratio(len(timed), ended - began),
        per_processor_second=_ratio(len(timed), used.until(ended) - used.until(began)),
        waits_load=sorted(read - made for made, read in timed),
        waits_pace=sorted(each.at - due_at[contender.place(each.value)] for each in even),
        resident_bytes=resident,
    )


def until_arrived(arrivals: Arrivals, wanted: int, running: Running) -> None:
    """Return once so many outputs arrived."""
    deadline = time.monotonic() + DONE_SECONDS
    while (arrived := arrivals.count()) < wanted:
        running.check()
        assert time.monotonic() < deadline, f"{arrived} of {wanted} outputs after {DONE_SECONDS} s"
        time.sleep(LOOK_SECONDS)


def share(ordered: Sequence[float], part: float) -> float:
    """Return the value below which that part of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else math.nan


def _ratio(number: int, seconds: float) -> float:
    return number / seconds if seconds > 0 else math.nan
