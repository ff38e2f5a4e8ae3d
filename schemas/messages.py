"""What inbox messages say: one body for each type, each with a version.

Senders append to four topics, so that access rights can differ; `inbox.broadcast` is book 0's.
"""

from dataclasses import dataclass
from typing import Any, Literal

from schemas.amounts import Amount
from schemas.confirmation import Confirmation, Reason
from schemas.counters import Height, Ordinal
from schemas.events.transactions import OperationKind
from schemas.house import CreateLog, HouseRule, Order
from schemas.identifiers import Digest, Name, SigningAccount, Text
from schemas.instants import Instant
from schemas.statement import Statement
from schemas.tagged import STRICT

CUSTODY = "inbox.custody"
REQUESTS = "inbox.requests"
CHAIN = "inbox.chain"
OPERATOR = "inbox.operator"
BROADCAST = "inbox.broadcast"
TOPICS = (CUSTODY, REQUESTS, CHAIN, OPERATOR, BROADCAST)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordName:
    """A record by its book, number and digest."""

    __pydantic_config__ = STRICT

    book: str
    seq: Ordinal
    sha256: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationReceived:
    """A message that moves nothing: why, in the reader's words."""

    __pydantic_config__ = STRICT

    dialect: Text | None
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceParked:
    """Bytes that no reader could read safely, and why."""

    __pydantic_config__ = STRICT

    dialect: Text | None
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuanceRequested:
    """A client asks for tokens backed by `shares` of the instrument.

    `funding`: `settlement` waits for shares under the settlement reference; `treasury` draws on free lots.
    `partial`: `wait` mints once, when all shares are there; `parts` mints what has settled.
    """

    __pydantic_config__ = STRICT

    client: Name
    client_request_id: Text
    instrument: Name
    shares: Amount
    chain: Name
    wallet: Text
    funding: Literal["settlement", "treasury"]
    partial: Literal["wait", "parts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionRequested:
    """A client gives `units` back from a wallet of theirs, for shares delivered as their `details` say."""

    __pydantic_config__ = STRICT

    client: Name
    client_request_id: Text
    instrument: Name
    units: Amount
    chain: Name
    wallet: Text
    details: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRequested:
    """A client takes back the issuance or redemption that it requested under `client_request_id`."""

    __pydantic_config__ = STRICT

    client: Name
    client_request_id: Text
    instrument: Name
    kind: Literal["issuance", "redemption"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis:
    """The first message of a log."""

    __pydantic_config__ = STRICT

    rule: CreateLog


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProposed:
    """An operator proposes an order under an id of their own; nothing takes effect yet."""

    __pydantic_config__ = STRICT

    operator: Name
    order_id: Text
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed:
    """A second operator confirms what `proposer` proposed under `order_id`, in that instrument's book."""

    __pydantic_config__ = STRICT

    operator: Name
    proposer: Name
    order_id: Text
    instrument: Name | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """The clock says what time it is, because the book has something due."""

    __pydantic_config__ = STRICT

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSeenFinal:
    """The chain's guard says at finality that the operation id was used, by which transaction, how much."""

    __pydantic_config__ = STRICT

    operation: Digest
    kind: OperationKind
    account: SigningAccount
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text
    record: RecordName


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSeenClosed:
    """The operation can never act: it was recalled before it was signed, or a final block proves it.

    `guard_cancelled`: the guard is used up there. `deadline_passed`: it is unused, past the deadline.
    `never_signed` has no block.
    """

    __pydantic_config__ = STRICT

    operation: Digest
    kind: OperationKind
    account: SigningAccount
    chain: Name
    proof: Literal["never_signed", "deadline_passed", "guard_cancelled"]
    block_height: Height | None
    block_hash: Text | None
    block_time: Instant | None
    record: RecordName


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalitySeenContradicted:
    """The account sees another final block where one stood that had made its operation final.

    `block_hash` was final at `block_height`, `hash_now` is.
    """

    __pydantic_config__ = STRICT

    operation: Digest
    kind: OperationKind
    account: SigningAccount
    chain: Name
    transaction: Text
    block_height: Height
    block_hash: Text
    hash_now: Text
    record: RecordName


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsReceivedSeen:
    """Somebody sent units to the account, finally; `sighting` digests chain, transaction and index."""

    __pydantic_config__ = STRICT

    sighting: Digest
    account: SigningAccount
    chain: Name
    token: Text
    sender: Text
    units: Amount
    transaction: Text
    index: Height
    block_height: Height
    block_hash: Text
    record: RecordName


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsBurnedSeen:
    """A holder burned units of their own, finally; `sighting` digests chain, transaction and index."""

    __pydantic_config__ = STRICT

    sighting: Digest
    account: SigningAccount
    chain: Name
    token: Text
    holder: Text
    units: Amount
    transaction: Text
    index: Height
    block_height: Height
    block_hash: Text
    record: RecordName


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsBridgedOutSeen:
    """A holder burned units of their own to have them elsewhere, finally: chain and recipient as they wrote.

    `sighting` digests chain, transaction and index. Nobody checked what the holder wrote.
    """

    __pydantic_config__ = STRICT

    sighting: Digest
    account: SigningAccount
    chain: Name
    token: Text
    holder: Text
    units: Amount
    destination: Text
    recipient: Text
    transaction: Text
    index: Height
    block_height: Height
    block_hash: Text
    record: RecordName


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseRulePublished:
    """Book 0's owner relays a numbered house rule; `record` is where it was decided."""

    __pydantic_config__ = STRICT

    number: Ordinal
    rule: HouseRule
    record: RecordName


BODIES: dict[str, tuple[int, str, Any]] = {
    "settlement_confirmed": (1, CUSTODY, Confirmation),
    "settlement_reversed": (1, CUSTODY, Confirmation),
    "confirmation_withdrawn": (1, CUSTODY, Confirmation),
    "corporate_action_movement_confirmed": (1, CUSTODY, Confirmation),
    "corporate_action_movement_reversed": (1, CUSTODY, Confirmation),
    "holdings_statement_received": (1, CUSTODY, Statement),
    "information_received": (1, CUSTODY, InformationReceived),
    "evidence_parked": (1, CUSTODY, EvidenceParked),
    "issuance_requested": (1, REQUESTS, IssuanceRequested),
    "redemption_requested": (1, REQUESTS, RedemptionRequested),
    "cancellation_requested": (1, REQUESTS, CancellationRequested),
    "genesis": (1, OPERATOR, Genesis),
    "order_proposed": (1, OPERATOR, OrderProposed),
    "order_confirmed": (1, OPERATOR, OrderConfirmed),
    "tick": (1, OPERATOR, Tick),
    "operation_seen_final": (1, CHAIN, OperationSeenFinal),
    "operation_seen_closed": (1, CHAIN, OperationSeenClosed),
    "finality_contradicted": (1, CHAIN, FinalitySeenContradicted),
    "units_received_seen": (1, CHAIN, UnitsReceivedSeen),
    "units_burned_seen": (1, CHAIN, UnitsBurnedSeen),
    "units_bridged_out_seen": (1, CHAIN, UnitsBridgedOutSeen),
    "house_rule_published": (1, BROADCAST, HouseRulePublished),
}
"""Message type: (version, the one topic that may carry it, body)."""

Body = (
    Confirmation
    | Statement
    | InformationReceived
    | EvidenceParked
    | IssuanceRequested
    | RedemptionRequested
    | CancellationRequested
    | Genesis
    | OrderProposed
    | OrderConfirmed
    | Tick
    | OperationSeenFinal
    | OperationSeenClosed
    | FinalitySeenContradicted
    | UnitsReceivedSeen
    | UnitsBurnedSeen
    | UnitsBridgedOutSeen
    | HouseRulePublished
)
"""Any message's body."""
