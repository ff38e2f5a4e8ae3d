"""Where a stream lies on Kafka.

| stream             | topic            | partition | key              | value                 |
|--------------------|------------------|-----------|------------------|-----------------------|
| `ledger-3`         | `ledger`         | 3         |                  | a record's bytes      |
| `inbox.custody-3`  | `inbox.custody`  | 3         |                  | a message's bytes     |
| `transactions.x`   | `transactions.x` | 0         |                  | a record's bytes      |
| evidence           | `evidence`       | by digest | `SHA256.PART/OF` | one part of the bytes |

A position is an offset. Every topic name has the log's prefix before it, so that a cluster can hold several
logs. The key of evidence names its digest in hexadecimal, the part from 0 on, and how many there are.
"""

import re
from typing import NamedTuple

from schemas.streams import is_ledger, partition_number, partition_of, topic_of

EVIDENCE = "evidence"
TRANSACTIONS = "transactions."
PART_BYTES = 512 * 1024
PARTS_MAX = 4_096

_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,200}")
_NUMBERED = re.compile(r".+-[0-9]{1,5}")
_KEY = re.compile(rb"([0-9a-f]{64})\.([0-9]{1,4})/([0-9]{1,4})")


class Place(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


class Part(NamedTuple):
    """Which part of which evidence a record holds; `number` counts from 0."""

    sha256: str
    number: int
    parts: int


def place_of(stream: str, prefix: str) -> Place:
    """Return the partition that holds a stream; ValueError where no topic can have that name."""
    if stream.startswith(TRANSACTIONS):
        place = Place(prefix + stream, 0)
    elif is_ledger(stream) or _NUMBERED.fullmatch(stream):
        place = Place(prefix + topic_of(stream), partition_number(stream))
    else:
        raise ValueError(f"{stream!r} is no stream of a log on Kafka")
    if not _TOPIC.fullmatch(place.topic):
        raise ValueError(f"{place.topic!r} is no name of a topic")
    return place


def stream_at(place: Place, prefix: str) -> str | None:
    """Return the stream that a partition holds; None where it holds none of this log."""
    if not place.topic.startswith(prefix):
        return None
    topic = place.topic.removeprefix(prefix)
    if topic.startswith(TRANSACTIONS):
        return topic
    is_ours = topic == "ledger" or topic.startswith("inbox.")
    return f"{topic}-{place.partition}" if is_ours else None


def evidence_place(sha256: str, prefix: str, partitions: int) -> Place:
    """Return the partition that a piece of evidence is kept in."""
    return Place(prefix + EVIDENCE, partition_of(sha256, partitions))


def key_of(part: Part) -> bytes:
    """Return the key of a part's record."""
    return f"{part.sha256}.{part.number}/{part.parts}".encode()


def part_at(key: bytes | None) -> Part | None:
    """Return which part a record's key names; None where it names none."""
    found = _KEY.fullmatch(key or b"")
    if found is None:
        return None
    part = Part(found[1].decode(), int(found[2]), int(found[3]))
    return part if part.number < part.parts <= PARTS_MAX else None
