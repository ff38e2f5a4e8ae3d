"""Events of issuance: from a request to tokens that exist."""

from dataclasses import dataclass
from typing import Literal

from schemas.amounts import Amount
from schemas.identifiers import Digest, Name, SettlementReference, Text
from schemas.instants import Instant
from schemas.tagged import STRICT, tagged


@tagged()
class IssuanceAccepted:
    """The request stands; shares under `settlement_reference` are for it."""

    issuance: Digest
    request: Digest
    client: Name
    client_request_id: Text
    instrument: Name
    settlement_reference: SettlementReference
    shares: Amount
    chain: Name
    recipient: Text
    funding: Literal["settlement", "treasury"]
    partial: Literal["wait", "parts"]
    expires_at: Instant


RefusalCode = Literal[
    "request_id_reused",
    "time_jump",
    "client_unknown",
    "client_not_eligible",
    "instrument_unknown",
    "token_not_on_chain",
    "wallet_not_registered",
    "quantity_not_positive",
    "quantity_below_base_amount",
    "limit_exceeded",
    "backing_insufficient",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why we said no, with the numbers: `needed` and `available` in the code's own unit.

    request_id_reused: digests of the new and the first body. time_jump: seconds ahead, and allowed.
    quantity_below_base_amount: shares asked for, and shares of one base amount. limit_exceeded: shares
    asked for, and the smallest of the limits. backing_insufficient: shares asked for, and free. The others
    name the thing that is missing in `needed`.
    """

    __pydantic_config__ = STRICT

    code: RefusalCode
    needed: Text
    available: Text | None


@tagged()
class IssuanceRefused:
    """We said no; the request has no further effect."""

    issuance: Digest
    request: Digest
    instrument: Name
    client: Name
    client_request_id: Text
    refusal: Refusal


@tagged()
class IssuanceRepeated:
    """The same request again: the answer is the one that was given."""

    issuance: Digest


@tagged()
class IssuanceFunded:
    """All shares that were asked for are reserved or minted from."""

    issuance: Digest
    instrument: Name


@tagged()
class IssuanceUnfunded:
    """Shares that were reserved for it were taken away: it misses them again, and can expire."""

    issuance: Digest
    instrument: Name


@tagged()
class IssuanceExpired:
    """Not funded or approved in time: what was reserved went back, and its reference links nothing more."""

    issuance: Digest
    instrument: Name


@tagged()
class IssuanceCompleted:
    """Every mint is final; `units` exist on the chain for `shares` in the pool."""

    issuance: Digest
    instrument: Name
    units: Amount
    shares: Amount


@tagged()
class IssuanceClosed:
    """An expired or cancelled issuance of which nothing is on its way any more; `units` may be zero."""

    issuance: Digest
    instrument: Name
    units: Amount
    shares: Amount
