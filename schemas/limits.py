"""Limits of what is minted, in shares; null is no limit."""

from dataclasses import dataclass

from schemas.amounts import Amount
from schemas.counters import Seconds
from schemas.tagged import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The largest mint, what may be authorized on one UTC day, and what needs a further approval.

    `mint_shares_max`: an issuance of more is refused.
    `instrument_day_shares_max`, `client_day_shares_max`: what is above waits for the next day.
    `approval_threshold_shares`: an issuance of more waits for two operators.
    `approval_expiry_seconds`: one that is not approved by then expires.
    """

    __pydantic_config__ = STRICT

    mint_shares_max: Amount | None
    instrument_day_shares_max: Amount | None
    client_day_shares_max: Amount | None
    approval_threshold_shares: Amount | None
    approval_expiry_seconds: Seconds
