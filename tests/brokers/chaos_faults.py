"""The faults of chaos, each drawn and timed by the seed, and undone before the round is judged."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.brokers.kafka_cluster import KafkaCluster
from tests.brokers.odd_workers import program
from tests.brokers.sender import BATCH
from tests.brokers.under_load import UnderLoad, owned_by
from tests.brokers.worker_processes import DIES_WITH_US, ROOT, WorkerProcess, environment

WORKERS_MIN, WORKERS_MAX = 2, 4
DECISIONS = 20
BURST = 400
WORK = 1_500
"""So much that a worker is in the middle of it for a while."""
COMPUTED_SECONDS = 0.05, 0.3
CUT_BATCHES_MAX = 4


@dataclass(slots=True)
class Chaos:
    """What the faults are done to; `cut` counts the senders that were cut off."""

    running: UnderLoad
    cluster: KafkaCluster
    chance: Random
    cut: int = 0

    @property
    def settlements(self) -> list[WorkerProcess]:
        """Return the settlement workers that live."""
        return self.running.workers.of("settlement")

    def victim(self) -> WorkerProcess:
        """Return a settlement worker that owns a book, chosen by chance."""
        self.running.until("a worker owns a book", lambda _log: bool(self._owning()))
        return self.chance.choice(self._owning())

    def moment(self, longest: float = 0.5) -> None:
        """Let a random time pass: the moment of the fault itself; nothing is waited for."""
        time.sleep(self.chance.uniform(0.0, longest))

    def _owning(self) -> list[WorkerProcess]:
        owners = owned_by(self.running.log)
        return [each for each in self.settlements if each.pid in owners]


def worker_killed(chaos: Chaos) -> None:
    """A settlement worker is killed, its books are taken over, and it comes back."""
    victim = chaos.victim()
    chaos.moment()
    dead = victim.pid
    victim.kill()
    chaos.running.until_not_owning(dead)
    victim.start()
    chaos.running.until_owning(victim)


def zombie(chaos: Chaos) -> None:
    """A worker is frozen in the middle of its work until others took over, and goes on under load."""
    victim = chaos.victim()
    chaos.running.burst(WORK)
    victim.freeze_at_work(chaos.chance.uniform(*COMPUTED_SECONDS))
    chaos.running.until_not_owning(victim.pid)
    chaos.running.more_decisions(DECISIONS)
    victim.thaw()
    chaos.running.until_owning(victim)


def worker_deaf(chaos: Chaos) -> None:
    """A worker that ignores revocation goes on with what it had, beside those whose it is now."""
    while len(chaos.settlements) > WORKERS_MIN:
        worker_removed(chaos)
    deaf = chaos.running.workers.add(program=program("deaf"))
    chaos.running.until_owning(deaf)
    chaos.running.until_owning(chaos.running.workers.add())
    chaos.running.more_decisions(BURST)
    chaos.running.workers.drop(deaf)


def worker_added(chaos: Chaos) -> None:
    """One more worker takes its share."""
    if len(chaos.settlements) >= WORKERS_MAX:
        worker_removed(chaos)
    chaos.running.until_owning(chaos.running.workers.add())


def worker_removed(chaos: Chaos) -> None:
    """A worker is asked to stop, and hands over."""
    if len(chaos.settlements) <= WORKERS_MIN:
        chaos.running.until_owning(chaos.running.workers.add())
    victim = chaos.victim()
    chaos.moment()
    code = chaos.running.workers.remove(victim)
    assert code == 0, f"asked to stop, it ended with {code}: {victim.words()[-2000:]}"
    chaos.running.until_not_owning(victim.pid)


def executor_killed(chaos: Chaos) -> None:
    """The executor is killed while it signs and sends, and comes back."""
    (executor,) = chaos.running.workers.of("executor")
    chaos.running.more_inputs(DECISIONS)
    chaos.moment()
    executor.kill()
    executor.start()


def broker_killed(chaos: Chaos) -> None:
    """A broker is killed, and comes back when the others count it as dead."""
    _harm(chaos, lambda node: chaos.cluster.brokers[node].kill())


def broker_paused(chaos: Chaos) -> None:
    """A broker is frozen with its connections open, and goes on later."""
    _harm(chaos, lambda node: chaos.cluster.brokers[node].pause())


def broker_cut_off(chaos: Chaos) -> None:
    """A broker is cut off from the network, and given it back."""
    _harm(chaos, chaos.cluster.cut)


def sender_cut_off(chaos: Chaos) -> None:
    """A sender is killed in the middle of a batch; all of what it had is sent again, the same bytes."""
    chaos.cut += 1
    running, name, batches = chaos.running, f"cut{chaos.cut}", chaos.chance.randint(1, CUT_BATCHES_MAX)
    sender = ("-m", "tests.brokers.sender", running.bootstrap, running.cluster.prefix)
    with subprocess.Popen(
        [*DIES_WITH_US, sys.executable, *sender, str(running.partitions), str(running.seed), name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    ) as sending:
        try:
            assert sending.stdout is not None
            for _ in range(batches):
                assert sending.stdout.readline() == b"sending\n"
            chaos.moment(0.05)
        finally:
            sending.kill()
    running.send_all(name, *[BATCH] * batches)


def _harm(chaos: Chaos, harm: Callable[[int], None]) -> None:
    node = chaos.chance.choice(sorted(chaos.cluster.brokers))
    chaos.moment()
    harm(node)
    chaos.cluster.until_away(node, seen_by=node % len(chaos.cluster.brokers) + 1)
    chaos.moment(3.0)
    chaos.cluster.heal()


FAULTS: dict[str, Callable[[Chaos], None]] = {
    function.__name__.replace("_", " "): function
    for function in (
        worker_killed,
        zombie,
        worker_deaf,
        worker_added,
        worker_removed,
        executor_killed,
        broker_killed,
        broker_paused,
        broker_cut_off,
        sender_cut_off,
    )
}
