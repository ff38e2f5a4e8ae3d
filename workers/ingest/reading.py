"""A reading: what one message in a file means. Every reader gives this one shape."""

from dataclasses import dataclass
from typing import Literal

from schemas.confirmation import Confirmation, ReadingCode, Reason
from schemas.messages import (
    CancellationRequested,
    IssuanceRequested,
    OrderConfirmed,
    OrderProposed,
    RedemptionRequested,
)
from schemas.statement import Statement

TEXT_MAX = 1_000

Order = IssuanceRequested | RedemptionRequested | CancellationRequested | OrderProposed | OrderConfirmed
Meaning = Confirmation | Reason | list[Statement]
"""What a message means: a movement, why it proves none, or what each of its accounts holds."""

Outcome = Literal["confirmation", "statement", "information", "parked"]


class Unreadable(Exception):  # noqa: N818 - it names the finding
    """A message that cannot be read safely; it becomes a parked reading in `parked`, nowhere else."""

    def __init__(self, code: ReadingCode, text: str, where: str | None = None) -> None:
        super().__init__(text)
        self.reason = Reason(code=code, text=_storable(text), where=where and _storable(where))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One movement, statement or other message found in a file.

    `dialect` is as the message says (`sese.025.001.11`). `legs` says how many readings the message made, null
    for one. `reader` and `reader_version` name what made the reading: the log records both. `order` is what a
    file of our own dialects asks for.
    """

    outcome: Outcome
    reader: str
    reader_version: str
    dialect: str | None = None
    confirmation: Confirmation | None = None
    statement: Statement | None = None
    reason: Reason | None = None
    warnings: tuple[str, ...] = ()
    legs: int | None = None
    order: Order | None = None


def parked(unreadable: Unreadable, *, reader: str, version: str, dialect: str | None = None) -> Reading:
    """Return the reading of a message that was refused; the caller keeps its bytes."""
    return Reading(
        outcome="parked", reader=reader, reader_version=version, dialect=dialect, reason=unreadable.reason
    )


def information(reason: Reason, *, reader: str, version: str, dialect: str | None = None) -> Reading:
    """Return the reading of a message that was understood and proves no movement."""
    return Reading(
        outcome="information", reader=reader, reader_version=version, dialect=dialect, reason=reason
    )


def confirmed(
    confirmation: Confirmation,
    *,
    reader: str,
    version: str,
    dialect: str,
    warnings: tuple[str, ...] = (),
    legs: int | None = None,
) -> Reading:
    """Return the reading of a movement that settled, was reversed or was withdrawn."""
    return Reading(
        outcome="confirmation",
        reader=reader,
        reader_version=version,
        dialect=dialect,
        confirmation=confirmation,
        warnings=warnings,
        legs=legs,
    )


def stated(
    statement: Statement,
    *,
    reader: str,
    version: str,
    dialect: str,
    warnings: tuple[str, ...] = (),
    legs: int | None = None,
) -> Reading:
    """Return the reading of a page of a statement of holdings."""
    return Reading(
        outcome="statement",
        reader=reader,
        reader_version=version,
        dialect=dialect,
        statement=statement,
        warnings=warnings,
        legs=legs,
    )


def readings(
    meaning: Meaning, *, reader: str, version: str, dialect: str, warnings: tuple[str, ...]
) -> list[Reading]:
    """Return the readings of a message that was understood."""
    if isinstance(meaning, Confirmation):
        return [confirmed(meaning, reader=reader, version=version, dialect=dialect, warnings=warnings)]
    if isinstance(meaning, Reason):
        return [information(meaning, reader=reader, version=version, dialect=dialect)]
    legs = len(meaning) if len(meaning) > 1 else None
    return [
        stated(one, reader=reader, version=version, dialect=dialect, warnings=warnings, legs=legs)
        for one in meaning
    ]


def _storable(text: str) -> str:
    """Return a quoted text cut, and without halves of surrogate pairs, which the log refuses."""
    return text[:TEXT_MAX].encode("utf-8", "backslashreplace").decode("utf-8")
