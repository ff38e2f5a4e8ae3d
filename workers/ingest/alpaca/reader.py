"""The reader of Alpaca's objects: which dialect an object is of, and what is done with it.

Journals and activities share a reader, because they state the same movements of the same accounts.
"""

from typing import Any, Final

from schemas.confirmation import Confirmation, Reason
from workers.ingest import reading
from workers.ingest.alpaca import activity, journal
from workers.ingest.profiles import Profiles
from workers.ingest.reading import Reading, Unreadable

NAME = "alpaca"
VERSION = "1"

ACTIVITY: Final = "alpaca.activity"
JOURNAL: Final = "alpaca.journal"


def recognises(value: dict[str, Any]) -> bool:
    """Return whether the object is an activity, a journal, or an event of one."""
    return _dialect(value) is not None


def read(value: dict[str, Any], *, profiles: Profiles, lenient: bool) -> list[Reading]:
    """Return the one reading of an object."""
    dialect = _dialect(value) or JOURNAL
    warnings: list[str] = []
    try:
        meaning = _meaning(value, dialect, profiles=profiles, lenient=lenient, warnings=warnings)
    except Unreadable as unreadable:
        return [reading.parked(unreadable, reader=NAME, version=VERSION, dialect=dialect)]
    if isinstance(meaning, Reason):
        return [reading.information(meaning, reader=NAME, version=VERSION, dialect=dialect)]
    return [
        reading.confirmed(meaning, reader=NAME, version=VERSION, dialect=dialect, warnings=tuple(warnings))
    ]


def _dialect(value: dict[str, Any]) -> str | None:
    if "activity_type" in value or ("entry_type" in value and "account_id" in value):
        return ACTIVITY
    return JOURNAL if "entry_type" in value or "journal_id" in value else None


def _meaning(
    value: dict[str, Any], dialect: str, *, profiles: Profiles, lenient: bool, warnings: list[str]
) -> Confirmation | Reason:
    if dialect == JOURNAL:
        return journal.read(value, profiles=profiles, lenient=lenient, warnings=warnings)
    if "activity_type" not in value:
        # GET /v1/events/nta gives one id to a movement and does not say which journal it is
        sentence = "An event of the former stream of non-trade activities; the stream of activities is read."
        raise Unreadable("unknown_message_type", sentence, "entry_type")
    if "entry_type" in value:
        raise Unreadable("ambiguous", "The object is an activity and a journal.", "entry_type")
    return activity.read(value, profiles=profiles, lenient=lenient, warnings=warnings)
