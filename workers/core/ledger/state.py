"""The state of one ledger book: everything that its records say, folded. Amounts are in 10^-18."""

import heapq
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from schemas.confirmation import SettledAmount
from schemas.envelope import Message
from schemas.events.custody import LotState, Undoing
from schemas.events.recall import RecallCause
from schemas.events.transactions import OperationKind
from schemas.house import Order, Policy
from schemas.instants import plus
from workers.core.ledger.in_flight import BridgeMint, InFlight
from workers.core.ledger.redeeming import (
    Burn,
    FinalOperation,
    Instruction,
    Redemption,
    Return,
    Settled,
    Transfer,
)
from workers.core.ledger.rules import Rules


@dataclass(frozen=True, slots=True)
class Given:
    """One input: the message, or why the bytes in the inbox are none."""

    topic: str
    sha256: str
    message: Message | None
    problem: str | None


@dataclass(slots=True)
class Lot:
    """Shares that one confirmation brought, and their state; `reserved_from` is where they go back to.

    `origin` is the lot that the confirmation brought, where this is a part of it.
    """

    lot: str
    shares: int
    state: LotState
    reference: str | None
    origin: str
    issuance: str | None = None
    reserved_from: LotState = "unassigned"


@dataclass(slots=True)
class Seen:
    """One confirmed movement, as far as another message is compared with it or undoes it.

    `made` is the lot, delivery or undoing that it made; `place` is (servicer, account).
    """

    made: str
    identity: str
    movement: Literal["receive", "deliver"]
    place: tuple[str, str]
    shares: int
    settled_total: int
    settlement: str
    message_id: str | None
    flagged: bool
    reference: str | None
    proceeds: SettledAmount | None = None
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A movement that cannot be accounted for yet."""

    what: Literal["delivered"] | Undoing
    seen: Seen
    previous_confirmation_id: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Taking:
    """What a delivery or an undoing is still to take."""

    cause: str
    undone: str | None
    reference: str | None
    shares: int


@dataclass(frozen=True, slots=True)
class ParkedReceipt:
    """Tokens that arrived without a request."""

    chain: str
    sender: str
    units: int
    transaction: str


@dataclass(slots=True)
class Mint:
    """An authorized mint, and the lots that come back if it fails, without what was `taken` of them.

    `recall` says why it was asked back.
    """

    mint: str
    issuance: str
    part: int
    attempt: int
    chain: str
    account: str
    units: int
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

    One that `ended` takes no more shares, gives back what is reserved, and waits for its open mints.
    """

    issuance: str
    request: str
    reference: str
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

    @property
    def missing(self) -> int:
        """Return the shares that are neither reserved nor in the pool."""
        return self.shares - sum(self.reserved.values()) - self.in_pool


@dataclass(slots=True)
class InstrumentBook:
    """One instrument: its lots, its pool, its tokens on every chain, its issuances.

    `free` holds the ids of free lots, oldest first. `postponed` names the issuance from which a
    tick takes up work that was too much for one decision. `treasury_owed` is what accepted treasury
    issuances are still to draw. `authorized` counts the units of open mints. `parts` names the parts of lots
    that were split, `short` the shares that came out of the pool by settlement reference, `drained` what each
    uninstructed delivery took, by state. `sightings` keeps what each one was told to be, `parked_receipts`
    the tokens that nobody announced. `awaiting` lists accepted redemptions, oldest first, by (chain, wallet,
    units). `delivery_references` says which instruction a reference links, if any; `settled` what confirmed
    deliveries took of one. `ready` names what can be authorized or instructed once no hold stands. `unasked`
    names the open mints that nobody asked back, `cancelled_mints` those of them that are to be. `reopened`
    says up to which record of its account an operation's words are old.
    """

    lots: dict[str, Lot] = field(default_factory=dict)
    free: OrderedDict[str, None] = field(default_factory=OrderedDict)
    free_total: int = 0
    pool: int = 0
    supply: dict[str, int] = field(default_factory=dict)
    authorized: int = 0
    unclaimed: int = 0
    promised: int = 0
    owed: int = 0
    deficit: int = 0
    seen: dict[str, list[Seen]] = field(default_factory=dict)
    undoings: dict[str, list[Seen]] = field(default_factory=dict)
    by_message: dict[str, tuple[Seen, ...]] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    takings: dict[str, Taking] = field(default_factory=dict)
    parts: dict[str, dict[str, None]] = field(default_factory=dict)
    short: dict[str, int] = field(default_factory=dict)
    drained: dict[str, dict[str, int]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    issuances: dict[str, Issuance] = field(default_factory=dict)
    closed_issuances: dict[str, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    mints: dict[str, Mint] = field(default_factory=dict)
    closed_mints: dict[str, str | None] = field(default_factory=dict)
    unasked: dict[str, None] = field(default_factory=dict)
    cancelled_mints: dict[str, None] = field(default_factory=dict)
    final_mints: OrderedDict[str, FinalMint] = field(default_factory=OrderedDict)
    reopened: dict[str, int] = field(default_factory=dict)
    sightings: dict[str, str] = field(default_factory=dict)
    parked_receipts: dict[str, ParkedReceipt] = field(default_factory=dict)
    redemptions: dict[str, Redemption] = field(default_factory=dict)
    closed_redemptions: dict[str, str] = field(default_factory=dict)
    awaiting: dict[tuple[str, str, int], dict[str, None]] = field(default_factory=dict)
    burns: dict[str, Burn] = field(default_factory=dict)
    returns: dict[str, Return] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    closed_operations: dict[str, tuple[OperationKind, str | None]] = field(default_factory=dict)
    final_operations: OrderedDict[str, FinalOperation] = field(default_factory=OrderedDict)
    instructions: dict[str, Instruction] = field(default_factory=dict)
    delivery_references: dict[str, str | None] = field(default_factory=dict)
    settled: dict[str, Settled] = field(default_factory=dict)
    ready: dict[str, None] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)
    postponed: str | None = None
    treasury_owed: int = 0
    in_flight: InFlight = field(default_factory=InFlight)

    @property
    def free_shares(self) -> int:
        """Return free shares that no accepted treasury issuance is still to draw."""
        return self.free_total - self.treasury_owed

    @property
    def owed_for_good(self) -> int:
        """Return the shares that are owed and that no tick is still to take from lots."""
        return self.owed - sum(taking.shares for taking in self.takings.values())

    @property
    def units(self) -> int:
        """Return the units that exist or may still come to be, on all chains and between them.

        Each is in one state: a bridge's mint takes nothing from what is in flight until it is final.
        """
        return sum(self.supply.values()) + self.authorized + self.in_flight.units + self.in_flight.remainder

    def has_reference(self, reference: str) -> bool:
        """Return whether a settlement reference was given before, to an issuance or a redemption."""
        return reference in self.references or reference in self.delivery_references

    def open_operation(
        self, operation: str
    ) -> tuple[OperationKind, Mint | BridgeMint | Burn | Transfer] | None:
        """Return an authorized operation that is not closed, and its kind."""
        if operation in self.mints:
            return "mint", self.mints[operation]
        if operation in self.in_flight.mints:
            return "mint", self.in_flight.mints[operation]
        if operation in self.burns:
            return "burn", self.burns[operation]
        return ("transfer", self.transfers[operation]) if operation in self.transfers else None

    def closed_operation(self, operation: str) -> tuple[OperationKind, str | None] | None:
        """Return the kind of a closed operation, and its transaction; null where it did not happen."""
        if operation in self.closed_mints:
            return "mint", self.closed_mints[operation]
        return self.closed_operations.get(operation)

    def awaiting_tokens(self, chain: str, wallet: str, units: int) -> str | None:
        """Return the oldest accepted redemption that waits for exactly these tokens."""
        return next(iter(self.awaiting.get((chain, wallet, units), ())), None)

    def stand_ready(self, cause: str) -> None:
        """Keep count of what waits to be authorized or instructed: a redemption, or a return."""
        redemption, returned = self.redemptions.get(cause), self.returns.get(cause)
        waits = redemption is not None and (redemption.wants_burn or redemption.wants_delivery)
        if waits or (returned is not None and returned.transfer is None):
            self.ready[cause] = None
        else:
            self.ready.pop(cause, None)

    def may_expire(self, process: str) -> bool:
        """Return whether an issuance is not funded yet, or a redemption waits for its tokens."""
        issuance = self.issuances.get(process)
        if issuance is not None:
            return not issuance.funded and issuance.ended is None
        redemption = self.redemptions.get(process)
        return redemption is not None and redemption.stage == "accepted"

    def units_on(self, chain: str) -> int:
        """Return the units that exist or may still come to be on one chain."""
        authorized = sum(mint.units for mint in self.mints.values() if mint.chain == chain)
        bridged = sum(mint.units for mint in self.in_flight.mints.values() if mint.chain == chain)
        return self.supply.get(chain, 0) + authorized + bridged

    def has_work(self) -> bool:
        """Return whether a tick finds something to do that one decision was too short for."""
        waits = (self.postponed is not None or bool(self.ready)) and not self.holds
        return bool(self.takings) or waits or self.recall_due() is not None

    def recall_due(self) -> tuple[str, RecallCause] | None:
        """Return the next open mint that is to be asked back, and why."""
        if self.cancelled_mints:
            return next(iter(self.cancelled_mints)), "cancellation"
        if self.holds and self.unasked:
            return next(iter(self.unasked)), "hold"
        if self.holds and self.in_flight.unasked:
            return next(iter(self.in_flight.unasked)), "hold"
        return None

    def forget_recall(self, mint: str) -> None:
        """Let nobody ask for this mint any more: it was asked back, or it is closed."""
        self.unasked.pop(mint, None)
        self.cancelled_mints.pop(mint, None)


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
    expiries: list[tuple[str, str, str]] = field(default_factory=list)

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
        if any(book.has_work() for book in self.instruments.values()):
            return self.time
        # At least a second: a tick within the second that the book is in would move nothing.
        stale = plus(self.time, max(1, self.rules.policy.largest_time_jump_seconds // 2))
        return min(stale, self.expiries[0][0]) if self.expiries else stale

    def add_expiry(self, expires_at: str, instrument: str, process: str) -> None:
        """Remember when an issuance or a redemption expires."""
        heapq.heappush(self.expiries, (expires_at, instrument, process))

    def drop_settled_expiries(self) -> None:
        """Forget the next expiries while they are of what can expire no more."""
        while self.expiries:
            _, instrument, process = self.expiries[0]
            if self.book_of(instrument).may_expire(process):
                return
            heapq.heappop(self.expiries)
