"""Events of bridges: units burned on one chain are in flight until they are minted on another, or refunded.

    BridgeStarted -> [RemainderBooked] -> [BridgeQueued] -> BridgeReleased -> BridgeMintAuthorized
        -> BridgeMintFinalized -> BridgeCompleted

A destination mint that is closed is tried again, then turned back: the same units are minted at the source.
"""

from typing import Literal

from schemas.amounts import Amount
from schemas.counters import Height, Ordinal
from schemas.identifiers import Digest, Name, Text
from schemas.tagged import tagged

Leg = Literal["destination", "refund"]
TurningBack = Literal["destination_unknown", "recipient_unreadable", "destination_failed", "operators"]
QueueingReason = Literal["held", "lane_unknown", "lane_closed", "lane_limited", "behind_others"]
BridgeOutcome = Literal["minted", "refunded", "remainder"]


@tagged()
class BridgeStarted:
    """`holder` burned units on `chain`, final there, to have them elsewhere: they are in flight.

    `destination` and `recipient` are what the holder wrote, checked by nobody. What travels is units;
    `multiplier` is what a unit was worth by then.
    """

    bridge: Digest
    sighting: Digest
    instrument: Name
    chain: Name
    token: Text
    units: Amount
    multiplier: Amount
    holder: Text
    destination: Text
    recipient: Text
    transaction: Text
    index: Height
    block_height: Height
    block_hash: Text


@tagged()
class RemainderBooked:
    """What the destination's precision cannot carry stays the holder's, on the chain where it was burned.

    `units` is the owner's remainder from now on; `before`, what it was, travels with this bridge.
    """

    bridge: Digest
    instrument: Name
    chain: Name
    holder: Text
    before: Amount
    units: Amount


@tagged()
class BridgeQueued:
    """The bridge must wait: the lane has `available` units for the `units` that travel. Nothing is lost."""

    bridge: Digest
    instrument: Name
    why: QueueingReason
    units: Amount
    available: Amount


@tagged()
class BridgeReleased:
    """The lane lets the bridge go, once: of `available` units it takes `units`; the opposite refills."""

    bridge: Digest
    instrument: Name
    source: Name
    destination: Name
    units: Amount
    available: Amount


@tagged()
class BridgeTurnedBack:
    """The units can never be where they should, or operators say so: they are minted again at the source."""

    bridge: Digest
    instrument: Name
    why: TurningBack


@tagged()
class BridgeMintFinalized:
    """The units of this leg exist: final on the chain under this transaction."""

    mint: Digest
    bridge: Digest
    instrument: Name
    leg: Leg
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class BridgeMintFailed:
    """The mint of this leg provably did not happen and never will; its units are in flight as before.

    The block is the final one that proves it; none where the account never signed.
    """

    mint: Digest
    bridge: Digest
    instrument: Name
    leg: Leg
    proof: Literal["never_signed", "deadline_passed", "guard_cancelled"]
    block_height: Height | None
    block_hash: Text | None


@tagged()
class BridgeMintRecallRequested:
    """A hold asks the account to stop this open mint, once; its units stay in flight until it did."""

    mint: Digest
    bridge: Digest
    instrument: Name


@tagged()
class BridgeFinalityContradicted:
    """The block that made a bridge's mint final is gone: its units are in flight again, the bridge is open.

    Fields as in `FinalityContradicted`.
    """

    mint: Digest
    bridge: Digest
    instrument: Name
    leg: Leg
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text
    hash_now: Text
    account_seq: Ordinal


@tagged()
class BridgeCompleted:
    """Nothing of the bridge is in flight any more: `units` were minted or refunded, or all is a remainder."""

    bridge: Digest
    instrument: Name
    outcome: BridgeOutcome
    units: Amount
