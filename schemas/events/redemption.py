"""Events of redemption: from a request to shares that were delivered, and what the burn needs on its way."""

from dataclasses import dataclass
from typing import Literal

from schemas.amounts import Amount
from schemas.confirmation import SettledAmount
from schemas.counters import Height, Ordinal
from schemas.house import DeliveryKind
from schemas.identifiers import Digest, Name, SettlementReference, Text
from schemas.instants import Instant
from schemas.tagged import STRICT, tagged

ClosedProof = Literal["never_signed", "deadline_passed", "guard_cancelled"]


@tagged()
class RedemptionAccepted:
    """The request stands, and everything of its delivery is fixed; it waits for `units` from `wallet`.

    `shares` is what `units` are worth at `multiplier`, down to the account's `increment`. `burn_units` is the
    least that covers them in the token's precision; the rest of `units` goes back to the wallet.
    """

    redemption: Digest
    request: Digest
    client: Name
    client_request_id: Text
    instrument: Name
    settlement_reference: SettlementReference
    units: Amount
    chain: Name
    wallet: Text
    multiplier: Amount
    burn_units: Amount
    shares: Amount
    details: Name
    kind: DeliveryKind
    servicer: Text
    account: Text
    counterparty: Text
    counterparty_account: Text
    increment: Amount
    expires_at: Instant


RedemptionRefusalCode = Literal[
    "request_id_reused",
    "time_jump",
    "client_unknown",
    "client_not_eligible",
    "instrument_unknown",
    "token_not_on_chain",
    "wallet_not_registered",
    "details_unknown",
    "quantity_not_positive",
    "quantity_not_in_precision",
    "quantity_below_increment",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionRefusal:
    """Why we said no, with the numbers: `needed` and `available` in the code's own unit.

    request_id_reused: digests of the new and the first body. time_jump: seconds ahead, and allowed.
    quantity_not_in_precision: units asked for, and units of one base amount. quantity_below_increment: shares
    of the increment, and those that the units are worth. The others name the thing that is missing in
    `needed`.
    """

    __pydantic_config__ = STRICT

    code: RedemptionRefusalCode
    needed: Text
    available: Text | None


@tagged()
class RedemptionRefused:
    """We said no; the request has no further effect."""

    redemption: Digest
    request: Digest
    instrument: Name
    client: Name
    client_request_id: Text
    refusal: RedemptionRefusal


@tagged()
class RedemptionRepeated:
    """The same request again: the answer is the one that was given."""

    redemption: Digest


@tagged()
class RedemptionExpired:
    """No tokens arrived in time: what arrives later is parked."""

    redemption: Digest
    instrument: Name


@tagged()
class TokensReceived:
    """The tokens that a redemption waits for came from its wallet, as many as it asked for."""

    redemption: Digest
    instrument: Name
    sighting: Digest
    chain: Name
    sender: Text
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class ReceiptMatched:
    """Two operators took parked tokens for those that a redemption waits for."""

    redemption: Digest
    instrument: Name
    sighting: Digest


@tagged()
class ReceiptReturnOrdered:
    """Two operators send parked tokens back to where they came from."""

    instrument: Name
    sighting: Digest


@tagged()
class BurnFinalized:
    """The units are gone, and their shares are promised: out of the pool, and owed where that is short.

    `pool` and `owed` sum to `shares`: what the units are worth at `multiplier`, down to the increment,
    without what an earlier finality of the burn promised.
    """

    burn: Digest
    redemption: Digest
    instrument: Name
    chain: Name
    units: Amount
    multiplier: Amount
    shares: Amount
    pool: Amount
    owed: Amount
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class BurnFailed:
    """The burn provably did not happen and never will; the units are still in the account's holding."""

    burn: Digest
    redemption: Digest
    instrument: Name
    proof: ClosedProof
    block_height: Height | None
    block_hash: Text | None


@tagged()
class BurnReopened:
    """The block that made a burn final is gone: its units exist again, what was promised stays promised.

    `hash_now` is the final block at `block_height`. The burn is open for its account's next last word: what
    the account said before record `account_seq` of its book is not that.
    """

    burn: Digest
    redemption: Digest
    instrument: Name
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text
    hash_now: Text
    account_seq: Ordinal


@tagged()
class ReturnFinalized:
    """The units are back in the recipient's holding: final on the chain under this transaction."""

    transfer: Digest
    cause: Digest
    instrument: Name
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class ReturnFailed:
    """The transfer provably did not happen and never will; the units are still in the account's holding."""

    transfer: Digest
    cause: Digest
    instrument: Name
    proof: ClosedProof
    block_height: Height | None
    block_hash: Text | None


@tagged()
class ReturnReopened:
    """The block that made a return final is gone: its units are in the account's holding again.

    The other fields are as in `burn_reopened`.
    """

    transfer: Digest
    cause: Digest
    instrument: Name
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text
    hash_now: Text
    account_seq: Ordinal


@tagged()
class RedemptionEnded:
    """Two operators ended it: nothing is burned any more, and `units`, all that is left, go back."""

    redemption: Digest
    instrument: Name
    units: Amount


@tagged()
class RedemptionCompleted:
    """Everything is delivered and returned; `proceeds` is what the deliveries were paid, each as confirmed.

    A delivery that is reversed later opens it again.
    """

    redemption: Digest
    instrument: Name
    units: Amount
    shares: Amount
    proceeds: tuple[SettledAmount, ...]
