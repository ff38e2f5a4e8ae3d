"""One question, several answers in one message: one answer given twice is one answer, two are ambiguous."""

from collections.abc import Sequence
from typing import TypeVar

from workers.ingest.reading import Unreadable

T = TypeVar("T")


def only(values: Sequence[T], where: str) -> T | None:
    """Return the one distinct value, or None without any."""
    if len(values) == 1:
        return values[0]
    distinct = list(dict.fromkeys(values))
    if len(distinct) > 1:
        shown = ", ".join(str(value)[:40] for value in distinct[:3])
        raise Unreadable("ambiguous", f"Different answers in one message: {shown}.", where)
    return distinct[0] if distinct else None
