"""The engine without a disk: what the rule, the loop and the simulator are tried on."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from workers.log.engine import Entry, LogUnusable

_position = attrgetter("position")


class MemoryEngine:
    """Streams as lists; an append is all or nothing, and nothing fails. Gone with the process."""

    def __init__(self) -> None:
        self._streams: dict[str, list[Entry]] = {}
        self._ends: dict[str, int] = {}
        self._evidence: dict[str, bytes] = {}
        self._closed = False

    def append(self, batches: Mapping[str, Sequence[bytes]]) -> None:
        """Append to the ends of the named streams, each in the order given."""
        self._require_open()
        for stream, values in batches.items():
            if values:
                self._extend(stream, values)

    def read(self, stream: str, position: int, limit: int) -> list[Entry]:
        """Return up to `limit` entries from a position on; where a hole is there, from beyond it on."""
        self._require_open()
        if position < 0 or limit < 0:
            raise ValueError("a position and a limit are 0 or more")
        entries = self._streams.get(stream, [])
        if len(entries) == self._ends.get(stream, 0):  # no hole: the place in the list is the position
            return entries[position : position + limit]
        first = bisect_left(entries, position, key=_position)
        return entries[first : first + limit]

    def end(self, stream: str) -> int:
        """Return the position that the next append to this stream would get."""
        self._require_open()
        return self._ends.get(stream, 0)

    def streams(self) -> list[str]:
        """Return the names of all streams that have an entry, sorted."""
        self._require_open()
        return sorted(self._streams)

    def keep_evidence(self, data: bytes) -> str:
        """Store the bytes once under their SHA-256 and return it."""
        return self.keep_all_evidence([data])[0]

    def keep_all_evidence(self, items: Iterable[bytes]) -> list[str]:
        """Store all items and return their digests in the same order."""
        self._require_open()
        digested = [(hashlib.sha256(data).hexdigest(), data) for data in items]
        for sha256, data in digested:
            self._evidence.setdefault(sha256, data)
        return [sha256 for sha256, _ in digested]

    def evidence(self, sha256: str) -> bytes | None:
        """Return the bytes that have this digest, or None."""
        self._require_open()
        return self._evidence.get(sha256)

    def evidence_digests(self) -> list[str]:
        """Return the digests of all evidence, sorted."""
        self._require_open()
        return sorted(self._evidence)

    def close(self) -> None:
        """Refuse every call from now on; closing twice is allowed."""
        self._closed = True

    def leave_hole(self, stream: str, count: int) -> None:
        """Use up the next `count` positions of a stream without a value, as an aborted transaction does."""
        self._require_open()
        self._ends[stream] = self._ends.get(stream, 0) + count

    def _require_open(self) -> None:
        if self._closed:
            raise LogUnusable("the log in memory is closed")

    def _extend(self, stream: str, values: Sequence[bytes]) -> None:
        start = self._ends.get(stream, 0)
        entries = [Entry(position, value) for position, value in enumerate(values, start)]
        self._streams.setdefault(stream, []).extend(entries)
        self._ends[stream] = start + len(values)
