"""What the consumer fetched and the loop has not decided: whole batches, by stream, in the order of offsets.

The loop alone knows where it stands, from the fold of its book. It asks for a position; where the buffer does
not reach from there, the consumer is told to go there and what it had is dropped.
"""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from workers.log.engine import Entry


@dataclass(slots=True)
class _Stream:
    """Entries from `start` on, without a gap but for holes of the log; `end` is what is fetched next."""

    start: int
    end: int
    entries: deque[Entry] = field(default_factory=deque)
    sought: bool = False


class Fetched:
    """Buffers between the thread that fetches and the thread that decides; `room` bounds each of them."""

    def __init__(self, *, room: int = 5_000) -> None:
        self._room = room
        self._streams: dict[str, _Stream] = {}
        self._lock = threading.Lock()
        self._news = threading.Event()

    def read(self, stream: str, position: int, limit: int) -> list[Entry]:
        """Return what is fetched from this position on, as far as it is."""
        with self._lock:
            found = self._streams.get(stream)
            if found is None or not found.start <= position <= found.end:
                self._streams[stream] = _Stream(position, position)
                return []
            while found.entries and found.entries[0].position < position:
                found.entries.popleft()
            found.start = position
            return list(islice(found.entries, limit))

    def put(self, stream: str, entries: Iterable[Entry]) -> None:
        """Take a batch that was fetched from where the stream stands."""
        with self._lock:
            found = self._streams.get(stream)
            if found is None or not found.sought:
                return
            for entry in entries:
                found.entries.append(entry)
                found.end = entry.position + 1
        self._news.set()

    def seeks(self) -> dict[str, int]:
        """Return where the consumer is to go, by stream; these streams are fetched from now on."""
        with self._lock:
            wanted = {name: each.end for name, each in self._streams.items() if not each.sought}
            for name in wanted:
                self._streams[name].sought = True
            return wanted

    def seek_again(self) -> None:
        """Let the consumer go to every stream's place anew: something that it fetched was dropped."""
        with self._lock:
            for each in self._streams.values():
                each.sought = False

    def wanted(self) -> set[str]:
        """Return the streams that stand somewhere and have room."""
        with self._lock:
            return {
                name for name, each in self._streams.items() if each.sought and len(each.entries) < self._room
            }

    def forget(self, partition: int) -> None:
        """Drop the streams of a partition that is another's now."""
        with self._lock:
            for name in [name for name in self._streams if name.endswith(f"-{partition}")]:
                del self._streams[name]

    def wait(self, seconds: float) -> None:
        """Wait until something was fetched, at most so long."""
        self._news.wait(seconds)
        self._news.clear()
