"""Events about units that somebody else moved or burned: what an account saw, and what the ledger made of it.

A sighting is one final event of a chain, named by the digest of chain, transaction and index, so that it
counts once, whoever tells it and however often.
"""

from schemas.amounts import Amount
from schemas.counters import Height
from schemas.identifiers import Digest, Name, Text
from schemas.tagged import tagged

BY_DIGEST = "sha256:"
"""How a text begins that stands for what somebody wrote and no log can hold."""


@tagged()
class UnitsReceived:
    """Units came into the account's holding from somebody else's; `index` is the place in the block."""

    sighting: Digest
    chain: Name
    token: Text
    sender: Text
    units: Amount
    transaction: Text
    index: Height
    block_height: Height
    block_hash: Text


@tagged()
class UnitsBurned:
    """A holder burned units of their own, by no operation of a signing account."""

    sighting: Digest
    chain: Name
    token: Text
    holder: Text
    units: Amount
    transaction: Text
    index: Height
    block_height: Height
    block_hash: Text


@tagged()
class UnitsBridgedOut:
    """A holder burned units of their own to have them elsewhere: chain and recipient as they wrote them."""

    sighting: Digest
    chain: Name
    token: Text
    holder: Text
    units: Amount
    destination: Text
    recipient: Text
    transaction: Text
    index: Height
    block_height: Height
    block_hash: Text


@tagged()
class FeedRead:
    """The token's feed was read after a height up to this final block; all that it told is in this record."""

    chain: Name
    token: Text
    after_height: Height
    block_height: Height
    block_hash: Text


@tagged()
class SightingContradicted:
    """The block of a sighting is gone: `hash_now` is final at `block_height`. It may be seen again."""

    sighting: Digest
    chain: Name
    token: Text
    transaction: Text
    block_height: Height
    block_hash: Text
    hash_now: Text


@tagged()
class FeedReopened:
    """A block that the feed was read through is gone: it is read again after `after_height`, which stands.

    `hash_now` is final at `block_height`, the lowest known to have changed. All that the feed had told after
    `after_height` is contradicted in this record.
    """

    chain: Name
    token: Text
    after_height: Height
    block_height: Height
    block_hash: Text
    hash_now: Text


@tagged()
class BurnRecorded:
    """Units are gone without a redemption: their shares, as far as nothing else needs them, are unclaimed.

    `shares` is at most units times the multiplier, and leaves the pool what the remaining units need.
    """

    sighting: Digest
    instrument: Name
    chain: Name
    holder: Text
    units: Amount
    shares: Amount
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class ReceiptParked:
    """Tokens arrived that nobody announced: the supply is what it was, and people match or return them."""

    sighting: Digest
    instrument: Name
    chain: Name
    sender: Text
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class SightingRepeated:
    """The same sighting told again, in the same words."""

    sighting: Digest
