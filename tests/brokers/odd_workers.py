"""Workers that are broken on purpose: `python -m tests.brokers.odd_workers ODDITY worker ROLE --config FILE`.

| oddity              | what it does                                                                 |
|---------------------|------------------------------------------------------------------------------|
| `deaf`              | goes on deciding what it ever was given, whatever the group says             |
| `slow to let go`    | hears of a revocation a while after it was told                              |
| `drops fetches`     | as if many a fetch had straddled a rebalance                                 |
| `raises in ...`     | dies in a signal's handler, a round, a fetch, a heartbeat                    |
| `acts early`        | mutant: sends what it signed before the record is read back                  |
| `trusts offsets`    | mutant: goes on where the group's committed offsets say                      |
| `sends again`       | mutant: makes an append of unknown outcome again                             |
| `goes on`           | mutant: drops fetches, and does not seek again                               |

All of it is done from outside, so the product has no switch for it.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from aiokafka.consumer.group_coordinator import GroupCoordinator

import workers.stream.application
import workers.stream.executor
import workers.stream.settlement
from workers.chains.base import SignedTransaction
from workers.cli import main
from workers.executor import Executor
from workers.log.engine import Engine, Entry, OutcomeUnknown
from workers.log.kafka.engine import KafkaEngine
from workers.runner import Surroundings
from workers.settlement import Settlement
from workers.stream.consumer import LedgerConsumer, LedgerTransport
from workers.stream.fetched import Fetched
from workers.stream.rounds import Rounds

SLOW_SECONDS = 2.0
DROPPED_OF = 5

settlement: Any = workers.stream.settlement
executor: Any = workers.stream.executor
transport: Any = LedgerTransport


class DeafRounds(Rounds):
    @property
    def owned(self) -> frozenset[int]:
        return self._heard

    @owned.setter
    def owned(self, given: frozenset[int]) -> None:
        self._heard = getattr(self, "_heard", frozenset()) | given


def deaf() -> None:
    def alone(log: Engine, partition: int, around: Surroundings, **_: Any) -> Settlement:
        return Settlement(log, partition, around)  # reads its inboxes itself: its group feeds it no more

    settlement.Rounds, settlement.Settlement = DeafRounds, alone


class SlowConsumer(LedgerConsumer):
    async def threadsafe_partitions_revoked(self, *told: Any) -> None:
        await asyncio.sleep(SLOW_SECONDS)
        await super().threadsafe_partitions_revoked(*told)


def slow_to_let_go() -> None:
    transport.Consumer = SlowConsumer


class DroppingConsumer(LedgerConsumer):
    fetches = 0
    dropping = False

    async def _getmany(self, partitions: Any, seconds: float) -> Any:
        answered = await super()._getmany(partitions, seconds)
        self.fetches += bool(answered)
        self.dropping = bool(answered) and self.fetches % DROPPED_OF == 0
        return answered

    def _is_live(self) -> bool:
        dropping, self.dropping = self.dropping, False
        return super()._is_live() and not dropping


class NeverSeekingAgain(Fetched):
    def seek_again(self) -> None:
        return


def drops_fetches() -> None:
    transport.Consumer = DroppingConsumer


def goes_on() -> None:
    transport.Consumer, settlement.Fetched = DroppingConsumer, NeverSeekingAgain


class CommittingConsumer(LedgerConsumer):
    async def perform_seek(self) -> None:
        await super(LedgerConsumer, self).perform_seek()

    async def _getmany(self, partitions: Any, seconds: float) -> Any:
        answered = await super()._getmany(partitions, seconds)
        if answered:
            await self._thread.commit({tp: records[-1].offset + 1 for tp, records in answered.items()})
        return answered


class FromAnywhere(Fetched):
    """Takes what is fetched as what comes next."""

    def read(self, stream: str, position: int, limit: int) -> list[Entry]:
        with self._lock:
            found = self._streams.get(stream)
            if found is None:
                self._streams[stream] = found = workers.stream.fetched._Stream(position, position)
                found.sought = True
            while found.entries and found.entries[0].position < position:
                found.entries.popleft()
            return list(islice(found.entries, limit))

    def seek_again(self) -> None:
        return


def trusts_offsets() -> None:
    transport.Consumer, settlement.Fetched = CommittingConsumer, FromAnywhere


class InsistingEngine(KafkaEngine):
    def append(self, batches: Mapping[str, Sequence[bytes]]) -> None:
        while True:
            try:
                return super().append(batches)
            except OutcomeUnknown:
                continue


def sends_again() -> None:
    settlement.KafkaEngine = executor.KafkaEngine = InsistingEngine


class HastyExecutor(Executor):
    def _sign(self, operation: str, sign: Callable[[], SignedTransaction]) -> SignedTransaction | None:
        signed = super()._sign(operation, sign)
        if signed is not None:
            self.chain.broadcast(signed.data)
        return signed


def acts_early() -> None:
    executor.Executor = HastyExecutor


def raises_in_a_handler() -> None:
    settlement.books_of = _raise


def raises_in_a_round() -> None:
    class Broken(Rounds):
        def _advance(self, _engine: Engine) -> int:
            if self.parts():
                _raise()
            return 0

    settlement.Rounds = Broken


def raises_in_a_fetch() -> None:
    class Broken(LedgerConsumer):
        async def _getmany(self, *_: Any) -> Any:
            _raise()

    transport.Consumer = Broken


def raises_in_a_heartbeat() -> None:
    async def heartbeat(_: Any) -> bool:
        return _raise()

    coordinator: Any = GroupCoordinator
    coordinator._do_heartbeat = heartbeat


def _raise(*_: Any) -> Any:
    raise RuntimeError("broken on purpose")


ODDITIES: dict[str, Callable[[], None]] = {
    function.__name__.replace("_", " "): function
    for function in (
        deaf,
        slow_to_let_go,
        drops_fetches,
        goes_on,
        trusts_offsets,
        sends_again,
        acts_early,
        raises_in_a_handler,
        raises_in_a_round,
        raises_in_a_fetch,
        raises_in_a_heartbeat,
    )
}


def program(oddity: str) -> tuple[str, ...]:
    """Return what Python runs for a worker with this oddity."""
    assert oddity in ODDITIES
    return ("-m", "tests.brokers.odd_workers", oddity)


if __name__ == "__main__":
    ODDITIES[sys.argv.pop(1)]()
    main()
