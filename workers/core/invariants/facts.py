"""What the events say, folded for the predicates alone. Amounts are exact integers of 10^-18."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from schemas import amounts
from schemas.collateral import CollateralRules
from schemas.events import (
    BridgeMintAuthorized,
    BurnAuthorized,
    HoldPlaced,
    IssuanceAccepted,
    MintAuthorized,
    MovementWaits,
    MultiplierChangeScheduled,
    OperationTaken,
    ReceiptParked,
    StatementPageKept,
)
from schemas.events.operations import Authorization
from schemas.house import (
    HouseRule,
    Order,
    PlaceWideHold,
    RegisterCustodyAccount,
    RegisterDeliveryDetails,
    RegisterInstrument,
    SetLane,
)
from schemas.limits import Limits
from schemas.registry import Event
from schemas.statement import HoldingsStated
from workers.core.invariants.account_facts import Sighted, TakenFacts
from workers.core.invariants.bridge_facts import BridgeFacts, BucketFacts
from workers.core.invariants.redemption_facts import Authorized, RedemptionFacts, ReturnFacts


@dataclass(slots=True)
class LotFacts:
    """A lot that exists, on an account (servicer, account).

    `parent` is what it was split from, `reserved_from` where it goes back to.
    """

    shares: int
    state: str
    reference: str | None
    place: tuple[str, str]
    issuance: str | None = None
    parent: str | None = None
    reserved_from: str = "unassigned"


@dataclass(slots=True)
class MintFacts:
    """An authorized mint, and the lots that it consumed; `recalled` when its account was asked to stop."""

    event: MintAuthorized
    units: int
    shares_in: int
    lots: dict[str, LotFacts]
    day: str
    client: str
    recalled: bool = False
    taken: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class IssuanceFacts:
    """An accepted issuance. `in_pool` is behind mints that are open or final; `attempts` counts by part.

    `approve_by` is set from when it needs an approval on.
    """

    event: IssuanceAccepted
    shares: int
    reserved: int = 0
    in_pool: int = 0
    minted_shares: int = 0
    minted_units: int = 0
    open_parts: set[int] = field(default_factory=set)
    attempts: dict[int, int] = field(default_factory=dict)
    funded: bool = False
    ended: str | None = None
    giving_back: bool = False
    approve_by: str | None = None
    approved: bool = False
    waits_for: str | None = None

    @property
    def missing(self) -> int:
        """Return the shares that are neither reserved nor in the pool."""
        return self.shares - self.reserved - self.in_pool


@dataclass(frozen=True, slots=True)
class Told:
    """One movement, or undoing of one, as far as a second message is compared with it."""

    settlement: tuple[Any, ...]
    message_id: str | None
    flagged: bool
    made: str
    shares: int
    total: int
    movement: str
    reference: str | None


def leave_pool(
    found: "InstrumentFacts", shares: int, place: tuple[str, str] | None = None
) -> Counter[tuple[str, str]]:
    """Take shares off the pool, and off the account named; else off those that hold most of it, in order.

    Return what each account gave.
    """
    found.pool -= shares
    gave: Counter[tuple[str, str]] = Counter()
    if place is not None:
        found.pool_at[place] -= shares
        gave[place] = shares
        return gave
    for held, largest in sorted(((-held, each) for each, held in found.pool_at.items())):
        off = max(0, min(-held, shares))
        found.pool_at[largest] -= off
        gave[largest] += off
        shares -= off
    return gave


def _burns(event: Authorization) -> bool:
    return isinstance(event, BurnAuthorized)


def _mints(event: Authorization) -> bool:
    return isinstance(event, MintAuthorized | BridgeMintAuthorized)


@dataclass(slots=True)
class InstrumentFacts:
    """One instrument: what is in custody by what was told, what state it is in, and what it backs.

    `minted_on` counts the shares of mints by day and client, without what failed; `pool_at` the pool by
    custody account. `short` counts shares that came out of the pool by the settlement reference that they
    had. `undone` and `waiting` name movements by the lot, delivery or undoing that they made, `judged` those
    that waited. `cancelling` are the cancelled issuances that are not closed. `released` keeps what accounts
    gave for each holder's burn, `arrivals` what tokens are for: a redemption, or the sighting that they were
    parked as. `unfounded` are the tokens that are not there, by what was authorized with them. `closures` are
    operations that a block proved not to act, `doubled` those of which it did not, and that may act beside
    what took their place, `final_doubles` those that did.
    """

    custody: int = 0
    pool: int = 0
    pool_at: Counter[tuple[str, str]] = field(default_factory=Counter)
    unclaimed: int = 0
    promised: int = 0
    owed: int = 0
    deficit: int = 0
    short: Counter[str] = field(default_factory=Counter)
    movements: dict[str, Told] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)
    undoings: dict[tuple[Any, ...], list[Told]] = field(default_factory=dict)
    waiting: dict[str, MovementWaits] = field(default_factory=dict)
    judged: dict[str, MovementWaits] = field(default_factory=dict)
    postponed: Counter[str] = field(default_factory=Counter)
    by_state: Counter[str] = field(default_factory=Counter)
    lots: dict[str, LotFacts] = field(default_factory=dict)
    known_lots: set[str] = field(default_factory=set)
    told: dict[tuple[Any, ...], list[Told]] = field(default_factory=dict)
    supply: Counter[str] = field(default_factory=Counter)
    authorized: int = 0
    multiplier: int = 0
    nonce: int = 0
    change: MultiplierChangeScheduled | None = None
    open_mints: dict[str, MintFacts] = field(default_factory=dict)
    final_mints: dict[str, MintFacts] = field(default_factory=dict)
    issuances: dict[str, IssuanceFacts] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    cancelling: set[str] = field(default_factory=set)
    requests: dict[str, str] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    redemptions: dict[str, RedemptionFacts] = field(default_factory=dict)
    delivery_references: set[str] = field(default_factory=set)
    parked: dict[str, ReceiptParked] = field(default_factory=dict)
    released: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)
    arrivals: dict[str, str] = field(default_factory=dict)
    unfounded: dict[str, int] = field(default_factory=dict)
    returns: dict[str, ReturnFacts] = field(default_factory=dict)
    return_attempts: Counter[str] = field(default_factory=Counter)
    open_operations: dict[str, Authorized] = field(default_factory=dict)
    final_operations: dict[str, Authorized] = field(default_factory=dict)
    closures: dict[str, Authorization] = field(default_factory=dict)
    doubled: dict[str, Authorization] = field(default_factory=dict)
    final_doubles: dict[str, Authorization] = field(default_factory=dict)
    double_words: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    holds: dict[str, HoldPlaced] = field(default_factory=dict)
    owed_from_treasury: int = 0
    bridges: dict[str, BridgeFacts] = field(default_factory=dict)
    known_bridges: dict[str, BridgeFacts] = field(default_factory=dict)
    open_bridge_mints: dict[str, BridgeMintAuthorized] = field(default_factory=dict)
    final_bridge_mints: dict[str, tuple[BridgeMintAuthorized, BridgeFacts]] = field(default_factory=dict)
    recalled_bridge_mints: set[str] = field(default_factory=set)
    bridged: Counter[str] = field(default_factory=Counter)
    remainders: Counter[tuple[str, str]] = field(default_factory=Counter)
    minted_on: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def highest_multiplier(self) -> int:
        """Return the higher of the multipliers current and pending."""
        return max(self.multiplier, 0 if self.change is None else amounts.parse(self.change.after))

    @property
    def units(self) -> int:
        """Return the units on all chains and between them, that may still come to be, or that are owed."""
        between = self.bridged["in flight"] + self.bridged["remainder"]
        doubled = sum(amounts.parse(each.units) for each in self.doubled.values() if not _burns(each))
        twice = sum(amounts.parse(each.units) for each in self.final_doubles.values() if not _mints(each))
        return sum(self.supply.values()) + self.authorized + between + doubled + twice + self.missing

    @property
    def missing(self) -> int:
        """Return the units that are burned or sent on and never came."""
        left = self.unfounded.copy()
        for cause in left:
            redemption, returned = self.redemptions.get(cause), self.returns.get(cause)
            if returned is not None:
                left[cause] -= returned.units
            if redemption is not None and redemption.stage == "received":
                left[cause] -= amounts.parse(redemption.event.burn_units)
        return sum(left.values())

    def authorization_of(self, mint: str) -> MintAuthorized | BridgeMintAuthorized | None:
        """Return what let an open mint act."""
        found = self.open_mints.get(mint)
        return self.open_bridge_mints.get(mint) if found is None else found.event

    def open_authorization(self, operation: str) -> Authorization | None:
        """Return what let an open operation act, in its place or beside it."""
        return (
            self.authorization_of(operation)
            or self.open_operations.get(operation)
            or self.doubled.get(operation)
        )

    def resumed_as(self, operation: str) -> tuple[str, int, str] | None:
        """Return the transaction and the block in which an open operation acted while it was doubled."""
        return None if operation in self.final_doubles else self.double_words.get(operation)

    def final_authorization_of(self, mint: str) -> MintAuthorized | BridgeMintAuthorized | None:
        """Return what let a final mint act."""
        bridged = self.final_bridge_mints.get(mint)
        found = self.final_mints.get(mint)
        return found.event if found is not None else None if bridged is None else bridged[0]

    def was_recalled(self, mint: str) -> bool:
        """Return whether an open mint was asked back."""
        found = self.open_mints.get(mint)
        return mint in self.recalled_bridge_mints if found is None else found.recalled

    def authorized_on(self, chain: str) -> int:
        """Return the units that may still come to be on one chain."""
        bridged = (mint for mint in self.open_bridge_mints.values() if mint.chain == chain)
        minted = (mint.units for mint in self.open_mints.values() if mint.event.chain == chain)
        doubled = (mint for mint in self.doubled.values() if _mints(mint) and mint.chain == chain)
        return sum(minted) + sum(amounts.parse(mint.units) for mint in (*bridged, *doubled))


@dataclass(slots=True)
class HouseFacts:
    """House rules, as far as the predicates need them."""

    number: int = 0
    partitions: int = 0
    operators: set[str] = field(default_factory=set)
    instruments: dict[str, RegisterInstrument] = field(default_factory=dict)
    accounts: dict[tuple[str, str], RegisterCustodyAccount] = field(default_factory=dict)
    clients: dict[str, bool] = field(default_factory=dict)
    wallets: set[tuple[str, str, str]] = field(default_factory=set)
    lanes: dict[tuple[str | None, str, str], SetLane] = field(default_factory=dict)
    holds: dict[str, PlaceWideHold] = field(default_factory=dict)
    limits: dict[str | None, Limits] = field(default_factory=dict)
    collateral: dict[str, CollateralRules] = field(default_factory=dict)
    statements: dict[tuple[str, str], HoldingsStated] = field(default_factory=dict)
    delivery_details: dict[tuple[str, str], RegisterDeliveryDetails] = field(default_factory=dict)


@dataclass(slots=True)
class StatementFacts:
    """The pages of a statement that are kept, by their numbers; none of them counts where it is disputed."""

    pages: dict[int, StatementPageKept] = field(default_factory=dict)
    disputed: bool = False
    whole: bool = False


@dataclass(slots=True)
class ProposalFacts:
    """An order, who proposed it, and whether a second operator confirmed it."""

    operator: str
    order: Order
    confirmed: bool = False


@dataclass(slots=True)
class BookFacts:
    """One book. `ordered` is what operators ordered, as many as it needs, in the record that is observed.

    `instruments` are those that it has authorized a mint of.
    """

    seq: int = 0
    time: str | None = None
    next_offsets: dict[str, int] = field(default_factory=dict)
    rules: HouseFacts = field(default_factory=HouseFacts)
    proposals: dict[str, ProposalFacts] = field(default_factory=dict)
    ordered: Order | None = None
    instruments: dict[str, None] = field(default_factory=dict)
    taken: dict[str, TakenFacts] = field(default_factory=dict)
    never_signed: set[str] = field(default_factory=set)
    read_through: Counter[tuple[str, str]] = field(default_factory=Counter)
    sighted: dict[str, Sighted] = field(default_factory=dict)
    buckets: dict[tuple[str, str, str], BucketFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """A record that others name: its digest, and those of its events that they mean."""

    sha256: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a record says of another one, to be checked when both are known."""

    number: str
    predicate: str
    book: str
    seq: int
    sha256: str
    check: Callable[[tuple[Event, ...]], Iterator[str]]


@dataclass(slots=True)
class Facts:
    """The whole log. `mints` keeps the last word on every operation id, `signed` whose every transaction is.

    `sightings` keeps chain, transaction, event type and units of each one that the ledger recorded,
    `contradicted` up to which record of its account the words on one are old.
    """

    books: defaultdict[str, BookFacts] = field(default_factory=lambda: defaultdict(BookFacts))
    instruments: defaultdict[str, InstrumentFacts] = field(
        default_factory=lambda: defaultdict(InstrumentFacts)
    )
    house: HouseFacts = field(default_factory=HouseFacts)
    decided: dict[int, HouseRule] = field(default_factory=dict)
    statements: dict[str, StatementFacts] = field(default_factory=dict)
    mints: dict[str, str] = field(default_factory=dict)
    finalized: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    signed: dict[str, tuple[str, OperationTaken]] = field(default_factory=dict)
    sightings: dict[str, tuple[str, str, str, int]] = field(default_factory=dict)
    contradicted: dict[str, int] = field(default_factory=dict)
    named: dict[tuple[str, int], Named] = field(default_factory=dict)
    claims: defaultdict[tuple[str, int], list[Claim]] = field(default_factory=lambda: defaultdict(list))
