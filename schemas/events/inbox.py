"""Events about messages that move nothing, and about time."""

from typing import Literal

from schemas.confirmation import ReadingCode
from schemas.identifiers import Digest, Name, Sentence
from schemas.instants import Instant
from schemas.tagged import tagged

ParkedCode = (
    ReadingCode
    | Literal[
        "wrong_topic",
        "instrument_unknown",
        "misrouted",
        "account_unknown",
        "sender_not_allowed",
        "log_not_created",
        "log_exists",
        "ahead_of_time",
    ]
)
InformationCode = (
    ReadingCode
    | Literal[
        "feed_not_authoritative",
        "account_not_backing",
        "financing_movement",
        "corporate_action_movement",
        "delta_statement",
        "basis_not_settled",
        "statement_outdated",
    ]
)


@tagged()
class MessageParked:
    """The message cannot be acted on as it stands; it is kept, with the reason, for people to resolve."""

    code: ParkedCode
    text: Sentence


@tagged()
class InformationRecorded:
    """The message is information: it moves no shares."""

    code: InformationCode
    text: Sentence


@tagged()
class TimeAdvanced:
    """The book's time: the largest time of the messages that it accepted, in whole seconds."""

    to: Instant


@tagged()
class TickRecorded:
    """The clock's message; `accepted` is false where it is ahead of the book's time beyond policy."""

    at: Instant
    accepted: bool


@tagged()
class WorkPostponed:
    """One decision was long enough: a tick goes on with the instrument's issuances from this one."""

    instrument: Name
    issuance: Digest


@tagged()
class WorkFinished:
    """Nothing of the instrument's postponed work is left."""

    instrument: Name
