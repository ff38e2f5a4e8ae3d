"""A log on real brokers under load: workers, a sender, and the verdict on what they left."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from tests.brokers.kafka_verdict import LogOnKafka, check_acknowledged, check_owners
from tests.brokers.log_on_kafka import fresh_log
from tests.brokers.sender import Sender
from tests.brokers.worker_processes import (
    ACCOUNTS,
    TALLYSTICK,
    Program,
    WorkerProcess,
    WorkerProcesses,
    tallystick,
    until_among,
)
from tests.kills.kill_load import Load
from tests.kills.kill_verdict import check_confirmations, check_inputs, check_lots, check_mints, check_sent
from workers.log.kafka import Cluster

PARTITIONS = 4
SECONDS = 600
"""For anything that workers come to by themselves; this machine may have much else to do."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the whole log comes to, folded anew: everything was checked, and this is how much there was.

    `wait` is the longest in seconds that an input waited for its decision, of those that were asked for.
    """

    inputs: int
    voids: int
    takeovers: int
    mints: int
    wait: float
    became: Counter[str] = field(default_factory=Counter)


class UnderLoad:
    """Workers on a log of their own, and a sender that rests until it is told to go on.

    `log` is read on as the log grows, by kafka-python, to wait for conditions; `verdict` reads it anew.
    """

    def __init__(
        self,
        bootstrap: str,
        folder: Path,
        seed: int,
        *,
        partitions: int = PARTITIONS,
        replication_factor: int = 1,
        timeout_ms: int = 10_000,
    ) -> None:
        self.bootstrap = bootstrap
        self.partitions = partitions
        self.seed = seed
        self.cluster = replace(self._make_topics(replication_factor), timeout_ms=timeout_ms)
        self.workers = WorkerProcesses(
            self.cluster, folder, partitions=partitions, replication_factor=replication_factor
        )
        self.log = self._reading()
        self.sender = self._sending("load")
        self.senders = [self.sender]

    def __enter__(self) -> Self:
        self.workers.__enter__()
        self.create()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sender in self.senders:
            sender.close()
        self.workers.__exit__(kind, error, trace)
        self.log.close()

    def create(self) -> None:
        """Create the log."""
        tallystick("log", "create", "--config", self.workers.config("admin"))

    def start(self, *, settlement: Program = TALLYSTICK, executor: Program = TALLYSTICK) -> None:
        """Start two settlement workers and an executor, and set the house up."""
        self.workers.add(program=settlement)
        self.workers.add(program=settlement)
        self.workers.add("executor", program=executor)
        self.set_up_the_house()

    def set_up_the_house(self) -> None:
        """Return once the workers decided the genesis and every order of the house."""
        load = self.sender.load
        self.until("genesis is decided", lambda log: log.rules() >= 1)
        self.sender.send(load.house())
        self.until("the house stands", lambda log: log.rules() >= load.house_rules())

    def burst(self, count: int) -> None:
        """Append so many deliveries at once, beside the sender that goes on."""
        self.send_all(f"burst{len(self.senders)}", count)

    def send_all(self, name: str, *counts: int) -> None:
        """Append the first deliveries of a load, in batches of these sizes, until all are acknowledged."""
        sender = self._sending(name)
        self.senders.append(sender)
        deliveries = sender.load.deliveries()
        for count in counts:
            sender.send(islice(deliveries, count))

    def until(self, what: str, happened: Callable[[LogOnKafka], bool], seconds: float = SECONDS) -> None:
        """Read the log on until it shows that it happened."""

        def looked() -> bool:
            for sender in self.senders:
                sender.check()
            return self.log.try_to_read() and happened(self.log)

        until_among(what, seconds, self.workers, looked)

    def more_inputs(self, count: int) -> None:
        """Return once so many more inputs stand in the log than were read so far."""
        wanted = self.log.inputs() + count
        self.until(f"{count} more inputs are there", lambda log: log.inputs() >= wanted)

    def more_decisions(self, count: int) -> None:
        """Return once so many more records are valid than were read so far."""
        wanted = self.log.decisions() + count
        self.until(f"{count} more decisions are made", lambda log: log.decisions() >= wanted)

    def until_decided(self, seconds: float = SECONDS) -> None:
        """Let the sender rest, and return once everything is decided and every mint is final."""
        self.sender.rest()
        self.until("everything is decided and final", at_rest, seconds)

    def until_owned_by(self, *pids: int) -> None:
        """Return once every book of the ledger is owned by one of these processes, and each owns one."""
        self.until(f"the books are shared out to {pids}", lambda log: owned_by(log) == set(pids))

    def until_owning(self, worker: WorkerProcess) -> None:
        """Return once the worker owns a book of the ledger."""
        self.until(f"{worker.pid} owns a book", lambda log: worker.pid in owned_by(log))

    def until_not_owning(self, pid: int) -> None:
        """Return once others own every book of the ledger."""
        self.until(f"{pid} owns nothing", lambda log: pid not in owned_by(log))

    def verdict(self, since: float = 0.0) -> Verdict:
        """Fold the whole log anew and hold it to everything that must be so; `since` bounds `wait`."""
        log = self._read_anew()
        decided = check_inputs(log)
        check_owners(log)
        acknowledged: Counter[tuple[str, str]] = Counter()
        movements: dict[Any, str] = {}
        for sender in self.senders:
            acknowledged += sender.acknowledged
            movements |= sender.load.movements
        check_acknowledged(log, decided, acknowledged)
        became = check_confirmations(log, decided, movements)
        check_lots(log)
        mints, wait = self._check_chains(log), log.longest_wait(since)
        return Verdict(log.inputs(), log.voids(), log.takeovers(), mints, wait, became)

    def check_sent(self) -> int:
        """Hold what stands on the chains to what the log says was signed; also while it goes on."""
        with self._chains() as chains:
            return check_sent(self._read_anew(), chains)

    def check_owners(self) -> None:
        """Hold the books to their owners; also while it goes on."""
        check_owners(self._read_anew())

    def _check_chains(self, log: LogOnKafka) -> int:
        if not self.workers.chains.exists():
            return 0
        with self._chains() as chains:
            check_sent(log, chains)
            return check_mints(log, chains)

    @contextmanager
    def _chains(self) -> Iterator[Path]:
        """Give a copy of the chains' files, made while nobody writes them."""
        with TemporaryDirectory() as folder:
            executors = self.workers.of("executor")
            for each in executors:
                each.freeze()
            try:
                shutil.copytree(self.workers.chains, Path(folder) / "chains")
            finally:
                for each in executors:
                    each.thaw()
            yield Path(folder) / "chains"

    def _make_topics(self, replication_factor: int) -> Cluster:
        return fresh_log(
            *self.bootstrap.split(","),
            partitions=self.partitions,
            accounts=ACCOUNTS,
            replication_factor=replication_factor,
        )

    def _sending(self, name: str) -> Sender:
        return Sender(self.cluster, Load(self.seed, name), partitions=self.partitions)

    def _read_anew(self) -> LogOnKafka:
        log = self._reading()
        try:
            log.read()
        finally:
            log.close()
        return log

    def _reading(self) -> LogOnKafka:
        return LogOnKafka(bootstrap=self.bootstrap, prefix=self.cluster.prefix)


def at_rest(log: LogOnKafka) -> bool:
    """Return whether everything is decided, and every mint final."""
    return not log.undecided() and log.open_mints() == 0


def owned_by(log: LogOnKafka) -> set[int]:
    """Return the processes that own books of the ledger."""
    return {process_of(owner) for book, owner in log.owners().items() if book.startswith("ledger-")}


def process_of(owner: str) -> int:
    """Return the process in an owner's id, which is HOST-PID-CHANCE."""
    return int(owner.split("-")[-2])
