"""Reading one partition of an inbox along with the book that decides it."""

from collections.abc import Callable, Iterator

from workers.audit.findings import Findings
from workers.audit.lines import UNREADABLE
from workers.log.engine import Entry

Look = Callable[[str, Entry], None]
"""Called once with every entry of an inbox, in order."""


def look_at_nothing(_inbox: str, _entry: Entry) -> None:
    """Ask nothing further of a message."""


class InboxReading:
    """One pass over an inbox, in the order of its offsets."""

    def __init__(
        self, inbox: str, entries: Iterator[Entry], findings: Findings, look: Look = look_at_nothing
    ) -> None:
        self.inbox = inbox
        self.count = 0
        self._findings = findings
        self._look = look
        self._entries = self._in_order(entries)
        self._next = next(self._entries, None)

    def take(self, offset: int) -> Entry | None:
        """Return the entry at an offset, or None where it holds nothing; earlier ones are passed over."""
        while self._next is not None and self._next.position <= offset:
            entry = self._pass()
            if entry.position == offset:
                return entry
        return None

    def present(self, first: int, count: int) -> int | None:
        """Return the first of `count` offsets that holds something, if any does."""
        found = None
        while self._next is not None and self._next.position < first + count:
            position = self._pass().position
            found = position if found is None and position >= first else found
        return found

    def rest(self) -> int:
        """Read to the end, and return how many entries were left."""
        left = 0
        while self._next is not None:
            self._pass()
            left += 1
        return left

    def _pass(self) -> Entry:
        """Look at the next entry, now and not when it was read ahead, and go on behind it."""
        entry = self._next
        assert entry is not None, "the caller saw that there is one"
        self._next = next(self._entries, None)
        self._look(self.inbox, entry)
        return entry

    def _in_order(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        last = -1
        for line, entry in enumerate(entries, 1):
            self.count = line
            if entry.position == UNREADABLE:
                self._findings.add("inbox_line_unreadable", self.inbox, "no line of an inbox", line=line)
                continue
            if entry.position <= last:
                text = f"offset {entry.position} after offset {last}: repeated or out of place"
                self._findings.add("inbox_out_of_order", self.inbox, text, seq=entry.position, line=line)
                continue
            last = entry.position
            yield entry
