"""Findings: what is wrong with a log, as data that names the book and the record."""

from collections import Counter
from dataclasses import dataclass

EACH_MAX = 20
"""How many findings of one code in one book are kept; the others are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold.

    `book` names a book, an inbox, or the part of the export (`manifest`, `evidence`, `export`). `seq` is the
    record's number in its book (an inbox: the offset), `line` the line in its file, from 1.
    """

    code: str
    book: str
    text: str
    seq: int | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = self.book if self.seq is None else f"{self.book} seq {self.seq}"
        if self.line is not None:
            place += f" (line {self.line})"
        return f"{place}: {self.code}: {self.text}"


class Findings:
    """Collects findings; a broken book cannot fill the memory with them."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(
        self, code: str, book: str, text: str, *, seq: int | None = None, line: int | None = None
    ) -> None:
        """Keep one finding, or count it where there were many of its kind."""
        self._counts[book, code] += 1
        if self._counts[book, code] <= EACH_MAX:
            self._kept.append(Finding(code, book, text, seq, line))

    def about(self, book: str) -> int:
        """Return how many findings there are about a book."""
        return sum(count for (name, _), count in self._counts.items() if name == book)

    def all(self) -> tuple[Finding, ...]:
        """Return what was found, with one further finding for each kind that was too many to keep."""
        further = [
            Finding(code, book, f"{count - EACH_MAX} more of this kind")
            for (book, code), count in self._counts.items()
            if count > EACH_MAX
        ]
        return (*self._kept, *further)
