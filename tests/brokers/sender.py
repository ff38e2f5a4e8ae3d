"""A sender beside the workers: it appends a load by an engine of its own, and knows what was acknowledged.

An append that failed, or whose outcome nobody knows, is made again with the same bytes, as a broker sends
again: what arrives twice is the core's to recognize. `python -m tests.brokers.sender` is one that is cut off.
"""

import itertools
import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from random import Random

from tests.kills.kill_load import Load
from workers.bootstrap import now
from workers.demo.day import Delivery
from workers.ingest.profiles import Profiles
from workers.intake import Intake
from workers.log.commit import GroupCommit
from workers.log.engine import LogError
from workers.log.kafka import Cluster
from workers.log.kafka.engine import KafkaEngine

BATCH = 200
AGAIN_SECONDS = 0.2
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what fails is made again, and counted
ENOUGH_TRIES_SECONDS = 180.0


class Sender:
    """Appends what a load says; `acknowledged` counts, by stream and digest, what the log confirmed."""

    def __init__(self, cluster: Cluster, load: Load, *, partitions: int) -> None:
        self.load = load
        self.acknowledged: Counter[tuple[str, str]] = Counter()
        self.doubts = 0
        self.failure: BaseException | None = None
        self._cluster = cluster
        self._partitions = partitions
        self._engine: KafkaEngine | None = None
        self._intake: Intake | None = None
        self._pace = Random(f"{load.seed}-{load.name}-pace")
        self._going = threading.Event()
        self._ended = threading.Event()
        self._at_rest = threading.Event()
        self._at_rest.set()
        self._thread = threading.Thread(target=self._run, name="sending", daemon=True)
        self._thread.start()

    def send(self, deliveries: Iterable[Delivery]) -> None:
        """Append until it is acknowledged; LogError where that does not come about."""
        items = [(data, sender) for sender, data in deliveries]
        deadline = time.monotonic() + ENOUGH_TRIES_SECONDS
        while items:
            try:
                return self._append(items)
            except LogError:
                self.doubts += 1
                if time.monotonic() > deadline:
                    raise
                time.sleep(AGAIN_SECONDS)
        return None

    def go_on(self) -> None:
        """Send on, in the thread."""
        self._at_rest.clear()
        self._going.set()

    def rest(self, seconds: float = ENOUGH_TRIES_SECONDS) -> None:
        """Send nothing more for now, and return once the batch that was under way is acknowledged."""
        self._going.clear()
        resting = self._at_rest.wait(seconds)
        self.check()
        assert resting, f"the sender got no answer for {seconds} s"

    def check(self) -> None:
        """Raise what the thread died of."""
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        """Stop for good."""
        self._ended.set()
        self._going.set()
        self._thread.join(ENOUGH_TRIES_SECONDS)
        self._close()

    def _run(self) -> None:
        deliveries = self.load.deliveries()
        try:
            while True:
                if not self._going.is_set():
                    self._at_rest.set()
                    self._going.wait()
                if self._ended.is_set():
                    return
                self.send(itertools.islice(deliveries, self._pace.randint(1, 40)))
                self._ended.wait(self._pace.uniform(0.0, 0.1))
        except BaseException as error:  # noqa: BLE001 - whoever lets it rest raises it
            self.failure = error
        finally:
            self._at_rest.set()

    def _append(self, items: list[tuple[bytes, str]]) -> None:
        engine, intake = self._opened()
        commit = GroupCommit()
        placed = [each for taken in intake.take(items) for each in taken]
        for each in placed:
            commit.append(each.stream, [each.data])
        commit.flush(engine)
        self.acknowledged.update((each.stream, each.sha256) for each in placed)

    def _opened(self) -> tuple[KafkaEngine, Intake]:
        if self._engine is None:
            self._engine = KafkaEngine(self._cluster)
            self._intake = Intake(self._engine, partitions=self._partitions, profiles=Profiles(()), now=now)
        assert self._intake is not None
        return self._engine, self._intake

    def _close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()


def send_until_killed(bootstrap: str, prefix: str, partitions: str, seed: str, name: str) -> None:
    """Append batches for ever, and say before each that it begins."""
    cluster = Cluster(tuple(bootstrap.split(",")), prefix=prefix)
    sender = Sender(cluster, Load(int(seed), name), partitions=int(partitions))
    deliveries = sender.load.deliveries()
    while True:
        batch = list(itertools.islice(deliveries, BATCH))
        print("sending", flush=True)
        sender.send(batch)


if __name__ == "__main__":
    send_until_killed(*sys.argv[1:])
