"""Events of limits and approvals: why a funded issuance is not minted yet."""

from typing import Literal

from schemas.amounts import Amount
from schemas.identifiers import Digest, Name
from schemas.instants import Instant
from schemas.tagged import tagged

WaitReason = Literal[
    "mint_limit", "instrument_day_limit", "client_day_limit", "collateral_ratio", "custodian_share"
]


@tagged()
class IssuanceWaits:
    """The next mint of an issuance must wait; said once, and of a day's limit once on every day.

    `needed` and `available` are shares: of the mint, and of what the limit leaves; for the collateral's
    ratio, what there must be and is; for a custodian's share, what it would hold and may.
    """

    issuance: Digest
    instrument: Name
    why: WaitReason
    needed: Amount
    available: Amount


@tagged()
class ApprovalRequired:
    """The issuance is larger than the threshold: nothing of it is authorized before two operators approve."""

    issuance: Digest
    instrument: Name
    shares: Amount
    threshold: Amount
    expires_at: Instant


@tagged()
class IssuanceApproved:
    """Two operators approved the issuance."""

    issuance: Digest
    instrument: Name
