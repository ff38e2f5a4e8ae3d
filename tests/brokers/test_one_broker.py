"""A record goes round on a real broker."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.topics import create_topic


async def _round(bootstrap: str, topic: str, values: list[bytes]) -> list[tuple[int, bytes]]:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with consumer:
        consumer.assign([TopicPartition(topic, 0)])
        return [((record := await consumer.getone()).offset, record.value) for _ in values]


def test_records_go_round_in_order_and_byte_for_byte(broker: KafkaBroker) -> None:
    values = [b"one", b"", bytes(range(256)), b"\x00" * 100_000]
    read = asyncio.run(_round(broker.bootstrap, create_topic(broker.bootstrap), values))
    assert read == list(enumerate(values))
