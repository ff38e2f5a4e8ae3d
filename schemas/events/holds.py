"""Events of holds: owned reasons to stop; they compose, and each is released for itself."""

from typing import Literal

from schemas.identifiers import Digest, Name, Sentence
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
]


@tagged()
class HoldPlaced:
    """Nothing is authorized or instructed for the instrument while any hold on it stands."""

    hold: Digest
    instrument: Name
    reason: HoldReason
    text: Sentence


@tagged()
class HoldReleased:
    """Its owner released the hold, or two operators did; others stand."""

    hold: Digest
    instrument: Name
