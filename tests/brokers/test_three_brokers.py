"""Three real brokers lose nothing acknowledged when one of them dies, and come back from every fault."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from tests.brokers.kafka_cluster import KafkaCluster
from tests.brokers.topics import create_topic

BATCH = 100
DEADLINE_SECONDS = 120
Fault = Callable[[KafkaCluster, int], None]


@asynccontextmanager
async def _producer(cluster: KafkaCluster) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap, acks="all", enable_idempotence=True, request_timeout_ms=30_000
    )
    async with producer:
        yield producer


async def _send(producer: AIOKafkaProducer, topic: str, first: int) -> set[int]:
    """Send BATCH values without waiting in between; return those that were acknowledged."""
    values = range(first, first + BATCH)
    futures = [await producer.send(topic, str(value).encode()) for value in values]
    answers = await asyncio.gather(*futures, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, KafkaError):
            raise answer
    return {
        value for value, answer in zip(values, answers, strict=True) if isinstance(answer, RecordMetadata)
    }


async def _leader(producer: AIOKafkaProducer, topic: str) -> int:
    await producer.partitions_for(topic)
    leader = producer.client.cluster.leader_for_partition(TopicPartition(topic, 0))
    assert isinstance(leader, int)
    return leader


async def _send_through_a_kill(cluster: KafkaCluster, topic: str) -> set[int]:
    """Send before, while and after the leader is killed; return what was acknowledged."""
    async with _producer(cluster) as producer:
        numbers = itertools.count(step=BATCH)
        before = await _send(producer, topic, next(numbers))
        leader = cluster.brokers[await _leader(producer, topic)]
        kill = asyncio.create_task(asyncio.to_thread(leader.kill))
        meanwhile: set[int] = set()
        while not kill.done():
            meanwhile |= await _send(producer, topic, next(numbers))
        await kill
        after = await _send(producer, topic, next(numbers))
    assert len(before) == BATCH
    assert len(after) == BATCH, "two of three brokers acknowledge"
    return before | meanwhile | after


async def _read(cluster: KafkaCluster, topic: str) -> list[int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=cluster.bootstrap, auto_offset_reset="earliest")
    async with consumer:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        values: list[int] = []
        while await consumer.position(partition) < end:
            fetched = await consumer.getmany(timeout_ms=1000)
            values += [int(record.value) for record in fetched.get(partition, [])]
        return values


def test_no_acknowledged_record_is_lost_when_the_leader_is_killed(cluster: KafkaCluster) -> None:
    topic = create_topic(cluster.bootstrap)
    cluster.until_whole()
    acknowledged = asyncio.run(asyncio.wait_for(_send_through_a_kill(cluster, topic), DEADLINE_SECONDS))
    cluster.heal()
    read = asyncio.run(asyncio.wait_for(_read(cluster, topic), DEADLINE_SECONDS))
    assert acknowledged <= set(read)
    assert read == sorted(set(read)), "in order, each once"


FAULTS: dict[str, tuple[Fault, Fault]] = {
    "killed": (
        lambda cluster, node: cluster.brokers[node].kill(),
        lambda cluster, node: cluster.brokers[node].start(),
    ),
    "frozen": (
        lambda cluster, node: cluster.brokers[node].pause(),
        lambda cluster, node: cluster.brokers[node].unpause(),
    ),
    "cut off": (KafkaCluster.cut, KafkaCluster.mend),
}


@pytest.mark.parametrize(("node", "fault"), [(1, "killed"), (2, "frozen"), (3, "cut off")])
def test_a_broker_leaves_the_in_sync_sets_and_comes_back(
    cluster: KafkaCluster, node: int, fault: str
) -> None:
    create_topic(cluster.bootstrap, partitions=3)
    cluster.until_whole()
    harm, undo = FAULTS[fault]
    harm(cluster, node)
    cluster.until_away(node, seen_by=node % 3 + 1)
    undo(cluster, node)
    cluster.until_whole()
