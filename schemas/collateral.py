"""Collateral rules of one instrument: what may be behind its units, and how much of it there must be."""

from dataclasses import dataclass

from schemas.amounts import Amount
from schemas.counters import Seconds
from schemas.identifiers import Text
from schemas.tagged import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyPlace:
    """A custody account."""

    __pydantic_config__ = STRICT

    servicer: Text
    account: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CollateralRules:
    """Collateral is what the pool and treasury's free shares hold on eligible accounts.

    `ratio_min`: collateral over the shares behind all units, 1 or more.
    `custodian_share_max`: the largest part of the collateral at one custodian, above 0 and at most 1; null is
    any.
    `statement_age_seconds_max`: how old the last whole statement may be of each account that holds some
    collateral; null asks for none.
    """

    __pydantic_config__ = STRICT

    eligible: tuple[CustodyPlace, ...]
    ratio_min: Amount
    custodian_share_max: Amount | None
    statement_age_seconds_max: Seconds | None
