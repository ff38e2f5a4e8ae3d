"""Our own JSON dialects: clients' requests and operators' orders as files that a person can write.

{"dialect": "tallystick.request", "v": 1, "type": "issuance", "client": ...,
     "client_request_id": ..., ...}
{"dialect": "tallystick.request", "v": 1, "type": "redemption", "client": ...,
     "client_request_id": ..., ...}
{"dialect": "tallystick.request", "v": 1, "type": "cancellation", "client": ...,
     "client_request_id": ..., "instrument": ...}
{"dialect": "tallystick.operator", "v": 1, "type": "proposal", "operator": ..., "id": ...,
 "order": {...}}
{"dialect": "tallystick.operator", "v": 1, "type": "confirmation", "operator": ..., "proposer": ...,
 "id": ...}
"""

from dataclasses import dataclass
from typing import Literal

from schemas.amounts import Amount
from schemas.house import Order
from schemas.identifiers import Name, Text
from schemas.tagged import STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuanceFile:
    """A client's request to issue tokens for `shares` of an instrument."""

    __pydantic_config__ = STRICT

    dialect: Literal["tallystick.request"]
    v: Literal[1]
    type: Literal["issuance"]
    client: Name
    client_request_id: Text
    instrument: Name
    shares: Amount
    chain: Name
    wallet: Text
    funding: Literal["settlement", "treasury"] = "settlement"
    partial: Literal["wait", "parts"] = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionFile:
    """A client's request to take `units` back, for shares delivered as their `details` say."""

    __pydantic_config__ = STRICT

    dialect: Literal["tallystick.request"]
    v: Literal[1]
    type: Literal["redemption"]
    client: Name
    client_request_id: Text
    instrument: Name
    units: Amount
    chain: Name
    wallet: Text
    details: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationFile:
    """A client takes back the request that it made under this id."""

    __pydantic_config__ = STRICT

    dialect: Literal["tallystick.request"]
    v: Literal[1]
    type: Literal["cancellation"]
    client: Name
    client_request_id: Text
    instrument: Name
    kind: Literal["issuance", "redemption"] = "issuance"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalFile:
    """An operator's order, under an id of their own; it waits for a second operator."""

    __pydantic_config__ = STRICT

    dialect: Literal["tallystick.operator"]
    v: Literal[1]
    type: Literal["proposal"]
    operator: Name
    id: Text
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationFile:
    """A second operator's word; `instrument` is named where the order is about one instrument."""

    __pydantic_config__ = STRICT

    dialect: Literal["tallystick.operator"]
    v: Literal[1]
    type: Literal["confirmation"]
    operator: Name
    proposer: Name
    id: Text
    instrument: Name | None = None


DIALECTS: dict[tuple[str, str], type] = {
    ("tallystick.request", "issuance"): IssuanceFile,
    ("tallystick.request", "redemption"): RedemptionFile,
    ("tallystick.request", "cancellation"): CancellationFile,
    ("tallystick.operator", "proposal"): ProposalFile,
    ("tallystick.operator", "confirmation"): ConfirmationFile,
}
"""The file's class by its dialect and type."""
