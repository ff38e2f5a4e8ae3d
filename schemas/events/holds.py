"""Events of holds: owned reasons to stop; they compose, and each ends for itself.

A hold wider than one instrument is a house rule: every book applies it in the same order.
"""

from typing import Literal

from schemas.identifiers import Digest, Name, Sentence, Text
from schemas.instants import Instant
from schemas.tagged import tagged

HoldReason = Literal[
    "message_set_aside",
    "mint_failed_too_often",
    "burn_failed_too_often",
    "return_failed_too_often",
    "movement_waits",
    "delivery_not_instructed",
    "deficit",
    "refund_failed_too_often",
    "finality_contradicted",
    "multiplier_pending",
    "operators",
]


@tagged()
class HoldPlaced:
    """Nothing is authorized or instructed for the instrument while any hold on it stands.

    `owner` names what the hold belongs to: the digest of a message or a movement, an operation, a change, the
    instrument whose deficit it is, the proposal of an operator.
    `until`: when it ends by itself; null where somebody must release it.
    """

    hold: Digest
    instrument: Name
    reason: HoldReason
    owner: Text
    text: Sentence
    until: Instant | None


@tagged()
class HoldReleased:
    """Its owner released the hold, or two operators did; others stand."""

    hold: Digest
    instrument: Name


@tagged()
class HoldEnded:
    """The time of this hold came, in this book; `instrument` is null for one of the house."""

    hold: Digest
    instrument: Name | None
