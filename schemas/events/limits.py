"""Events of limits and approvals: why a funded issuance is not minted yet."""

from dataclasses import dataclass
from typing import Literal

from schemas.amounts import Amount
from schemas.counters import Height, Seconds
from schemas.identifiers import Digest, Name, Text
from schemas.instants import Instant, Stated
from schemas.tagged import STRICT, tagged

WaitReason = Literal[
    "mint_limit",
    "instrument_day_limit",
    "client_day_limit",
    "collateral_ratio",
    "custodian_share",
    "statement_age",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleStatement:
    """The last whole statement of an account, which is too old by so much, or (both null) never came."""

    __pydantic_config__ = STRICT

    servicer: Text
    account: Text
    as_of: Stated | None
    age_seconds: Height | None
    age_seconds_max: Seconds


@tagged()
class IssuanceWaits:
    """The next mint of an issuance must wait; said once, and of a day's limit once on every day.

    `needed` and `available` are shares: of the mint, and of what the limit leaves; for the collateral's
    ratio, what there must be and is; for a custodian's share, what it would hold and may. What waits for a
    statement has neither, and names the account.
    """

    issuance: Digest
    instrument: Name
    why: WaitReason
    needed: Amount | None
    available: Amount | None
    statement: StaleStatement | None


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
