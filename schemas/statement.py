"""A statement: what a custodian or broker says that an account holds at a moment, in our words.

The fields are those of the public contract; identifiers of the outside world are kept as given.
"""

from dataclasses import dataclass
from typing import Literal

from schemas.amounts import SignedAmount
from schemas.confirmation import Security
from schemas.counters import Ordinal
from schemas.identifiers import Digest, Text
from schemas.instants import Instant, Stated
from schemas.tagged import STRICT, tagged

StatementBasis = Literal["settled", "traded", "contractual"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Shares of one security, negative where they are short; sub-balances are not added up.

    `available` is what nothing encumbers, as stated; null where the statement does not say.
    """

    __pydantic_config__ = STRICT

    security: Security
    quantity: SignedAmount
    available: SignedAmount | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One page of a statement of holdings; a set of pages shares servicer, account, id and moment.

    `page` counts from 1, and `last_page` is true on the last one. `complete`: the whole statement lists every
    holding, so that what it does not list is zero; false for a delta, where absence says nothing.
    """

    __pydantic_config__ = STRICT

    servicer: Text | None
    account: Text
    statement_id: Text | None
    page: Ordinal
    last_page: bool
    as_of: Stated
    complete: bool
    basis: StatementBasis | None
    balances: tuple[Balance, ...]


@tagged()
class HoldingsStated:
    """What an account holds, as the last whole statement of it says: complete, on a settled basis.

    `statement` digests servicer, account, `statement_id` and `as_of`. Its age counts from `counts_from`,
    which is never after its receipt. Balances are in the order of the pages.
    """

    statement: Digest
    servicer: Text
    account: Text
    statement_id: Text | None
    as_of: Stated
    counts_from: Instant
    balances: tuple[Balance, ...]
