"""Processes: each could own every book, and believes what membership told it last."""

import itertools
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from schemas.streams import ledger_book, transactions_book
from tests.simulation.clockwork import Clock
from tests.simulation.networks import SimulatedNetwork, WatchedChain, account_of
from tests.simulation.watch import Watcher
from workers.authorizations import Authorizations
from workers.core.ledger import Given
from workers.core.ledger.state import InstrumentBook
from workers.executor import Executor
from workers.log.commit import GroupCommit
from workers.log.engine import LogError
from workers.log.faulty import FaultyEngine, FaultyLog
from workers.loop import Settled
from workers.runner import Counts, Runner, Surroundings
from workers.settlement import Settlement

OwnedBook = Runner[Any, Any]


class Process:
    """One process's life between two crashes.

    A round's appends may wait while further rounds are decided: the process runs ahead of the log, or is
    stopped there and goes on long after it lost its books.
    """

    def __init__(
        self,
        name: str,
        life: int,
        *,
        log: FaultyLog,
        networks: dict[str, SimulatedNetwork],
        watcher: Watcher,
        clock: Clock,
        partitions: int,
        view: set[str],
        random: Random,
        snapshots: Path,
    ) -> None:
        self.name = name
        self.life = life
        self.client = f"{name}.{life}"
        self.view = view
        self.engine: FaultyEngine = log.client(self.client)
        self._watcher = watcher
        self._waiting: deque[GroupCommit] = deque()
        owners = itertools.count()
        skew_seconds = random.choice((0.0, 0.0, -1.5, 2.5))
        around = Surroundings(
            now=lambda: clock.now(skew_seconds),
            monotonic=clock.monotonic,
            new_owner=lambda: f"{self.client}.{next(owners)}",
            pause=lambda: random.random() * 3,
            owned=lambda book: book in self.view,
            program="simulation",
            readback_timeout_seconds=8.0,
            pending_max=random.choice((3, 40, 2_000)),
        )
        self.settlements = [
            Settlement(self.engine, number, around, snapshots=snapshots) for number in range(partitions)
        ]
        self.authorizations = Authorizations(self.engine, partitions)
        self.executors = [
            Executor(
                self.engine,
                account_of(chain),
                WatchedChain(network, watcher),
                self.authorizations,
                around,
                poll_seconds=1.0,
            )
            for chain, network in networks.items()
        ]

    @property
    def waiting(self) -> int:
        """Return how many rounds' appends wait."""
        return len(self._waiting)

    def ledger_state(self, instrument: str) -> InstrumentBook | None:
        """Return the state of an instrument's book, where this process owns it."""
        for settlement in self.settlements:
            runner = settlement.runner
            if runner.owning and instrument in runner.loop.state.instruments:
                return runner.loop.state.instruments[instrument]
        return None

    def has_work(self, instrument: str) -> bool:
        """Return whether ticks have something to go on with of an instrument that this process owns."""
        for settlement in self.settlements:
            state = settlement.runner.loop.state
            if settlement.runner.owning and instrument in state.instruments:
                return state.instruments[instrument].has_work(state.rules)
        return False

    def runners(self) -> Iterator[OwnedBook]:
        yield from (settlement.runner for settlement in self.settlements)
        yield from (executor.runner for executor in self.executors)

    def counts(self) -> Counts:
        every = [runner.counts for runner in self.runners()]
        return Counts(
            takeovers=sum(counts.takeovers for counts in every),
            doubts=sum(counts.doubts for counts in every),
            voids=sum(counts.voids for counts in every),
            settled=sum(counts.settled for counts in every),
        )

    def begin_round(self) -> None:
        """Read, decide and act; what is to be appended waits."""
        commit = GroupCommit()
        for settlement in self.settlements:
            self._acknowledged(settlement.runner.book, settlement.advance(commit))
        self.authorizations.advance()
        for executor in self.executors:
            executor.advance(commit)
        self._waiting.append(commit)

    def end_round(self) -> int:
        """Append what waits longest; return how many values that were."""
        if not self._waiting:
            return 0
        try:
            return self._waiting.popleft().flush(self.engine)
        except LogError:
            return 1

    def end_all_rounds(self) -> None:
        while self._waiting:
            self.end_round()

    def _acknowledged(self, book: str, settled: list[Settled[Given]]) -> None:
        """Nothing is acknowledged that does not stand in the book as valid."""
        for each in settled:
            if self._watcher.valid.get((book, each.record.seq)) != each.record.sha256:
                text = f"{self.client} acknowledged a record that is not in the book"
                self._watcher.violate("INV-008", text, book=book, seq=each.record.seq)


def books(partitions: int, chains: list[str]) -> list[str]:
    ledger = [ledger_book(number) for number in range(partitions)]
    return [*ledger, *(transactions_book(account_of(chain)) for chain in chains)]
