"""Evidence on Kafka: bytes larger than a record in parts, found by an index that is read off the topic."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from workers.log.engine import AppendFailed, LogDamaged
from workers.log.kafka.layout import (
    EVIDENCE,
    PART_BYTES,
    PARTS_MAX,
    Part,
    Place,
    evidence_place,
    key_of,
    part_at,
)
from workers.log.kafka.producing import Item, Producing
from workers.log.kafka.reading import Reading

READ_LIMIT = 200
GATHERED_MAX = 16
"""How many pieces of evidence may be incomplete at once while the topic is read."""
RECENT_BYTES_MAX = 32 * 1024 * 1024
"""How much of what was just indexed is still there for who asks: going back for one piece is a round trip."""


class Kept(NamedTuple):
    """Where the parts of one piece of evidence lie."""

    place: Place
    offsets: tuple[int, ...]


class Evidence:
    """The topic `evidence` of one log."""

    def __init__(self, reading: Reading, producing: Producing, prefix: str) -> None:
        self._reading = reading
        self._producing = producing
        self._prefix = prefix
        self._kept: dict[str, Kept] = {}
        self._read_to: dict[Place, int] = {}
        self._gathered: OrderedDict[str, dict[int, tuple[int, bytes]]] = OrderedDict()
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._recent_bytes = 0

    async def keep(self, items: Iterable[bytes]) -> list[str]:
        """Store what is not known to be kept, durably; the digests in order."""
        digested = [(hashlib.sha256(data).hexdigest(), data) for data in items]
        absent = {sha256: data for sha256, data in digested if sha256 not in self._kept}
        batches: dict[Place, list[Item]] = {}
        partitions = len(await self._places()) if absent else 0
        if absent and not partitions:
            raise AppendFailed(f"{self._prefix}{EVIDENCE} does not exist; `tallystick topics apply` makes it")
        for sha256, data in absent.items():
            place = evidence_place(sha256, self._prefix, partitions)
            batches.setdefault(place, []).extend(_parts(sha256, data))
        if batches:
            self._reading.acknowledged(await self._producing.append(batches))
        return [sha256 for sha256, _ in digested]

    async def get(self, sha256: str) -> bytes | None:
        """Return the bytes that have this digest, or None; LogDamaged where they have another one now."""
        if sha256 not in self._kept:
            await self.read_on()
        if sha256 in self._recent:
            return self._recent[sha256]
        kept = self._kept.get(sha256)
        if kept is None:
            return None
        parts = []
        for offset in kept.offsets:
            records = await self._reading.read(kept.place, offset, 1)
            if not records or records[0].offset != offset:
                raise LogDamaged(
                    f"evidence {sha256} is gone from {kept.place.topic} at offset {offset}; restore a copy"
                )
            parts.append(records[0].value)
        data = b"".join(parts)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise LogDamaged(f"{kept.place.topic} holds changed bytes as evidence {sha256}; restore a copy")
        return data

    async def digests(self) -> list[str]:
        """Return the digests of all evidence, sorted."""
        await self.read_on()
        return sorted(self._kept)

    async def read_on(self) -> None:
        """Index what was added since the last time."""
        for place in await self._places():
            while True:
                records = await self._reading.read(place, self._read_to.get(place, 0), READ_LIMIT)
                for record in records:
                    self._index(place, record.offset, part_at(record.key), record.value)
                if len(records) < READ_LIMIT:
                    break

    async def _places(self) -> list[Place]:
        topic = self._prefix + EVIDENCE
        return [place for place in await self._reading.places() if place.topic == topic]

    def _index(self, place: Place, offset: int, part: Part | None, value: bytes) -> None:
        """Take a part up; what does not have the digest that its key names is no evidence."""
        self._read_to[place] = offset + 1
        if part is None or part.sha256 in self._kept:
            return
        parts = self._gathered.setdefault(part.sha256, {})
        parts[part.number] = (offset, value)
        if len(parts) == part.parts:
            del self._gathered[part.sha256]
            ordered = [parts[number] for number in sorted(parts)]
            data = b"".join(value for _, value in ordered)
            if hashlib.sha256(data).hexdigest() == part.sha256:
                self._kept[part.sha256] = Kept(place, tuple(offset for offset, _ in ordered))
                self._remember(part.sha256, data)
        elif len(self._gathered) > GATHERED_MAX:
            self._gathered.popitem(last=False)

    def _remember(self, sha256: str, data: bytes) -> None:
        self._recent[sha256] = data
        self._recent_bytes += len(data)
        while self._recent_bytes > RECENT_BYTES_MAX:
            _, oldest = self._recent.popitem(last=False)
            self._recent_bytes -= len(oldest)


def _parts(sha256: str, data: bytes) -> list[Item]:
    count = max(1, -(-len(data) // PART_BYTES))
    if count > PARTS_MAX:
        raise ValueError(
            f"evidence of {len(data)} bytes is over the {PARTS_MAX * PART_BYTES} that can be kept"
        )
    pieces = [data[number * PART_BYTES : (number + 1) * PART_BYTES] for number in range(count)]
    return [Item(piece, key_of(Part(sha256, number, count))) for number, piece in enumerate(pieces)]
