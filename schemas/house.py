"""House rules and orders: what operators decide, two of them for everything but the placing of holds.

A house rule concerns every book: it is decided in book 0, numbered there and relayed to all. One of them
is no order but a fact: a statement of holdings. An instrument order concerns one instrument and is decided in
its book.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from schemas.amounts import Amount
from schemas.collateral import CollateralRules
from schemas.confirmation import SecurityScheme
from schemas.counters import Count, Decimals, Ordinal, Seconds
from schemas.identifiers import Digest, Name, Sentence, SigningAccount, Text
from schemas.instants import Date, Instant
from schemas.limits import Limits
from schemas.scopes import Scope
from schemas.statement import HoldingsStated
from schemas.tagged import STRICT, tagged

DeliveryKind = Literal["in_kind", "cash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What limits decisions; set by operators and so in the log.

    `largest_time_jump_seconds`: a request further ahead of the book's time is refused.
    `issuance_expiry_seconds`: an issuance that is not funded by then is closed.
    `mint_deadline_seconds`: how long a mint may act after its authorization.
    `mint_attempts_max`: a mint that failed so often holds its instrument.
    `events_per_decision_max`: what is more waits for a tick.
    """

    __pydantic_config__ = STRICT

    rules_version: Count
    largest_time_jump_seconds: Seconds
    issuance_expiry_seconds: Seconds
    mint_deadline_seconds: Seconds
    mint_attempts_max: Count
    events_per_decision_max: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person who decides, and their Ed25519 public key in hexadecimal; null where orders are unsigned."""

    __pydantic_config__ = STRICT

    operator: Name
    public_key: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """An identifier of an instrument, valid on days `valid_from <= day < valid_until` (null: open).

    `servicer` is given for a SYMBOL, which means something at one servicer only.
    """

    __pydantic_config__ = STRICT

    scheme: SecurityScheme
    id: Text
    servicer: Text | None = None
    valid_from: Date | None = None
    valid_until: Date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An instrument's token on one chain, and the signing account that mints it there."""

    __pydantic_config__ = STRICT

    chain: Name
    token: Text
    decimals: Decimals
    account: SigningAccount


@tagged()
class RegisterOperator:
    """Let a further operator decide."""

    operator: Name
    public_key: Digest | None


@tagged()
class RegisterInstrument:
    """Tokenize a security under a permanent id of ours; `multiplier` is shares per unit."""

    instrument: Name
    name: Sentence
    multiplier: Amount
    aliases: tuple[Alias, ...]
    tokens: tuple[Token, ...]


@tagged()
class RegisterCustodyAccount:
    """Accept a custodian's account: its purpose, its authoritative feed (a reader's name), its senders."""

    servicer: Text
    account: Text
    purpose: Literal["backing", "treasury", "other"]
    feed: Name
    senders: tuple[Name, ...]


@tagged()
class RegisterClient:
    """Let a client request issuances, or (eligible: false) no longer."""

    client: Name
    eligible: bool


@tagged()
class RegisterWallet:
    """Approve an address as a client's own on one chain."""

    client: Name
    chain: Name
    address: Text


@tagged()
class RegisterDeliveryDetails:
    """Approve where a client's redeemed shares go, under a name of the client's own; again replaces it.

    `in_kind` delivers free from our custody `account` to the client's at the counterparty, `cash` sells
    there, against payment. Only multiples of `increment` (shares) are delivered.
    """

    client: Name
    details: Name
    kind: DeliveryKind
    servicer: Text
    account: Text
    counterparty: Text
    counterparty_account: Text
    increment: Amount


@tagged()
class SetPolicy:
    """Replace the policy."""

    policy: Policy


@tagged()
class SetLane:
    """Let units of an instrument (null: of each that has no rule of its own) go from one chain to another.

    A token bucket for each instrument and direction, on message time: `capacity_units` when full,
    `refill_units_per_second`, and what goes the opposite way refills it as well. More than the capacity goes
    when the bucket is full, and is refilled whole before anything follows. A closed lane keeps its queue.
    """

    source: Name
    destination: Name
    instrument: Name | None
    capacity_units: Amount
    refill_units_per_second: Amount
    open: bool


@tagged()
class SetLimits:
    """Replace the limits of one instrument, or (instrument null) of every one without limits of its own."""

    instrument: Name | None
    limits: Limits


@tagged()
class SetCollateralRules:
    """Replace the collateral rules of one instrument; null lifts them."""

    instrument: Name
    rules: CollateralRules | None


@tagged()
class CreateLog:
    """Book 0's first rule: the log's name, its number of partitions, the first operators, the policy."""

    log: Name
    partitions: Annotated[int, Field(ge=1, le=1024)]
    operators: Annotated[tuple[Operator, ...], Field(min_length=2)]
    policy: Policy


@tagged()
class AssignLot:
    """Give an unassigned lot to an issuance, or (issuance null) to treasury."""

    instrument: Name
    lot: Digest
    issuance: Digest | None


@tagged()
class ReleaseLot:
    """Accept a provisional lot as the separate movement that it is."""

    instrument: Name
    lot: Digest


@tagged()
class ApproveIssuance:
    """Let an issuance be minted that is larger than the approval threshold."""

    instrument: Name
    issuance: Digest


@tagged()
class ChangeMultiplier:
    """Change the shares per unit at a moment, if it is still `before`; `nonce` counts the changes from 1."""

    instrument: Name
    nonce: Ordinal
    before: Amount
    after: Amount
    activates_at: Instant


@tagged()
class CancelMultiplierChange:
    """Take back a change that has not activated."""

    instrument: Name
    nonce: Ordinal


@tagged()
class PlaceHold:
    """Stop one instrument, until two operators release the hold or its time comes; one operator is enough."""

    instrument: Name
    text: Sentence
    until: Instant | None


@tagged()
class ReleaseHold:
    """Release a hold on one instrument that waits for operators."""

    instrument: Name
    hold: Digest


@tagged()
class PlaceWideHold:
    """Stop a scope that is wider than one instrument, in every book; one operator is enough."""

    scope: Scope
    text: Sentence
    until: Instant | None


@tagged()
class ReleaseWideHold:
    """Release a wide hold in every book."""

    hold: Digest


@tagged()
class AcceptMovement:
    """Let a movement that waits take effect as what it says."""

    instrument: Name
    waiting: Digest


@tagged()
class DismissMovement:
    """Let a movement that waits have no effect: it did not happen, or was told before."""

    instrument: Name
    waiting: Digest


@tagged()
class CoverShortfall:
    """Give a free lot, as far as it is needed, to a pool that is short, then to what is owed."""

    instrument: Name
    lot: Digest


@tagged()
class MatchReceipt:
    """Take parked tokens for those that an accepted redemption waits for: as many, on its chain."""

    instrument: Name
    sighting: Digest
    redemption: Digest


@tagged()
class ReturnReceipt:
    """Send parked tokens back to where they came from."""

    instrument: Name
    sighting: Digest


@tagged()
class ConfirmDeliveryCancelled:
    """The servicer confirmed that what is left of this instruction is cancelled: it is instructed anew."""

    instrument: Name
    delivery: Digest


HouseRule = Annotated[
    CreateLog
    | RegisterOperator
    | RegisterInstrument
    | RegisterCustodyAccount
    | RegisterClient
    | RegisterWallet
    | RegisterDeliveryDetails
    | SetPolicy
    | SetLane
    | SetLimits
    | SetCollateralRules
    | PlaceWideHold
    | ReleaseWideHold
    | HoldingsStated,
    Field(discriminator="type"),
]
INSTRUMENT_ORDERS = (
    AssignLot,
    ReleaseLot,
    ApproveIssuance,
    ChangeMultiplier,
    CancelMultiplierChange,
    PlaceHold,
    ReleaseHold,
    AcceptMovement,
    DismissMovement,
    CoverShortfall,
    MatchReceipt,
    ReturnReceipt,
    ConfirmDeliveryCancelled,
)
"""Orders about one instrument, decided in its book; every other order is a rule of the house."""
ONE_OPERATOR_IS_ENOUGH = (PlaceHold, PlaceWideHold)
"""Orders that only stop things: they take effect when they are proposed, and need nobody else."""
Order = Annotated[
    RegisterOperator
    | RegisterInstrument
    | RegisterCustodyAccount
    | RegisterClient
    | RegisterWallet
    | RegisterDeliveryDetails
    | SetPolicy
    | SetLane
    | SetLimits
    | SetCollateralRules
    | PlaceWideHold
    | ReleaseWideHold
    | AssignLot
    | ReleaseLot
    | ApproveIssuance
    | ChangeMultiplier
    | CancelMultiplierChange
    | PlaceHold
    | ReleaseHold
    | AcceptMovement
    | DismissMovement
    | CoverShortfall
    | MatchReceipt
    | ReturnReceipt
    | ConfirmDeliveryCancelled,
    Field(discriminator="type"),
]
