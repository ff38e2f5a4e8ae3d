"""Faust's consumer, with positions from the ledger: group offsets decide nothing.

Names of faust-streaming 0.15.3 that are not its public interface, and that this relies on:

| name                                   | for what                                                      |
|----------------------------------------|---------------------------------------------------------------|
| `Consumer._drain_messages(fetcher)`    | the fetching loop, replaced: whole batches, no streams        |
| `Consumer.perform_seek()`              | the one place where positions are set after a rebalance       |
| `Consumer._getmany(partitions, s)`     | a fetch in the consumer's thread                              |
| `Consumer._new_consumer_thread()`      | where the thread's consumer comes from                        |
| `Consumer.verify_event_path(now, tp)`  | a watch over streams and commits, of which there are none     |
| `AIOKafkaConsumerThread._create_worker_consumer(transport)` | aiokafka's consumer, before it starts     |
| `AIOKafkaConsumer._fetch_max_wait_ms`  | fixed at 1.5 s by Faust: what one partition would wait for others |
| `AIOKafkaConsumer._coordinator.check_errors()` | who fetches nothing must ask whether the membership lives |
| `ServiceThread.Worker`, `.on_crash`    | a thread that would outlive the process, and print when it dies |

`tests/brokers/test_faust_names.py` fails when another version changes one of them.
"""

import contextlib
from time import monotonic
from typing import Any

from aiokafka.errors import IllegalStateError
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from mode.threads import ServiceThread, WorkerThread

from workers.log.engine import Entry

FETCH_WAIT_MS = 20
FETCH_SECONDS = 0.1
REST_SECONDS = 0.02
CHECK_SECONDS = 0.5


class MembershipThread(WorkerThread):
    """Ends with the process: a thread that hangs keeps no worker half alive."""

    def __init__(self, service: ServiceThread, **options: Any) -> None:
        super().__init__(service, **options)
        self.daemon = True

    def run(self) -> None:
        """Serve; what it died of is told by `on_crash`, and not by the interpreter again."""
        with contextlib.suppress(Exception):
            super().run()


class LedgerConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that fetches and keeps the membership alive."""

    Worker = MembershipThread

    def on_crash(self, msg: str, *fmt: Any, **_: Any) -> None:
        """Tell the logs instead of printing: standard error holds one JSON object a line."""
        self.log.error(msg.format(*fmt))

    async def check_membership(self) -> None:
        """Raise what the membership died of: aiokafka goes on after an error only when somebody asks."""

        async def check() -> None:
            if self._consumer is not None:
                self._consumer._coordinator.check_errors()  # noqa: SLF001

        await self.call_thread(check)

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - see the table above
        return consumer


class LedgerConsumer(driver.Consumer):
    """Hands whole batches of the inboxes to `app.fetched`, from the positions that it asks for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._app: Any = self.app

    def _new_consumer_thread(self) -> LedgerConsumerThread:
        return LedgerConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Go nowhere yet: each stream is sought when the loop has read its book and says where it stands."""
        self._app.fetched.seek_again()

    def verify_event_path(self, now: float, tp: Any) -> None:
        """Watch nothing: there are no streams and no commits."""

    async def _drain_messages(self, fetcher: Any) -> None:
        thread: Any = self._thread
        checked_at = 0.0
        while not (self.should_stop or fetcher.should_stop):
            if monotonic() - checked_at > CHECK_SECONDS:
                await thread.check_membership()
                checked_at = monotonic()
            if not self._is_live():
                await self.sleep(REST_SECONDS)
                continue
            if not await self._fetch():
                await self.sleep(REST_SECONDS)

    def _is_live(self) -> bool:
        return self.flow_active and not self._app.rebalancing

    async def _fetch(self) -> bool:
        """Fetch once what the loop wants; return whether anything was to be fetched.

        Nothing may wait for this: aiokafka holds a fetch back until a rebalance that began is over.
        """
        mine = {f"{tp.topic}-{tp.partition}": ensure_TP(tp) for tp in self.assignment()}
        buffers, prefix = self._app.fetched, self._app.topic_prefix
        generation = self._app.consumer_generation_id
        seeks = {
            mine[prefix + stream]: position
            for stream, position in buffers.seeks().items()
            if prefix + stream in mine
        }
        try:
            if seeks:
                await self.seek_wait(seeks)
            wanted = {mine[prefix + stream] for stream in buffers.wanted() if prefix + stream in mine}
            if not wanted:  # an empty set means all of them to aiokafka
                return False
            answered = await self._getmany(wanted, FETCH_SECONDS)
        except IllegalStateError:  # the partition was lost in between
            buffers.seek_again()
            return False
        if not self._is_live() or generation != self._app.consumer_generation_id:
            buffers.seek_again()  # a fetch that straddles a rebalance is dropped, so it is read again
            return False
        for tp, records in answered.items():
            stream = f"{tp.topic}-{tp.partition}".removeprefix(prefix)
            buffers.put(stream, [Entry(record.offset, record.value) for record in records])
        return True


class LedgerTransport(driver.Transport):
    """Faust's transport with that consumer."""

    Consumer = LedgerConsumer
