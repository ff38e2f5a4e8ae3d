"""Lots, the issuances that they are reserved for, and the mints that consume them. Amounts are in 10^-18."""

from dataclasses import dataclass, field
from typing import Literal

from schemas.events.custody import LotState
from schemas.events.recall import RecallCause


@dataclass(slots=True)
class Lot:
    """Shares that one confirmation brought, and their state; `reserved_from` is where they go back to.

    `origin` is the lot that the confirmation brought, where this is a part of it. `place` is the custody
    account that they are on: (servicer, account).
    """

    lot: str
    shares: int
    state: LotState
    reference: str | None
    origin: str
    place: tuple[str, str]
    issuance: str | None = None
    reserved_from: LotState = "unassigned"


@dataclass(slots=True)
class Mint:
    """An authorized mint, and the lots that come back if it fails, without what was `taken` of them.

    `day` is when it was authorized. `recall` says why it was asked back.
    """

    mint: str
    issuance: str
    part: int
    attempt: int
    client: str
    recipient: str
    chain: str
    account: str
    units: int
    day: str
    deadline: str
    lots: tuple[Lot, ...]
    shares_in: int
    taken: dict[str, int] = field(default_factory=dict)
    recall: RecallCause | None = None


@dataclass(frozen=True, slots=True)
class FinalMint:
    """A mint that became final lately, and the block that made it so, in case that does not hold."""

    mint: Mint
    transaction: str
    block_height: int
    block_hash: str


@dataclass(slots=True)
class Issuance:
    """A request that stands. `reserved` names its lots; `minted_*` count what is final.

    One that `ended` takes no more shares, gives back what is reserved, and waits for its open mints. One that
    is `giving_back` has nothing left that is worth a base amount.
    """

    issuance: str
    request: str
    reference: str
    client: str
    shares: int
    chain: str
    recipient: str
    funding: str
    partial: str
    expires_at: str
    ended: Literal["expired", "cancelled"] | None = None
    funded: bool = False
    reserved: dict[str, int] = field(default_factory=dict)
    mints: set[str] = field(default_factory=set)
    parts: int = 0
    failed: dict[int, int] = field(default_factory=dict)
    in_pool: int = 0
    minted_shares: int = 0
    minted_units: int = 0
    giving_back: bool = False
    approval: Literal["required", "given"] | None = None
    approve_by: str | None = None
    waits_for: str | None = None

    @property
    def is_over(self) -> bool:
        """Return whether it takes no more shares, and is minted no more."""
        return self.ended is not None or self.giving_back

    @property
    def ends_at(self) -> str | None:
        """Return when it expires, as things stand."""
        if self.ended is not None:
            return None
        unfunded = None if self.funded else self.expires_at
        unapproved = self.approve_by if self.approval == "required" else None
        return min((end for end in (unfunded, unapproved) if end is not None), default=None)

    @property
    def missing(self) -> int:
        """Return the shares that are neither reserved nor in the pool."""
        return self.shares - sum(self.reserved.values()) - self.in_pool
