"""The state of one ledger book: everything that its records say, folded. Amounts are in 10^-18."""

import heapq
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from schemas.envelope import Message
from schemas.events.recall import RecallCause
from schemas.events.transactions import OperationKind
from schemas.house import Order, Policy
from schemas.instants import next_midnight, plus
from workers.core.ledger import in_flight
from workers.core.ledger.in_flight import InFlight
from workers.core.ledger.issued import FinalMint, Issuance, Lot, Mint
from workers.core.ledger.movements import FinalSighting, ParkedReceipt, Seen, Taking, Waiting
from workers.core.ledger.page_sets import PageSet, Place
from workers.core.ledger.redeeming import (
    Authorized,
    Burn,
    Doubled,
    FinalOperation,
    Instruction,
    Redemption,
    Return,
    Settled,
    Transfer,
    Want,
    wanted,
)
from workers.core.ledger.restrictions import DayTotals, Hold, MultiplierChange
from workers.core.ledger.rules import Rules

CLOSURES_KEPT = 4_096
"""Of each instrument: the closed operations whose proof can still be contradicted."""

Due = tuple[str, str, str]
"""When something is due, the instrument that it is of, and its id."""


Operation = Authorized | Doubled
"""What a signing account was let do."""


@dataclass(frozen=True, slots=True)
class Closure:
    """An operation that provably could not act, and the block that proved it, which may not hold."""

    operation: Authorized
    block_height: int
    block_hash: str


@dataclass(frozen=True, slots=True)
class Given:
    """One input: the message, or why the bytes in the inbox are none."""

    topic: str
    sha256: str
    message: Message | None
    problem: str | None


@dataclass(slots=True)
class InstrumentBook:
    """One instrument: its lots, its pool, its tokens on every chain, its issuances.

    `free` holds the ids of free lots, oldest first. `linked` names unassigned lots by the settlement
    reference that they carry: what could not be reserved yet. `free_at` and `pool_at` count shares by custody
    account. `postponed` names the issuance from which a tick takes up work that was too much for one
    decision, or was stopped. `treasury_owed` is what accepted treasury
    issuances are still to draw. `authorized` counts the units of open mints. `parts` names the parts of lots
    that were split, `short` the shares that came out of the pool by settlement reference, `drained` what each
    uninstructed delivery took, by state. `sightings` keeps what each one was told to be, `parked_receipts`
    the tokens that nobody announced. `awaiting` lists accepted redemptions, oldest first, by (chain, wallet,
    units). `delivery_references` says which instruction a reference links, if any; `settled` what confirmed
    deliveries took of one. `ready` names what can be authorized or instructed once no hold stands. `unasked`
    names the open mints that nobody asked back, `cancelled_mints` those of them that are to be. `reopened`
    says up to which record of its account an operation's or sighting's words are old. `final_sightings` can
    still be contradicted, `withdrawn` names those that are, until they are seen again. `unfounded` counts the
    tokens that a redemption or a return was authorized with, and that are not there. `closures` can still be
    contradicted; `doubled` are operations that may act although something else took their place, and
    `gone_twice` counts the units that such a burn or return took.
    """

    lots: dict[str, Lot] = field(default_factory=dict)
    free: OrderedDict[str, None] = field(default_factory=OrderedDict)
    free_total: int = 0
    linked: dict[str, dict[str, None]] = field(default_factory=dict)
    free_at: dict[tuple[str, str], int] = field(default_factory=dict)
    pool: int = 0
    pool_at: dict[tuple[str, str], int] = field(default_factory=dict)
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
    final_sightings: OrderedDict[str, FinalSighting] = field(default_factory=OrderedDict)
    withdrawn: dict[str, FinalSighting] = field(default_factory=dict)
    unfounded: dict[str, int] = field(default_factory=dict)
    parked_receipts: dict[str, ParkedReceipt] = field(default_factory=dict)
    redemptions: dict[str, Redemption] = field(default_factory=dict)
    closed_redemptions: dict[str, str] = field(default_factory=dict)
    awaiting: dict[tuple[str, str, int], dict[str, None]] = field(default_factory=dict)
    burns: dict[str, Burn] = field(default_factory=dict)
    returns: dict[str, Return] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    closed_operations: dict[str, tuple[OperationKind, str | None]] = field(default_factory=dict)
    final_operations: OrderedDict[str, FinalOperation] = field(default_factory=OrderedDict)
    closures: OrderedDict[str, Closure] = field(default_factory=OrderedDict)
    doubled: dict[str, Doubled] = field(default_factory=dict)
    gone_twice: int = 0
    instructions: dict[str, Instruction] = field(default_factory=dict)
    delivery_references: dict[str, str | None] = field(default_factory=dict)
    settled: dict[str, Settled] = field(default_factory=dict)
    ready: dict[str, None] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    postponed: str | None = None
    treasury_owed: int = 0
    in_flight: InFlight = field(default_factory=InFlight)
    multiplier: int | None = None
    nonce: int = 0
    change: MultiplierChange | None = None
    today: DayTotals = field(default_factory=lambda: DayTotals(""))

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
        """Return the units that exist or may still come to be, on all chains and between them, or are owed.

        Each is in one state: a bridge's mint takes nothing from what is in flight until it is final.
        """
        between = self.in_flight.units + self.in_flight.remainder
        doubled = sum(each.units for each in self.doubled.values() if each.kind != "burn")
        missing = self.missing_units + self.gone_twice
        return sum(self.supply.values()) + self.authorized + between + doubled + missing

    @property
    def missing_units(self) -> int:
        """Return the units that were burned or sent on and never came: somebody else's went instead."""
        return sum(units - self._in_hand(cause) for cause, units in self.unfounded.items())

    def _in_hand(self, cause: str) -> int:
        """Return what of a redemption's or a return's tokens is neither burned nor sent on."""
        redemption, returned = self.redemptions.get(cause), self.returns.get(cause)
        to_burn = redemption.burn_units if redemption is not None and redemption.stage == "received" else 0
        return to_burn + (0 if returned is None else returned.units)

    def has_reference(self, reference: str) -> bool:
        """Return whether a settlement reference was given before, to an issuance or a redemption."""
        return reference in self.references or reference in self.delivery_references

    def open_operation(self, operation: str) -> tuple[OperationKind, Operation] | None:
        """Return an authorized operation that is not closed, and its kind."""
        if operation in self.doubled:
            return self.doubled[operation].kind, self.doubled[operation]
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
        founded = cause not in self.unfounded
        if founded and (waits or (returned is not None and returned.transfer is None)):
            self.ready[cause] = None
        else:
            self.ready.pop(cause, None)

    def may_expire(self, process: str, at: str) -> bool:
        """Return whether an issuance expires by then as things stand, or a redemption waits for tokens."""
        issuance = self.issuances.get(process)
        if issuance is not None:
            return issuance.ends_at is not None and issuance.ends_at <= at
        redemption = self.redemptions.get(process)
        return redemption is not None and redemption.stage == "accepted"

    def units_on(self, chain: str) -> int:
        """Return the units that exist or may still come to be on one chain."""
        authorized = sum(mint.units for mint in self.mints.values() if mint.chain == chain)
        bridged = sum(mint.units for mint in self.in_flight.mints.values() if mint.chain == chain)
        mints = (each for each in self.doubled.values() if (each.kind, each.chain) == ("mint", chain))
        return self.supply.get(chain, 0) + authorized + bridged + sum(mint.units for mint in mints)

    def wants(self, rules: Rules, cause: str) -> list[Want]:
        """Return what a redemption or a return that stands ready may have next."""
        return [] if self.holds else wanted(rules, self.redemptions.get(cause), self.returns.get(cause))

    def take_up(self) -> None:
        """Let ticks go on with every issuance: what stopped them may be gone."""
        self.postponed = next(iter(self.issuances), None)

    def activation_due(self) -> str | None:
        """Return when a tick has something to say of a pending change of the multiplier."""
        if self.change is None or (self.change.waits and self.on_their_way):
            return None
        return self.change.activates_at

    @property
    def on_their_way(self) -> int:
        """Count the mints and burns that may act."""
        doubled = sum(each.kind != "transfer" for each in self.doubled.values())
        return len(self.mints) + len(self.burns) + len(self.in_flight.mints) + doubled

    def has_work(self, rules: Rules) -> bool:
        """Return whether a tick finds something to do that one decision was too short for."""
        if self.takings or (self.postponed is not None and not self.holds):
            return True
        return any(self.wants(rules, cause) for cause in self.ready) or self.recall_due(rules) is not None

    def recall_due(self, rules: Rules) -> tuple[str, RecallCause] | None:
        """Return the next open mint that is to be asked back, and why."""
        if self.cancelled_mints:
            return next(iter(self.cancelled_mints)), "cancellation"
        covered = iter(self.unasked) if self.holds else filter(self._covered_by(rules), self.unasked)
        mint = next(covered, None)
        if mint is not None:
            return mint, "hold"
        bridged = self.in_flight.unasked
        held = iter(bridged) if self.holds else filter(self._bridge_covered_by(rules), bridged)
        mint = next(held, None)
        return None if mint is None else (mint, "hold")

    def _bridge_covered_by(self, rules: Rules) -> Callable[[str], bool]:
        def covered(name: str) -> bool:
            return bool(in_flight.covering(rules, self.in_flight.bridges[self.in_flight.mints[name].bridge]))

        return covered if rules.holds else lambda _name: False

    def _covered_by(self, rules: Rules) -> Callable[[str], bool]:
        held = rules.held_accounts()

        def covered(name: str) -> bool:
            mint = self.mints[name]
            wallet = (mint.chain, mint.recipient)
            by_scope = rules.covering(chain=mint.chain, client=mint.client, wallet=wallet)
            return bool(by_scope) or any(lot.place in held for lot in mint.lots)

        return covered if rules.holds else lambda _name: False

    def keep_closure(self, name: str, operation: Authorized, block: tuple[int | None, str | None]) -> None:
        """Remember what proved that an operation cannot act; what was never signed has no block."""
        height, block_hash = block
        if height is None or block_hash is None:
            return
        self.closures[name] = Closure(operation, height, block_hash)
        if len(self.closures) > CLOSURES_KEPT:
            self.closures.popitem(last=False)

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
    """One book. `house` is book 0's own, up to what it decided; `rules` is what was relayed to this book.

    In book 0, `page_sets` are the statements that are not whole, in the order in which they were opened, and
    `whole_sets` the last whole one of each custody account.
    """

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
    page_sets: dict[str, PageSet] = field(default_factory=dict)
    whole_sets: dict[Place, PageSet] = field(default_factory=dict)

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
        if any(book.has_work(self.rules) for book in self.instruments.values()):
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

    def add_expiry(self, expires_at: str, instrument: str, process: str) -> None:
        """Remember when an issuance or a redemption expires."""
        heapq.heappush(self.expiries, (expires_at, instrument, process))

    def drop_settled_expiries(self) -> None:
        """Forget the next expiries while they are of what can expire no more."""
        while self.expiries:
            at, instrument, process = self.expiries[0]
            if self.book_of(instrument).may_expire(process, at):
                return
            heapq.heappop(self.expiries)
