"""Moments: UTC, RFC 3339 with exactly six decimals, so that text order is time order."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from pydantic import StringConstraints

_INSTANT = r"^[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z"
_DATE = r"^[0-9]{4}-[0-1][0-9]-[0-3][0-9]"

Instant = Annotated[str, StringConstraints(pattern=_INSTANT + "$"), msgspec.Meta(pattern=_INSTANT + r"\Z")]
"""`2026-11-23T17:45:54.123456Z`."""

Date = Annotated[str, StringConstraints(pattern=_DATE + "$"), msgspec.Meta(pattern=_DATE + r"\Z")]
"""`2026-11-23`."""

_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(moment: datetime) -> str:
    """Return an aware moment as an instant."""
    return moment.astimezone(UTC).strftime(_FORMAT)


def parse(instant: str) -> datetime:
    """Return the aware moment of an instant."""
    return datetime.fromisoformat(instant)


def plus(instant: str, seconds: int) -> str:
    """Return the instant so many seconds later (earlier, where negative)."""
    return text(parse(instant) + timedelta(seconds=seconds))


def seconds_between(earlier: str, later: str) -> int:
    """Return whole seconds from one instant to another, rounded down."""
    return (parse(later) - parse(earlier)) // timedelta(seconds=1)


def epoch_seconds(instant: str) -> int:
    """Return whole seconds since 1970-01-01, as block headers and contracts count."""
    return (parse(instant) - _EPOCH) // timedelta(seconds=1)


def from_epoch_seconds(seconds: int) -> str:
    """Return the instant of a block's timestamp."""
    return text(_EPOCH + timedelta(seconds=seconds))


def whole_second(instant: str) -> str:
    """Return the instant rounded down to its second."""
    return instant[:19] + ".000000Z"
