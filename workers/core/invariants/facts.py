"""What the events say, folded for the predicates alone. Amounts are exact integers of 10^-18."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from schemas import amounts
from schemas.collateral import CollateralRules
from schemas.events import HoldPlaced, IssuanceAccepted, MintAuthorized, MintTaken, MultiplierChangeScheduled
from schemas.house import HouseRule, Order, PlaceWideHold, RegisterCustodyAccount, RegisterInstrument
from schemas.limits import Limits
from schemas.registry import Event


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
    """An authorized mint that is not closed, and the lots that it consumed."""

    event: MintAuthorized
    units: int
    shares_in: int
    lots: dict[str, LotFacts]
    day: str
    client: str


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
    expired: bool = False
    approve_by: str | None = None
    approved: bool = False
    waits_for: str | None = None

    @property
    def missing(self) -> int:
        """Return the shares that are neither reserved nor in the pool."""
        return self.shares - self.reserved - self.in_pool


@dataclass(frozen=True, slots=True)
class Told:
    """One confirmation that brought a lot, as far as a second one is compared with it."""

    settlement: tuple[Any, ...]
    message_id: str | None
    flagged: bool
    lot: str


@dataclass(slots=True)
class InstrumentFacts:
    """One instrument: what was received, what state it is in, and what it backs.

    `minted_on` counts the shares of mints by day and client, without what failed.
    """

    received: int = 0
    pool: int = 0
    pool_at: Counter[tuple[str, str]] = field(default_factory=Counter)
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
    issuances: dict[str, IssuanceFacts] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    holds: dict[str, HoldPlaced] = field(default_factory=dict)
    owed_from_treasury: int = 0
    minted_on: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def highest_multiplier(self) -> int:
        """Return the higher of the multipliers current and pending."""
        return max(self.multiplier, 0 if self.change is None else amounts.parse(self.change.after))

    @property
    def units(self) -> int:
        """Return the units on all chains, and those that may still come to be."""
        return sum(self.supply.values()) + self.authorized


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
    holds: dict[str, PlaceWideHold] = field(default_factory=dict)
    limits: dict[str | None, Limits] = field(default_factory=dict)
    collateral: dict[str, CollateralRules] = field(default_factory=dict)


@dataclass(slots=True)
class ProposalFacts:
    """An order, who proposed it, and whether a second operator confirmed it."""

    operator: str
    order: Order
    confirmed: bool = False


@dataclass(slots=True)
class AttemptFacts:
    """One signed transaction of a mint; `over` when it provably does nothing any more."""

    transaction: str
    over: bool = False


@dataclass(slots=True)
class TakenFacts:
    """A mint that an account took on."""

    event: MintTaken
    attempts: list[AttemptFacts] = field(default_factory=list)
    closed: bool = False


@dataclass(slots=True)
class BookFacts:
    """One book. `ordered` is what operators ordered, as many as it needs, in the record that is observed."""

    seq: int = 0
    time: str | None = None
    next_offsets: dict[str, int] = field(default_factory=dict)
    rules: HouseFacts = field(default_factory=HouseFacts)
    proposals: dict[str, ProposalFacts] = field(default_factory=dict)
    ordered: Order | None = None
    taken: dict[str, TakenFacts] = field(default_factory=dict)


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
    """The whole log. `mints` keeps the last word on every mint id, `signed` whose every transaction is."""

    books: defaultdict[str, BookFacts] = field(default_factory=lambda: defaultdict(BookFacts))
    instruments: defaultdict[str, InstrumentFacts] = field(
        default_factory=lambda: defaultdict(InstrumentFacts)
    )
    house: HouseFacts = field(default_factory=HouseFacts)
    decided: dict[int, HouseRule] = field(default_factory=dict)
    mints: dict[str, str] = field(default_factory=dict)
    finalized: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    signed: dict[str, tuple[str, MintTaken]] = field(default_factory=dict)
    named: dict[tuple[str, int], Named] = field(default_factory=dict)
    claims: defaultdict[tuple[str, int], list[Claim]] = field(default_factory=lambda: defaultdict(list))
