"""Appending: whole batches, idempotent, acknowledged by every in-sync replica."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from workers.log.engine import AppendFailed, OutcomeUnknown
from workers.log.kafka.cluster import Cluster
from workers.log.kafka.failures import RAISED, sentence
from workers.log.kafka.layout import Place

BATCH_BYTES = 1024 * 1024
ENVELOPE_BYTES = 512
LET_GO_SECONDS = 5.0


class Item(NamedTuple):
    """One record to be appended."""

    value: bytes
    key: bytes | None = None


class Producing:
    """One producer at a time; after an error of unknown outcome there is a new one, with a new identity."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._producer: Any = None
        self._letting_go: set[asyncio.Task[None]] = set()

    async def append(self, batches: Mapping[Place, Sequence[Item]]) -> dict[Place, int]:
        """Append in order, and return the position after the last item of each place.

        AppendFailed: nothing was appended. OutcomeUnknown: anything may be.
        """
        self._refuse_too_large(batches)
        producer = await self._ready(batches)
        sent: list[list[Any]] = []
        try:
            for place, items in batches.items():
                sent.append(await self._send(producer, place, items))
            acknowledged = await asyncio.gather(*(each for futures in sent for each in futures))
        except (*RAISED, asyncio.CancelledError) as error:
            self._renew()
            if isinstance(error, asyncio.CancelledError):
                raise
            where = _named(_failed(batches, sent, error) or batches)
            raise OutcomeUnknown(
                f"nobody knows what was appended: {sentence(error, where, 'write')}"
            ) from error
        return self._ends(batches, [each.offset for each in acknowledged], [len(each) for each in sent])

    async def stop(self) -> None:
        """Let the producer go; what it has not sent may or may not arrive."""
        if self._producer is not None:
            self._renew()
        await asyncio.gather(*self._letting_go)

    def _refuse_too_large(self, batches: Mapping[Place, Sequence[Item]]) -> None:
        largest = self._cluster.message_bytes_max - ENVELOPE_BYTES
        for place, items in batches.items():
            for item in items:
                if len(item.value) > largest:
                    raise AppendFailed(
                        f"a value of {len(item.value)} bytes is over the {largest} that {place.topic} takes; "
                        "nothing was appended"
                    )

    async def _ready(self, batches: Mapping[Place, Sequence[Item]]) -> Any:
        """Return a producer that knows every topic; nothing has been sent when this fails."""
        try:
            if self._producer is None:
                self._producer = await self._start()
            for place in batches:
                partitions = await self._producer.partitions_for(place.topic)
                if place.partition not in partitions:
                    raise UnknownTopicOrPartitionError
        except RAISED as error:
            where = ", ".join(sorted({place.topic for place in batches}))
            raise AppendFailed(f"nothing was appended: {sentence(error, where, 'write')}") from error
        return self._producer

    async def _start(self) -> Any:
        producer = AIOKafkaProducer(
            **self._cluster.client(),
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            max_request_size=self._cluster.message_bytes_max,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    @staticmethod
    async def _send(producer: Any, place: Place, items: Sequence[Item]) -> list[Any]:
        """Hand the items over in full batches; one that is larger than a batch has a batch of its own."""
        futures, batch = [], producer.create_batch()
        for item in items:
            if batch.append(key=item.key, value=item.value, timestamp=None) is not None:
                continue
            futures.append(await producer.send_batch(batch, place.topic, partition=place.partition))
            batch = producer.create_batch()
            batch.append(key=item.key, value=item.value, timestamp=None)
        futures.append(await producer.send_batch(batch, place.topic, partition=place.partition))
        return futures

    @staticmethod
    def _ends(
        batches: Mapping[Place, Sequence[Item]], offsets: list[int], counts: list[int]
    ) -> dict[Place, int]:
        """Return at least how far each place reaches now: from the offset of its last batch on."""
        ends, last = {}, -1
        for place, count in zip(batches, counts, strict=True):
            last += count
            ends[place] = offsets[last] + 1
        return ends

    def _renew(self) -> None:
        """Let the producer go in the background: what it still delivers is void, or a copy."""
        task = asyncio.ensure_future(_let_go(self._producer))
        self._letting_go.add(task)
        task.add_done_callback(self._letting_go.discard)
        self._producer = None


def _failed(batches: Iterable[Place], sent: Sequence[Sequence[Any]], error: BaseException) -> list[Place]:
    """Return the places of which this is the error, as far as that is known."""
    return [
        place
        for place, futures in zip(batches, sent, strict=False)
        if any(each.done() and not each.cancelled() and each.exception() is error for each in futures)
    ]


def _named(places: Iterable[Place]) -> str:
    return ", ".join(f"{place.topic}-{place.partition}" for place in places)


async def _let_go(producer: Any) -> None:
    """Stop a producer; where it cancels its own work, or takes too long, its connections are still open."""
    try:
        await asyncio.wait_for(producer.stop(), LET_GO_SECONDS)
    except (TimeoutError, KafkaError, asyncio.CancelledError):
        await producer.client.close()
