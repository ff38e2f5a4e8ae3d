"""Evidence on a real broker is read from the topic once, and again where it no longer fits into memory."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.brokers.kafka_broker import KafkaBroker
from tests.brokers.log_on_kafka import fresh_log
from workers.log.kafka import evidence
from workers.log.kafka.engine import KafkaEngine
from workers.log.kafka.layout import PART_BYTES
from workers.log.kafka.reading import Reading

PIECES = [bytes([number]) * (2 * PART_BYTES + 7 if number == 3 else 50) for number in range(20)]


@pytest.fixture
def kept(broker: KafkaBroker) -> Iterator[tuple[KafkaEngine, list[str]]]:
    """Give a reader of a log that another engine kept evidence in."""
    cluster = fresh_log(broker.bootstrap, partitions=1)
    writer, reader = KafkaEngine(cluster), KafkaEngine(cluster)
    try:
        yield reader, writer.keep_all_evidence(PIECES)
    finally:
        writer.close()
        reader.close()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Give what is read of places; the broker answers as always."""
    seen: list[Any] = []
    read = Reading.read

    async def counted(self: Reading, *place: Any) -> Any:
        seen.append(place)
        return await read(self, *place)

    monkeypatch.setattr(Reading, "read", counted)
    return seen


def test_what_was_just_indexed_is_not_read_again(
    kept: tuple[KafkaEngine, list[str]], reads: list[Any]
) -> None:
    engine, digests = kept
    assert engine.evidence_digests() == sorted(digests)
    indexed = len(reads)
    assert [engine.evidence(digest) for digest in digests] == PIECES
    assert len(reads) == indexed


@pytest.mark.parametrize("bytes_max", [0, 60, PART_BYTES])
def test_what_does_not_fit_is_read_again_part_by_part(
    kept: tuple[KafkaEngine, list[str]], reads: list[Any], monkeypatch: pytest.MonkeyPatch, bytes_max: int
) -> None:
    monkeypatch.setattr(evidence, "RECENT_BYTES_MAX", bytes_max)
    engine, digests = kept
    engine.evidence_digests()
    indexed = len(reads)
    assert [engine.evidence(digest) for digest in digests] == PIECES
    assert len(reads) >= indexed + 3  # the large piece has three parts
    assert engine._evidence._recent_bytes <= bytes_max
