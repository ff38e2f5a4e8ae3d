"""Who is measured: our workers, and three others who take the same bytes and do much less with them."""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from confluent_kafka.admin import AdminClient, NewTopic

from schemas.messages import CUSTODY
from schemas.streams import LEDGER
from tests.benchmarks.kafka.arrivals import Arrival, Place
from tests.benchmarks.kafka.load import pour
from tests.benchmarks.kafka.shares import decided_at, place
from tests.brokers.log_on_kafka import fresh_log
from tests.brokers.worker_processes import (
    ACCOUNTS,
    DIES_WITH_US,
    ROOT,
    STOP_SECONDS,
    WorkerProcesses,
    environment,
)
from workers.log.kafka import Cluster
from workers.log.kafka.engine import KafkaEngine
from workers.log.memory import MemoryEngine

OUTPUT = "output"
DECIDES_CUSTODY = f'"topic":"{CUSTODY}"'.encode()
"""What the records have whose source is a message in `inbox.custody`."""
ENDED_BY_SIGTERM = 143
"""What Java exits with; it has closed its streams by then."""
STREAMS = "(c) Kafka Streams, exactly_once_v2, in-memory store"


class Contender(Protocol):
    """Somebody who makes one output of each message in `inbox.custody`, on topics of its own.

    `topic` is where outputs go; they hold `marked`, which nothing else there does.
    """

    name: str
    topic: str
    committed: bool
    marked: bytes

    def topics(self, bootstrap: str, partitions: int) -> Cluster:
        """Return a prefix with new topics, and in them what must stand before the messages."""
        ...

    def run(self, cluster: Cluster, folder: Path, partitions: int) -> "Running":
        """Start the processes, for so many partitions."""
        ...

    def place(self, value: bytes) -> Place:
        """Return of which input an output is."""
        ...

    def decided_at(self, value: bytes) -> float:
        """Return when an output was made, in seconds of 1970."""
        ...

    def check(self, outputs: Iterable[Arrival]) -> None:
        """Hold the outputs to what the contender promises of them, beyond that there is one of each input."""
        ...


@dataclass(frozen=True, slots=True)
class Running:
    """Processes at work; `check` fails where one ended by itself, `stop` where one does not end well.

    `kill` ends them whatever state they are in.
    """

    pids: tuple[int, ...]
    check: Callable[[], None]
    stop: Callable[[], None]
    kill: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Ours:
    """`tallystick worker settlement` with the real core; `before` is a log whose requests are decided."""

    before: MemoryEngine
    workers: int = 1
    stand_by: bool = True
    topic: str = LEDGER
    committed: bool = False
    marked: bytes = DECIDES_CUSTODY

    @property
    def name(self) -> str:
        """Return how the table names it."""
        many = "one worker" if self.workers == 1 else f"{self.workers} workers"
        return f"tallystick, {many}{'' if self.stand_by else ', none standing by'}"

    def topics(self, bootstrap: str, partitions: int) -> Cluster:
        cluster = fresh_log(bootstrap, partitions=partitions, accounts=ACCOUNTS)
        engine = KafkaEngine(cluster)
        try:
            pour(self.before, engine)
        finally:
            engine.close()
        return cluster

    def run(self, cluster: Cluster, folder: Path, partitions: int) -> Running:
        processes = WorkerProcesses(cluster, folder, partitions=partitions)
        folder.mkdir(parents=True)
        started = [processes.add(stand_by=self.stand_by) for _ in range(self.workers)]

        def check() -> None:
            for each in started:
                assert each.alive, f"{self.name} ended by itself:\n{each.words()[-4000:]}"

        def stop() -> None:
            for each in started:
                code = processes.remove(each)
                assert code == 0, f"{self.name} ended with {code}:\n{each.words()[-4000:]}"

        def kill() -> None:
            for each in started:
                each.clean_up()

        return Running(tuple(each.pid for each in started), check, stop, kill)

    def place(self, value: bytes) -> Place:
        source = json.loads(value)["source"]
        return source["partition"], source["offset"]

    def decided_at(self, value: bytes) -> float:
        return datetime.fromisoformat(json.loads(value)["recorded_at"]).timestamp()

    def check(self, outputs: Iterable[Arrival]) -> None:
        """Hold each book to its chain: with nobody killed or frozen, no record is void."""
        heads: dict[int, str] = {}
        for each in outputs:
            prev = json.loads(each.value)["prev"]
            assert heads.get(each.partition, prev) == prev, f"void: {each.value[:400]!r}"
            heads[each.partition] = hashlib.sha256(each.value).hexdigest()


@dataclass(frozen=True, slots=True)
class Program:
    """A program that reads one topic and writes another; `exit_code` is how it ends when it is asked to."""

    name: str
    command: Callable[[str, str, str, str, Path], Sequence[str]]
    committed: bool = True
    exit_code: int = 0
    topic: str = OUTPUT
    marked: bytes = b'"shares":'

    def topics(self, bootstrap: str, partitions: int) -> Cluster:
        cluster = fresh_log(bootstrap, partitions=partitions, accounts=())
        made = NewTopic(cluster.prefix + OUTPUT, partitions, 1)
        client = administration(bootstrap)  # whose calls end with it
        for future in client.create_topics([made]).values():
            future.result()
        return cluster

    def run(self, cluster: Cluster, folder: Path, _partitions: int) -> Running:
        folder.mkdir(parents=True)
        names = (cluster.prefix + "adding", cluster.prefix + CUSTODY, cluster.prefix + OUTPUT)
        command = self.command(cluster.bootstrap_servers[0], *names, folder / "state")
        said = folder / "said"
        with said.open("ab") as file:
            process = subprocess.Popen(
                [*DIES_WITH_US, *command],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=environment(),
                start_new_session=True,
            )

        def words() -> str:
            return said.read_text(encoding="utf-8", errors="replace")[-4000:]

        def check() -> None:
            assert process.poll() is None, f"{self.name} ended by itself:\n{words()}"

        def stop() -> None:
            process.send_signal(signal.SIGTERM)
            code = process.wait(STOP_SECONDS)
            assert code == self.exit_code, f"{self.name} ended with {code}:\n{words()}"

        def kill() -> None:
            process.kill()
            process.wait()

        return Running((process.pid,), check, stop, kill)

    def place(self, value: bytes) -> Place:
        return place(value)

    def decided_at(self, value: bytes) -> float:
        return decided_at(value)

    def check(self, _outputs: Iterable[Arrival]) -> None:
        """Hold them to nothing more."""


def others() -> list[Program]:
    """Return those with whom ours is compared; without Kafka Streams where it is not built."""
    agent = Program("(a) a plain Faust agent, one send for each message", _faust, committed=False)
    transactions = Program("(b) confluent-kafka, transactions", _transactions)
    streams = Program(STREAMS, _streams, exit_code=ENDED_BY_SIGTERM)
    return [agent, transactions, *([streams] if streams_built() else [])]


def streams_built() -> Path | None:
    """Return the folder that `streams/build.sh` made of the present sources; None where it did not."""
    sources = Path(__file__).parent / "streams"
    recipe = b"".join((sources / name).read_bytes() for name in ("pom.xml", "AddShares.java"))
    folder = ROOT / ".cache" / f"streams-{hashlib.sha256(recipe).hexdigest()[:16]}"
    return folder if folder.is_dir() else None


def administration(bootstrap: str) -> AdminClient:
    """Return a client that keeps to itself what it forgets at its end."""
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 3})


def remove_topics(bootstrap: str, prefix: str) -> None:
    """Remove the topics of a run: the next one is to find as much room."""
    client = administration(bootstrap)
    names = [name for name in client.list_topics(timeout=30).topics if name.startswith(prefix)]
    for future in client.delete_topics(names).values():
        future.result()


def _faust(bootstrap: str, group: str, source: str, output: str, folder: Path) -> Sequence[str]:
    module = "tests.benchmarks.kafka.faust_agent"
    return (sys.executable, "-m", module, bootstrap, group, source, output, str(folder))


def _transactions(bootstrap: str, group: str, source: str, output: str, _folder: Path) -> Sequence[str]:
    return (sys.executable, "-m", "tests.benchmarks.kafka.transactions", bootstrap, group, source, output)


def _streams(bootstrap: str, group: str, source: str, output: str, folder: Path) -> Sequence[str]:
    built = streams_built()
    path = f"{built}/classes:{built}/libs/*"
    return ("java", "-Xmx1g", "-cp", path, "AddShares", bootstrap, group, source, output, str(folder))


@contextmanager
def at_work(contender: Contender, cluster: Cluster, folder: Path, partitions: int) -> Iterator[Running]:
    """Have a contender at work; it ends well, or the block fails."""
    running = contender.run(cluster, folder, partitions)
    try:
        yield running
        running.stop()
    finally:
        running.kill()
