"""Reading: one consumer without a group, moved to wherever somebody wants to read."""

import asyncio
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import OffsetOutOfRangeError, TopicAuthorizationFailedError
from aiokafka.protocol.metadata import MetadataRequest

from workers.log.engine import LogDamaged, LogUnusable
from workers.log.kafka.cluster import Cluster
from workers.log.kafka.failures import RAISED, sentence
from workers.log.kafka.layout import Place

WAIT_MS = 20
"""How long a broker holds a request back for data: what a partition waits at most for the others' request."""
FETCH_MS = 250
ASK_SECONDS = 1.0
FETCH_BYTES = 4 * 1024 * 1024


class Reading:
    """Positions and ends of the places that were read; `fresh_seconds` is how old a known end may be."""

    def __init__(self, cluster: Cluster, *, fresh_seconds: float) -> None:
        self._cluster = cluster
        self._fresh_seconds = fresh_seconds
        self._consumer: Any = None
        self._admin: Any = None
        self._topics: dict[str, int] = {}
        self._next: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._asked_at: dict[TopicPartition, float] = {}

    async def read(self, place: Place, position: int, limit: int) -> list[Any]:
        """Return up to `limit` of aiokafka's records from an offset on; fewer only at the end."""
        at = TopicPartition(*place)
        try:
            if not await self._is_there(at, position):
                return []
            return await self._collect(at, position, limit)
        except OffsetOutOfRangeError as error:
            raise LogDamaged(
                f"{place.topic}-{place.partition} does not hold offset {position} any more"
            ) from error
        except RAISED as error:
            raise LogUnusable(sentence(error, f"{place.topic}-{place.partition}")) from error

    async def end(self, place: Place) -> int:
        """Return the offset of the next append, as the broker says it now; 0 where there is no such topic."""
        try:
            return await self._ask_end(TopicPartition(*place))
        except RAISED as error:
            raise LogUnusable(sentence(error, f"{place.topic}-{place.partition}")) from error

    async def places(self) -> list[Place]:
        """Return all partitions of all topics that these credentials may see."""
        try:
            await self._ask_topics()
        except RAISED as error:
            raise LogUnusable(sentence(error, "the topics")) from error
        return sorted(Place(topic, each) for topic, count in self._topics.items() for each in range(count))

    def acknowledged(self, ends: dict[Place, int]) -> None:
        """Know of ends that a producer had acknowledged."""
        for place, end in ends.items():
            at = TopicPartition(*place)
            self._ends[at] = max(end, self._ends.get(at, 0))

    async def stop(self) -> None:
        """Close the connections."""
        if self._consumer is not None:
            await self._consumer.stop()
            self._consumer = None
        if self._admin is not None:
            await self._admin.close()
            self._admin = None

    async def _is_there(self, at: TopicPartition, position: int) -> bool:
        """Return whether there is something from this offset on."""
        if position < self._ends.get(at, 0) or position < self._seen(at):
            return True
        if self._is_fresh(at):
            await self._follow(at, position)
            return position < self._seen(at)
        return position < await self._ask_end(at)

    def _is_fresh(self, at: TopicPartition) -> bool:
        """Return whether the end was told lately: when asked for, or by the fetches that go on anyway.

        It is asked for now and then all the same: only an answer to that is held against what was known.
        """
        asked_at = self._asked_at.get(at)
        if asked_at is None:
            return False
        since = asyncio.get_running_loop().time() - asked_at
        if since < self._fresh_seconds:
            return True
        if since > ASK_SECONDS or self._consumer is None or at not in self._next:
            return False
        fetched_at = self._consumer.last_poll_timestamp(at)
        return fetched_at is not None and time.time() - fetched_at / 1000 < self._fresh_seconds

    async def _ask_end(self, at: TopicPartition) -> int:
        """Ask the leader; an end before one that was known means that acknowledged records are lost."""
        if at.partition >= self._topics.get(at.topic, 0):
            await self._ask_topics()
        end = 0
        if at.partition < self._topics.get(at.topic, 0):
            consumer = await self._started()
            end = (await consumer.end_offsets([at]))[at]
        else:
            await self._refuse_hidden(at.topic)
        self._asked_at[at] = asyncio.get_running_loop().time()
        return self._checked(at, end)

    async def _ask_topics(self) -> None:
        if self._admin is None:
            self._admin = AIOKafkaAdminClient(**self._cluster.client())
            await self._admin.start()
        described = await self._admin.describe_topics()
        self._topics = {each["topic"]: len(each["partitions"]) for each in described}

    async def _refuse_hidden(self, topic: str) -> None:
        """Tell a topic that is not there from one that these credentials may not even see."""
        named = MetadataRequest([topic], allow_auto_topic_creation=False)  # `describe_topics` would make it
        answered = await self._admin._send_request(named)  # noqa: SLF001 - see above
        codes = {each["topic"]: each["error_code"] for each in answered.to_object()["topics"]}
        if codes.get(topic) == TopicAuthorizationFailedError.errno:
            raise TopicAuthorizationFailedError(topic)

    def _checked(self, at: TopicPartition, end: int) -> int:
        known = self._ends.get(at, 0)
        if end < known:
            raise LogDamaged(
                f"{at.topic}-{at.partition} ends at offset {end}, and ended at {known} before: acknowledged "
                "records are lost; append nothing, and see docs/operator.md on a log that lost its end"
            )
        self._ends[at] = end
        return end

    def _seen(self, at: TopicPartition) -> int:
        """Return the end that the last fetched answer told of."""
        if self._consumer is None or at not in self._next:
            return 0
        return self._consumer.highwater(at) or 0

    async def _collect(self, at: TopicPartition, position: int, limit: int) -> list[Any]:
        consumer = await self._follow(at, position)
        found: list[Any] = []
        deadline = asyncio.get_running_loop().time() + self._cluster.timeout_ms / 1000
        while len(found) < limit:
            end = max(self._ends.get(at, 0), self._seen(at))
            if self._next[at] >= end:
                break
            answered = await consumer.getmany(at, timeout_ms=FETCH_MS, max_records=limit - len(found))
            records = answered.get(at, [])
            found += records
            self._next[at] = records[-1].offset + 1 if records else await consumer.position(at)
            if not records and asyncio.get_running_loop().time() > deadline:
                raise TimeoutError
        return found

    async def _follow(self, at: TopicPartition, position: int) -> Any:
        """Let the consumer stand at this offset of the place."""
        consumer = await self._started()
        if at not in self._next:
            self._next[at] = position
            consumer.assign(list(self._next))
            for each, offset in self._next.items():  # an assignment forgets every position
                consumer.seek(each, offset)
        elif self._next[at] != position:
            self._next[at] = position
            consumer.seek(at, position)
        return consumer

    async def _started(self) -> Any:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                **self._cluster.client(),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",
                isolation_level="read_uncommitted",  # a stranger's open transaction would hold everybody up
                fetch_max_wait_ms=WAIT_MS,
                max_partition_fetch_bytes=FETCH_BYTES,
                check_crcs=True,
            )
            try:
                await consumer.start()
            except BaseException:
                await consumer.stop()
                raise
            self._consumer = consumer
        return self._consumer
