"""The thread that decides: rounds over the books that membership gave this process.

A round lets every book do what it can, appends what they decided, and begins anew. Small decisions of many
books go in one call; many of one book do not wait for the others. The thread has an engine of its own; what
Faust's event loop tells it is only which partitions are ours, and when to stop.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import structlog

from workers.log.commit import GroupCommit
from workers.log.engine import Engine, LogError

APPENDED_AT = 200
"""So many values of a round are appended before the next book decides: they would wait for it."""
IDLE_SECONDS = 0.02
FAILED_SECONDS = 0.5
"""The rest after a round that the log refused: brokers that are away are not asked as fast as can be."""


class Part(Protocol):
    """What takes part in rounds: a ledger book, a signing account."""

    def advance(self, commit: GroupCommit) -> object:
        """Do what can be done now; appends go to the commit."""
        ...

    @property
    def pending(self) -> int:
        """Return how many records wait to be read back."""
        ...

    @property
    def behind(self) -> bool:
        """Return whether more of its book stands there than was read."""
        ...


class Rounds:
    """Rounds over those parts that are ours; `make` makes a part, in this thread, for a partition.

    `stand_by` names the parts that this process reads on while they are others': it is told of a takeover
    that has little left to read. `after_round` is told of the parts between two rounds, whatever became of
    the last one.
    """

    def __init__(
        self,
        *,
        open_engine: Callable[[], Engine],
        make: Callable[[Engine, int], Part],
        wait: Callable[[float], None],
        forget: Callable[[int], None],
        after_round: Callable[[Engine, Mapping[int, Any]], None],
        stand_by: Iterable[int] = (),
    ) -> None:
        self.owned: frozenset[int] = frozenset()
        self.failure: BaseException | None = None
        self._open_engine = open_engine
        self._make = make
        self._wait = wait
        self._forget = forget
        self._after_round = after_round
        self._stand_by = frozenset(stand_by)
        self._followed: frozenset[int] = frozenset()
        self._parts: dict[int, Part] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)
        self._log = structlog.get_logger("tallystick.rounds")

    @property
    def alive(self) -> bool:
        """Return whether rounds are being done."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round that is under way, and wait for it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def parts(self) -> dict[int, Part]:
        """Return what takes part now, by partition."""
        return dict(self._parts)

    def _run(self) -> None:
        try:
            engine = self._open_engine()
            try:
                while not self._stopping.is_set():
                    self._round(engine)
                    self._after_round(engine, self._parts)
            finally:
                engine.close()
        except BaseException as error:  # noqa: BLE001 - the service that watches this thread raises it
            self.failure = error

    def _round(self, engine: Engine) -> None:
        self._follow_membership(engine)
        appended = 0
        try:
            appended = self._advance(engine)
        except LogError as error:  # whoever appended was told, and takes its book over afresh
            self._log.warning("round_failed", error=str(error))
            self._stopping.wait(FAILED_SECONDS)
            return
        if not appended and not any(part.pending or part.behind for part in self._parts.values()):
            self._wait(IDLE_SECONDS)

    def _advance(self, engine: Engine) -> int:
        """Let every part do what it can; return how many values were appended."""
        appended, commit = 0, GroupCommit()
        for part in self._parts.values():
            try:
                part.advance(commit)
            except LogError as error:
                commit.abandon(error)
                raise
            if commit.values >= APPENDED_AT:
                appended += commit.flush(engine)
                commit = GroupCommit()
        return appended + commit.flush(engine)

    def _follow_membership(self, engine: Engine) -> None:
        owned = self.owned
        for partition in self._followed - owned:
            self._forget(partition)
        self._followed = owned
        wanted = owned | self._stand_by
        for partition in [each for each in self._parts if each not in wanted]:
            del self._parts[partition]
        for partition in sorted(wanted - set(self._parts)):
            self._parts[partition] = self._make(engine, partition)
