"""The binding interface over a cluster."""

import logging
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import structlog

from workers.log.engine import AppendFailed, Entry, LogUnusable, OutcomeUnknown
from workers.log.kafka.admission import ask_admission
from workers.log.kafka.background import Background
from workers.log.kafka.cluster import Cluster
from workers.log.kafka.evidence import Evidence
from workers.log.kafka.failures import RAISED
from workers.log.kafka.layout import place_of, stream_at
from workers.log.kafka.producing import Item, Producing
from workers.log.kafka.reading import Reading

T = TypeVar("T")

logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # where no logs are wanted, errors say it all

CALL_SECONDS_MORE = 5.0
READ_SECONDS = 600.0


class KafkaEngine:
    """A log on Kafka; many processes may append to it at once, and the rule decides what is valid.

    One thread uses an engine. `fresh_seconds` is how old the end of a stream may be that `read` goes by:
    0 asks the broker whenever nothing is there, so that what others appended is always seen.
    """

    def __init__(self, cluster: Cluster, *, fresh_seconds: float = 0.0) -> None:
        self.cluster = cluster
        self._background: Background | None = Background("kafka")
        self._reading = Reading(cluster, fresh_seconds=fresh_seconds)
        self._producing = Producing(cluster)
        self._admitted = False
        self._evidence = Evidence(self._reading, self._producing, cluster.prefix)

    def append(self, batches: Mapping[str, Sequence[bytes]]) -> None:
        """Append to the ends of the named streams; durable when it returns.

        AppendFailed: nothing was appended. OutcomeUnknown: anything may be, of any stream.
        """
        filled = {
            place_of(stream, self.cluster.prefix): [Item(value) for value in values]
            for stream, values in batches.items()
            if values
        }
        self._open()
        if not filled:
            return
        try:
            self._enter()
        except LogUnusable as error:
            raise AppendFailed(f"nothing was appended: {error}") from error
        try:
            ends = self._call(self._producing.append(filled), self._seconds)
        except TimeoutError as error:
            raise OutcomeUnknown(f"no answer from {self.cluster} in {self._seconds} s; read first") from error
        self._reading.acknowledged(ends)

    def read(self, stream: str, position: int, limit: int) -> list[Entry]:
        """Return up to `limit` entries from a position on, fewer only at the end of the stream."""
        if position < 0 or limit < 0:
            raise ValueError("a position and a limit are 0 or more")
        self._open()
        if not limit:
            return []
        place = place_of(stream, self.cluster.prefix)
        records = self._answer(self._reading.read(place, position, limit))
        return [Entry(record.offset, record.value) for record in records]

    def end(self, stream: str) -> int:
        """Return the position that the next append to this stream would get."""
        return self._answer(self._reading.end(place_of(stream, self.cluster.prefix)))

    def streams(self) -> list[str]:
        """Return the names of all streams that have an entry, sorted."""
        return self._answer(self._streams())

    def keep_evidence(self, data: bytes) -> str:
        """Store the bytes under their SHA-256, durably, and return it."""
        return self.keep_all_evidence([data])[0]

    def keep_all_evidence(self, items: Iterable[bytes]) -> list[str]:
        """Store all items, durably, and return their digests in the same order."""
        return self._answer(self._evidence.keep(list(items)))

    def evidence(self, sha256: str) -> bytes | None:
        """Return the bytes that have this digest, or None; LogDamaged where they have another one now."""
        return self._answer(self._evidence.get(sha256))

    def evidence_digests(self) -> list[str]:
        """Return the digests of all evidence, sorted."""
        return self._answer(self._evidence.digests())

    def close(self) -> None:
        """Let the clients go; closing twice is allowed.

        Brokers that do not answer a farewell are left without one: every append has had its answer.
        """
        if self._background is None:
            return
        background, self._background = self._background, None
        try:
            background.call(self._stop(), seconds=self._seconds)
        except RAISED as error:
            structlog.get_logger("tallystick.kafka").warning("left_without_farewell", error=repr(error))
        finally:
            background.stop()

    async def _streams(self) -> list[str]:
        named = [(stream_at(place, self.cluster.prefix), place) for place in await self._reading.places()]
        return sorted([name for name, place in named if name and await self._reading.end(place)])

    async def _stop(self) -> None:
        try:
            await self._producing.stop()
        finally:
            await self._reading.stop()

    @property
    def _seconds(self) -> float:
        return self.cluster.timeout_ms / 1000 + CALL_SECONDS_MORE

    def _answer(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for an answer; the calls inside have limits of their own, this one ends what hangs."""
        try:
            self._enter()
        except LogUnusable:
            work.close()
            raise
        try:
            return self._call(work, READ_SECONDS)
        except TimeoutError as error:
            raise LogUnusable(
                f"no answer from {self.cluster} in {READ_SECONDS} s; see to the brokers"
            ) from error

    def _enter(self) -> None:
        """Ask once whether the cluster lets us in: a wrong password or certificate is said to be one."""
        if not self._admitted:
            self._call(ask_admission(self.cluster), self._seconds)
            self._admitted = True

    def _call(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        if self._background is None:
            work.close()
        return self._open().call(work, seconds=seconds)

    def _open(self) -> Background:
        if self._background is None:
            raise LogUnusable(f"the log on {self.cluster} is closed here; open it again")
        return self._background
