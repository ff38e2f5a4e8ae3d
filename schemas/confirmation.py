"""A confirmation: a custodian's or broker's statement that a movement settled, in our words.

The fields are those of the public contract; identifiers of the outside world are kept as given.
"""

from dataclasses import dataclass
from typing import Literal

from schemas.amounts import Amount
from schemas.identifiers import Text
from schemas.instants import Date
from schemas.tagged import STRICT

ConfirmationKind = Literal[
    "settlement_confirmed",
    "settlement_reversed",
    "confirmation_withdrawn",
    "corporate_action_movement_confirmed",
    "corporate_action_movement_reversed",
]
SecurityScheme = Literal["ISIN", "CUSIP", "SEDOL", "SYMBOL"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """A security as the message names it."""

    __pydantic_config__ = STRICT

    scheme: SecurityScheme
    id: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A further reference of the message, with its qualifier."""

    __pydantic_config__ = STRICT

    qualifier: Text
    id: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledAmount:
    """The cash side: value, ISO 4217 currency, `credit` or `debit` of the account owner."""

    __pydantic_config__ = STRICT

    value: Amount
    currency: Text
    direction: Literal["credit", "debit"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """One settled movement, reversed movement or withdrawn confirmation.

    Quantities are shares, always positive, from the settled (posted) quantity alone. `movement` is the
    direction of the movement that is confirmed or undone. `settled_on` is the effective date as stated.
    """

    __pydantic_config__ = STRICT

    kind: ConfirmationKind
    servicer: Text | None
    account: Text
    movement: Literal["receive", "deliver"]
    payment: Literal["free", "against_payment"] | None
    security: Security
    quantity: Amount
    previously_settled: Amount | None
    remaining: Amount | None
    partial: Text | None
    settled_on: Date
    trade_date: Date | None
    message_id: Text | None
    servicer_transaction_id: Text | None
    owner_transaction_id: Text | None
    market_transaction_id: Text | None
    previous_confirmation_id: Text | None
    transaction_type: Text | None
    deal_reference: Text | None
    references: tuple[Reference, ...]
    amount: SettledAmount | None
    counterparty: Text | None
    place_of_settlement: Text | None
    safekeeping_place: Text | None
    event_id: Text | None
    event_type: Text | None
    copy: bool
    possible_duplicate: bool


ReadingCode = Literal[
    "pre_confirmation",
    "status_advice",
    "instruction",
    "trade_report",
    "announcement",
    "not_final",
    "cash",
    "zero_quantity",
    "transaction_list",
    "not_a_message",
    "unknown_message_type",
    "malformed",
    "missing_field",
    "bad_identifier",
    "bad_quantity",
    "quantity_not_in_units",
    "inconsistent_quantities",
    "ambiguous",
    "too_large",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a message is information or parked: a code, a sentence for a person, a path, tag or line."""

    __pydantic_config__ = STRICT

    code: ReadingCode
    text: str
    where: str | None
