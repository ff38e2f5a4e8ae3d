"""Chaos: `python -m tests.brokers.chaos --rounds 200 --seed 7`, on a cluster of three brokers of its own.

Each round does one fault to workers, brokers or a sender under load, drawn from the seed. After it the whole
log is folded anew by a reader that shares no code with the workers, and held to everything that must be so.
A round of a zombie without a void record proves nothing, and is counted as such.
"""

import argparse
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.brokers.chaos_faults import FAULTS, Chaos
from tests.brokers.kafka_broker import remove_leftovers
from tests.brokers.kafka_cluster import KafkaCluster
from tests.brokers.under_load import UnderLoad

ROUNDS_OF_A_LOG = 25
"""A log is folded anew after each round, so it is not let grow for ever."""
REPLICAS = 3
PARTITIONS = 12
"""So that two, three and four workers share them without a rest: Faust gives the rest to nobody else."""
WARM_UP = 50


@dataclass(frozen=True, slots=True)
class Round:
    """What one fault came to; `wait` is the longest in seconds that an input waited for its decision."""

    fault: str
    voids: int
    takeovers: int
    wait: float
    inputs: int

    @property
    def proves_nothing(self) -> bool:
        """Return whether a zombie had nothing under way that could have done harm."""
        return self.fault == "zombie" and self.voids == 0


@contextmanager
def under_chaos(cluster: KafkaCluster, folder: Path, chance: Random) -> Iterator[Chaos]:
    """Give a log of its own with two settlement workers and an executor, and the house set up."""
    seed = chance.randrange(1_000_000)
    with UnderLoad(
        cluster.bootstrap, folder, seed, partitions=PARTITIONS, replication_factor=REPLICAS
    ) as running:
        running.start()
        yield Chaos(running, cluster, chance)


def play(chaos: Chaos, fault: str) -> Round:
    """Do one fault under load, let the workers come to rest, and judge the whole log."""
    running, before = chaos.running, chaos.running.log
    voids, takeovers, inputs = before.voids(), before.takeovers(), before.inputs()
    began = time.time()
    running.sender.go_on()
    running.more_inputs(WARM_UP)
    FAULTS[fault](chaos)
    running.more_decisions(WARM_UP)
    running.until_decided()
    verdict = running.verdict(since=began)
    return Round(
        fault,
        verdict.voids - voids,
        verdict.takeovers - takeovers,
        verdict.wait,
        verdict.inputs - inputs,
    )


def rounds(
    cluster: KafkaCluster, count: int, seed: int, among: Sequence[str] = tuple(FAULTS)
) -> Iterator[Round]:
    """Play so many rounds, every fault as often as any other, in an order that the seed draws."""
    chance = Random(f"{seed}-chaos")
    faults: list[str] = []
    for first in range(0, count, ROUNDS_OF_A_LOG):
        with TemporaryDirectory() as folder, under_chaos(cluster, Path(folder), chance) as chaos:
            for _ in range(min(ROUNDS_OF_A_LOG, count - first)):
                faults = faults or chance.sample(among, len(among))
                yield play(chaos, faults.pop())


def table(played: Sequence[Round]) -> str:
    """Return the rounds by fault, as a table in Markdown."""
    lines = [
        "| fault | rounds | void records | takeovers | longest wait, s | inputs |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for fault in sorted({each.fault for each in played}):
        of = [each for each in played if each.fault == fault]
        empty = sum(each.proves_nothing for each in of)
        name = f"{fault} ({empty} proved nothing)" if empty else fault
        lines.append(_row(name, of))
    lines.append(_row("all", played))
    return "\n".join(lines)


def _row(name: str, of: Sequence[Round]) -> str:
    voids, takeovers, inputs = (
        sum(each.voids for each in of),
        sum(each.takeovers for each in of),
        sum(each.inputs for each in of),
    )
    wait = max(each.wait for each in of)
    return f"| {name} | {len(of)} | {voids} | {takeovers} | {wait:.1f} | {inputs} |"


def main() -> None:
    """Play, say what each round came to, and end with the table; a finding ends it at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=len(FAULTS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", choices=FAULTS, action="append", help="only this one; may be repeated")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked to stop"))
    print(f"{wanted.rounds} rounds, seed {wanted.seed}", flush=True)
    remove_leftovers()
    cluster, played = KafkaCluster(), list[Round]()
    began = time.monotonic()
    try:
        cluster.start()
        for number, each in enumerate(
            rounds(cluster, wanted.rounds, wanted.seed, wanted.fault or tuple(FAULTS)), start=1
        ):
            played.append(each)
            nothing = ", which proves nothing" if each.proves_nothing else ""
            print(
                f"{number}: {each.fault}: {each.inputs} inputs, {each.voids} void records, "
                f"{each.takeovers} takeovers, an input waited {each.wait:.1f} s{nothing}",
                flush=True,
            )
    finally:
        cluster.stop()
        if played:
            print(table(played))
            print(f"{len(played)} of {wanted.rounds} rounds held, in {time.monotonic() - began:.0f} s")
    if len(played) < wanted.rounds:
        sys.exit(1)


if __name__ == "__main__":
    main()
