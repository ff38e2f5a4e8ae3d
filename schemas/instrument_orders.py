"""Instrument orders: what operators decide of one instrument, in its book."""

from schemas.amounts import Amount
from schemas.counters import Ordinal
from schemas.identifiers import Digest, Name, Sentence
from schemas.instants import Instant
from schemas.tagged import tagged


@tagged()
class AssignLot:
    """Give an unassigned lot to an issuance, or (issuance null) to treasury."""

    instrument: Name
    lot: Digest
    issuance: Digest | None


@tagged()
class ReleaseLot:
    """Accept a provisional lot as the separate movement that it is."""

    instrument: Name
    lot: Digest


@tagged()
class ApproveIssuance:
    """Let an issuance be minted that is larger than the approval threshold."""

    instrument: Name
    issuance: Digest


@tagged()
class ChangeMultiplier:
    """Change the shares per unit at a moment, if it is still `before`; `nonce` counts the changes from 1."""

    instrument: Name
    nonce: Ordinal
    before: Amount
    after: Amount
    activates_at: Instant


@tagged()
class CancelMultiplierChange:
    """Take back a change that has not activated."""

    instrument: Name
    nonce: Ordinal


@tagged()
class PlaceHold:
    """Stop one instrument, until two operators release the hold or its time comes; one operator is enough."""

    instrument: Name
    text: Sentence
    until: Instant | None


@tagged()
class ReleaseHold:
    """Release a hold on one instrument that waits for operators."""

    instrument: Name
    hold: Digest


@tagged()
class AcceptMovement:
    """Let a movement that waits take effect as what it says."""

    instrument: Name
    waiting: Digest


@tagged()
class DismissMovement:
    """Let a movement that waits have no effect: it did not happen, or was told before."""

    instrument: Name
    waiting: Digest


@tagged()
class CoverShortfall:
    """Give a free lot, as far as it is needed, to a pool that is short, then to what is owed."""

    instrument: Name
    lot: Digest


@tagged()
class MatchReceipt:
    """Take parked tokens for those that an accepted redemption waits for: as many, on its chain."""

    instrument: Name
    sighting: Digest
    redemption: Digest


@tagged()
class ReturnReceipt:
    """Send parked tokens back to where they came from."""

    instrument: Name
    sighting: Digest


@tagged()
class ConfirmDeliveryCancelled:
    """The servicer confirmed that what is left of this instruction is cancelled: it is instructed anew."""

    instrument: Name
    delivery: Digest


@tagged()
class TurnBridgeBack:
    """Mint a bridge's units again where they were burned; only while no mint of it can act."""

    instrument: Name
    bridge: Digest


@tagged()
class EndRedemption:
    """Burn nothing of a redemption, and send its tokens back; only while none of its operations can act."""

    instrument: Name
    redemption: Digest
