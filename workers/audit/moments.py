"""Moments of a log: a record of one book, or an instant.

    ledger-3:1042                  that book, up to and with that record
    2026-11-23T17:45:54.123456Z    every book, up to and with what was recorded by then (recorded_at)

An instant may be written with fewer decimals, another offset than Z, or as a date (its first moment). Nothing
is ordered by time: of each book it takes the records before the first one that was recorded later.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas import instants
from schemas.streams import is_book
from workers.log.rule import Valid

_PLACE = re.compile(r"(?P<book>[A-Za-z0-9.-]+):(?P<seq>[1-9][0-9]{0,15})")


class NotAMoment(ValueError):  # noqa: N818 - it names the finding
    """The text names neither a record nor an instant; the sentence says how one is written."""


@dataclass(frozen=True, slots=True)
class AtRecord:
    """One book, up to and with one record."""

    book: str
    seq: int

    def takes(self, book: str) -> bool:
        """Return whether the moment is about this book."""
        return book == self.book

    def includes(self, record: Valid) -> bool:
        """Return whether a record of the book is up to this moment."""
        return record.seq <= self.seq


@dataclass(frozen=True, slots=True)
class AtInstant:
    """Every book, up to and with what was recorded by an instant."""

    instant: str

    def takes(self, _book: str) -> bool:
        """Return whether the moment is about this book."""
        return True

    def includes(self, record: Valid) -> bool:
        """Return whether a record was recorded by then."""
        return record.recorded_at <= self.instant


Moment = AtRecord | AtInstant


def parse_moment(text: str) -> Moment:
    """Return the moment that a person wrote; NotAMoment otherwise."""
    place = _PLACE.fullmatch(text)
    if place is not None and is_book(place["book"]):
        return AtRecord(place["book"], int(place["seq"]))
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotAMoment(
            f"{text!r} is no moment: write BOOK:SEQ (ledger-0:12) or 2026-11-23T17:45:00Z"
        ) from error
    return AtInstant(instants.text(instant if instant.tzinfo else instant.replace(tzinfo=UTC)))
