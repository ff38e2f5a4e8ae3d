"""The state of one ledger book: everything that its records say, folded. Amounts are in 10^-18."""

import heapq
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from schemas.envelope import Message
from schemas.events.custody import LotState
from schemas.events.holds import HoldReason
from schemas.house import Order, Policy
from schemas.instants import next_midnight, plus
from workers.core.ledger.rules import Rules

Due = tuple[str, str, str]
"""When something is due, the instrument that it is of, and its id."""


@dataclass(frozen=True, slots=True)
class Given:
    """One input: the message, or why the bytes in the inbox are none."""

    topic: str
    sha256: str
    message: Message | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason to stop one instrument: what it belongs to, and when it ends by itself."""

    reason: HoldReason
    owner: str
    text: str
    until: str | None


@dataclass(slots=True)
class Lot:
    """Shares that one confirmation brought, and their state; `reserved_from` is where they go back to.

    `place` is the custody account that they are on: (servicer, account).
    """

    lot: str
    shares: int
    state: LotState
    reference: str | None
    place: tuple[str, str]
    issuance: str | None = None
    reserved_from: LotState = "unassigned"


@dataclass(frozen=True, slots=True)
class Seen:
    """One confirmation of an identity, as far as another is compared with it."""

    settlement: str
    message_id: str | None
    flagged: bool
    lot: str


@dataclass(slots=True)
class Mint:
    """An authorized mint, and the lots that come back if it fails. `day` is when it was authorized."""

    mint: str
    issuance: str
    part: int
    attempt: int
    chain: str
    account: str
    units: int
    client: str
    day: str
    lots: tuple[Lot, ...]
    shares_in: int


@dataclass(slots=True)
class Issuance:
    """A request that stands. `reserved` names its lots; `minted_*` count what is final."""

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
    expired: bool = False
    funded: bool = False
    reserved: dict[str, int] = field(default_factory=dict)
    mints: set[str] = field(default_factory=set)
    parts: int = 0
    failed: dict[int, int] = field(default_factory=dict)
    in_pool: int = 0
    minted_shares: int = 0
    minted_units: int = 0
    approval: Literal["required", "given"] | None = None
    approve_by: str | None = None
    waits_for: str | None = None

    @property
    def ends_at(self) -> str | None:
        """Return when it expires, as things stand."""
        ends = [] if self.funded else [self.expires_at]
        if self.approval == "required" and self.approve_by is not None:
            ends.append(self.approve_by)
        return min(ends, default=None)

    @property
    def missing(self) -> int:
        """Return the shares that are neither reserved nor in the pool."""
        return self.shares - sum(self.reserved.values()) - self.in_pool


@dataclass(slots=True)
class MultiplierChange:
    """A change that is pending; `waits` once it was said that mints keep it from activating."""

    change: str
    nonce: int
    after: int
    activates_at: str
    waits: bool = False


@dataclass(slots=True)
class DayTotals:
    """Shares of the mints that were authorized on one UTC day and did not fail on it."""

    day: str
    shares: int = 0
    by_client: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class InstrumentBook:
    """One instrument: its lots, its pool, its tokens on every chain, its issuances.

    `free` holds the ids of free lots, oldest first. `linked` names unassigned lots by the settlement
    reference that they carry: what could not be reserved yet. `postponed` names the issuance from which a
    tick takes up work that was too much for one decision, or was stopped. `treasury_owed` is what accepted
    treasury issuances are still to draw. `free_at` and `pool_at` count shares by custody account.
    """

    lots: dict[str, Lot] = field(default_factory=dict)
    free: OrderedDict[str, None] = field(default_factory=OrderedDict)
    free_total: int = 0
    linked: dict[str, dict[str, None]] = field(default_factory=dict)
    free_at: dict[tuple[str, str], int] = field(default_factory=dict)
    pool: int = 0
    pool_at: dict[tuple[str, str], int] = field(default_factory=dict)
    supply: dict[str, int] = field(default_factory=dict)
    seen: dict[str, list[Seen]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    issuances: dict[str, Issuance] = field(default_factory=dict)
    closed_issuances: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    mints: dict[str, Mint] = field(default_factory=dict)
    closed_mints: dict[str, str | None] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    postponed: str | None = None
    treasury_owed: int = 0
    multiplier: int | None = None
    nonce: int = 0
    change: MultiplierChange | None = None
    today: DayTotals = field(default_factory=lambda: DayTotals(""))

    @property
    def free_shares(self) -> int:
        """Return free shares that no accepted treasury issuance is still to draw."""
        return self.free_total - self.treasury_owed

    def activation_due(self) -> str | None:
        """Return when a tick has something to say of a pending change."""
        if self.change is None or (self.change.waits and self.mints):
            return None
        return self.change.activates_at

    def take_up(self) -> None:
        """Let ticks go on with every issuance: what stopped them may be gone."""
        self.postponed = next(iter(self.issuances), None)


@dataclass(slots=True)
class Proposal:
    """An order that waits for a second operator, or had one."""

    operator: str
    order: Order
    confirmed: bool = False


@dataclass(slots=True)
class State:
    """One book. `house` is book 0's own, up to what it decided; `rules` is what was relayed to this book."""

    partition: int
    time: str | None = None
    rules: Rules = field(default_factory=Rules)
    house: Rules = field(default_factory=Rules)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    instruments: dict[str, InstrumentBook] = field(default_factory=dict)
    expiries: list[Due] = field(default_factory=list)
    hold_ends: list[Due] = field(default_factory=list)
    waiting_for_midnight: set[str] = field(default_factory=set)
    waiting_for_collateral: set[str] = field(default_factory=set)

    @property
    def policy(self) -> Policy:
        """Return the policy that was relayed; there is one wherever a decision needs it."""
        assert self.rules.policy is not None, "the log is created before anything is decided"
        return self.rules.policy

    def book_of(self, instrument: str) -> InstrumentBook:
        """Return an instrument's book, opened at its first use."""
        book = self.instruments.get(instrument)
        if book is None:
            book = self.instruments[instrument] = InstrumentBook()
        return book

    def due_at(self) -> str | None:
        """Return when the clock is next needed: work that waits, an expiry, or a time that grows stale."""
        if self.time is None or self.rules.policy is None:
            return None
        if any(book.postponed is not None and not book.holds for book in self.instruments.values()):
            return self.time
        # At least a second: a tick within the second that the book is in would move nothing.
        stale = plus(self.time, max(1, self.rules.policy.largest_time_jump_seconds // 2))
        due = [each[0][0] for each in (self.expiries, self.hold_ends) if each]
        midnight = [next_midnight(self.time)] if self.waiting_for_midnight else []
        changes = [at for book in self.instruments.values() if (at := book.activation_due()) is not None]
        return min([stale, *due, *midnight, *changes])

    def is_due(self, waiting: list[Due]) -> bool:
        """Return whether the time of the first of those that wait has come."""
        return bool(waiting) and self.time is not None and waiting[0][0] <= self.time

    def take_up_all(self) -> None:
        """Let ticks go on with every issuance of every instrument."""
        for book in self.instruments.values():
            book.take_up()

    def add_expiry(self, expires_at: str, instrument: str, issuance: str) -> None:
        """Remember when an issuance expires."""
        heapq.heappush(self.expiries, (expires_at, instrument, issuance))

    def drop_settled_expiries(self) -> None:
        """Forget the next expiries while they are of issuances that can expire no more."""
        while self.expiries:
            at, instrument, issuance = self.expiries[0]
            found = self.book_of(instrument).issuances.get(issuance)
            ends_at = None if found is None or found.expired else found.ends_at
            if ends_at is not None and ends_at <= at:
                return
            heapq.heappop(self.expiries)

    def add_hold_end(self, until: str, instrument: str, hold: str) -> None:
        """Remember when a hold ends by itself; the instrument of one of the house is empty."""
        heapq.heappush(self.hold_ends, (until, instrument, hold))

    def drop_settled_hold_ends(self) -> None:
        """Forget the next ends while they are of holds that stand no more."""
        while self.hold_ends:
            _, instrument, hold = self.hold_ends[0]
            if hold in (self.book_of(instrument).holds if instrument else self.rules.holds):
                return
            heapq.heappop(self.hold_ends)
