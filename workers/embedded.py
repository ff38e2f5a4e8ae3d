"""The embedded runtime: the whole product in one process, one thread, one file.

A round lets everybody do what they can, collects what they append, and makes it durable in one commit.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import structlog

from workers.audit import Finding, check_log
from workers.authorizations import Authorizations
from workers.bootstrap import (
    chain_node,
    create_log,
    development_log,
    make_folder,
    now,
    open_log,
    partitions_of,
    surroundings,
)
from workers.collector import Collector
from workers.core.ledger import Given
from workers.development import SimulatedChains
from workers.drop import DropFolder
from workers.executor import Executor
from workers.intake import Intake
from workers.log.commit import GroupCommit
from workers.log.engine import Engine, LogBusy
from workers.log.ownership import Ownership
from workers.log.sqlite import SqliteEngine
from workers.loop import Settled
from workers.settings import Settings
from workers.settlement import Settlement
from workers.tracing.hooks import NOT_TRACING, Tracing

AfterRound = Callable[[Engine, Mapping[int, Settlement | Executor]], None]
"""What is told of the log and of everybody who works on a book, between two rounds."""

IDLE_SECONDS = 0.01
IDLE_SECONDS_MAX = 0.05


class Embedded:
    """Settlement of every book, every signing account, the chains and the drop folder of one data folder."""

    def __init__(self, settings: Settings, *, tracing: Tracing = NOT_TRACING) -> None:
        make_folder(settings.data)
        self.ownership = Ownership(settings.data)
        try:
            # Its owner creates the log, or ends a creation that was cut short: nobody else is at it.
            self.created = create_log(settings.data, development_log(settings))
            self._open(settings, settings.data, tracing)
        except BaseException:
            self.ownership.release()
            raise

    def _open(self, settings: Settings, data: Path, tracing: Tracing) -> None:
        self.engine: SqliteEngine = open_log(data)
        partitions = partitions_of(self.engine)
        around = surroundings()
        of_ledger = replace(around, told=tracing.of_ledger())
        self.settlements = [Settlement(self.engine, number, of_ledger) for number in range(partitions)]
        self.authorizations = Authorizations(self.engine, partitions)
        self.executors: list[Executor] = []
        nodes = [chain_node(data, each) for each in settings.chains]
        self._chains = SimulatedChains(nodes)
        for each, node in zip(settings.chains, nodes, strict=True):
            self.executors += [
                Executor(
                    self.engine,
                    account,
                    node.chain,
                    self.authorizations,
                    replace(around, told=tracing.of_account(self.authorizations)),
                    poll_seconds=settings.poll_milliseconds / 1000,
                )
                for account in each.accounts
            ]
        intake = Intake(self.engine, partitions=partitions, profiles=settings.reading_profiles(), now=now)
        self.drop = DropFolder(data, intake)
        self._log = structlog.get_logger("tallystick.embedded")

    @property
    def parts(self) -> dict[int, Settlement | Executor]:
        """Return everybody who works on a book, numbered."""
        return dict(enumerate([*self.settlements, *self.executors]))

    def round(self) -> int:
        """Let everybody work once; return how many values were made durable."""
        self._chains.keep_up(self.engine)
        commit = GroupCommit()
        try:
            self._collect(commit)
        except LogBusy as error:
            commit.abandon(error)
            self._log.warning("log_busy", error=str(error))
            return 0
        try:
            return commit.flush(self.engine)
        except LogBusy as error:
            self._log.warning("log_busy", error=str(error))
            return 0

    def _collect(self, commit: GroupCommit) -> None:
        settled: list[Settled[Given]] = []
        for settlement in self.settlements:
            settled += settlement.advance(commit)
        self.drop.decided(settled)
        self.drop.advance(commit)
        self.authorizations.advance()
        for executor in self.executors:
            executor.advance(commit)

    def run(self, stopped: Callable[[], bool], after_round: AfterRound = lambda _log, _parts: None) -> None:
        """Work until told to stop; rest after a round in which nothing happened, longer after several."""
        collector, rest, parts = Collector(), 0.0, self.parts
        while not stopped():
            made = self.round()
            after_round(self.engine, parts)
            collector.made(made)
            rest = 0.0 if made or self._behind() else min(rest + IDLE_SECONDS, IDLE_SECONDS_MAX)
            time.sleep(rest)

    def _behind(self) -> bool:
        settlements = any(each.behind for each in self.settlements)
        return settlements or any(each.runner.behind for each in self.executors)

    def check(self) -> tuple[Finding, ...]:
        """Return what does not hold of the log as it stands: one that does not verify is not appended to."""
        self.engine.check()
        return check_log(self.engine)

    def close(self) -> None:
        """Release the log and the folder."""
        try:
            self.engine.close()
        finally:
            self.ownership.release()
