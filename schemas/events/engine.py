"""Events of owning a book: a new owner, a hole in the offsets, a decision that raised."""

from schemas.counters import Ordinal
from schemas.identifiers import Name, Sentence
from schemas.tagged import tagged


@tagged()
class OwnerStarted:
    """A new owner took the book over; the only event without a message behind it."""

    program: Name


@tagged()
class OffsetsAbsent:
    """Fetching proved that the source's offset and the following ones, `count` in all, hold nothing."""

    count: Ordinal


@tagged()
class MessageSetAside:
    """The message could not be decided as it stands: a program's error, or a fact that contradicts the log.

    Nothing of it took effect; its instrument is held in the same record until operators release it.
    """

    code: Name
    text: Sentence
