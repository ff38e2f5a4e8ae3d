"""Moments: UTC, RFC 3339 with exactly six decimals, so that text order is time order."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from pydantic import StringConstraints

# Only days that exist: what matches never fails to parse later, in the middle of a decision.
_OF_31_DAYS = r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
_OF_30_DAYS = r"(0[469]|11)-(0[1-9]|[12][0-9]|30)"
_FEBRUARY = r"02-(0[1-9]|1[0-9]|2[0-8])"
_DAY = f"({_OF_31_DAYS}|{_OF_30_DAYS}|{_FEBRUARY})"
_FOURTH = r"(0[48]|[2468][048]|[13579][26])"
_YEAR = r"([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_LEAP_YEAR = f"([0-9]{{2}}{_FOURTH}|{_FOURTH}00)"
_YEAR_FROM_1970 = r"(19[7-9][0-9]|[2-9][0-9]{3})"
_LEAP_YEAR_FROM_1970 = f"(19(7[26]|8[048]|9[26])|[2-9][0-9]{_FOURTH}|([2468][048]|[3579][26])00)"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z"
_DATE = f"^({_YEAR}-{_DAY}|{_LEAP_YEAR}-02-29)"
_INSTANT = f"^({_YEAR_FROM_1970}-{_DAY}|{_LEAP_YEAR_FROM_1970}-02-29)T{_TIME}"

Instant = Annotated[str, StringConstraints(pattern=_INSTANT + "$"), msgspec.Meta(pattern=_INSTANT + r"\Z")]
"""`2026-11-23T17:45:54.123456Z`, from 1970 on."""

FIRST = "1970-01-01T00:00:00.000000Z"
LAST = "9999-12-31T23:59:59.999999Z"

Date = Annotated[str, StringConstraints(pattern=_DATE + "$"), msgspec.Meta(pattern=_DATE + r"\Z")]
"""`2026-11-23`."""

_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
_ZONE = r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
_STATED = f"{_DATE}(T{_CLOCK}{_ZONE}?)?"

Stated = Annotated[str, StringConstraints(pattern=_STATED + "$"), msgspec.Meta(pattern=_STATED + r"\Z")]
"""A moment as somebody else states it: a date, or a date and time with a zone or (T2S, MT 98C) without."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(moment: datetime) -> str:
    """Return an aware moment as an instant."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse(instant: str) -> datetime:
    """Return the aware moment of an instant."""
    return datetime.fromisoformat(instant)


def plus(instant: str, seconds: int) -> str:
    """Return the instant so many seconds later, at most the last one that there is."""
    try:
        return text(parse(instant) + timedelta(seconds=seconds))
    except OverflowError:
        return LAST


def seconds_between(earlier: str, later: str) -> int:
    """Return whole seconds from one instant to another, rounded down."""
    return (parse(later) - parse(earlier)) // timedelta(seconds=1)


def epoch_seconds(instant: str) -> int:
    """Return whole seconds since 1970-01-01, as block headers and contracts count."""
    return (parse(instant) - _EPOCH) // timedelta(seconds=1)


def from_epoch_seconds(seconds: int) -> str:
    """Return the instant of a block's timestamp."""
    return text(_EPOCH + timedelta(seconds=seconds))


def day(instant: str) -> str:
    """Return the UTC day that an instant is on."""
    return instant[:10]


def counted_from(stated: str) -> str:
    """Return the instant from which the age of what was stated counts, in whole seconds, from 1970 on.

    A time without a zone says nobody when it was: like a date alone it counts from the start of its day, UTC.
    """
    date, _, clock = stated.partition("T")
    start = f"{date}T00:00:00.000000Z"
    if any(sign in clock for sign in "Z+-"):
        with suppress(OverflowError):
            start = whole_second(text(parse(stated)))
    return max(start, FIRST)


def next_midnight(instant: str) -> str:
    """Return the instant at which the next UTC day begins."""
    return plus(f"{instant[:10]}T00:00:00.000000Z", 86_400)


def whole_second(instant: str) -> str:
    """Return the instant rounded down to its second."""
    return instant[:19] + ".000000Z"
