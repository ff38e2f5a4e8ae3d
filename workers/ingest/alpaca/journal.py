"""Journals between accounts: Alpaca's Broker API, `GET /v1/journals` and `GET /v2/events/journals/status`.

    field    journal                   status event (the older stream: v1)
    id       id                        journal_id
    event                              event_id (v1: event_ulid)
    state    status                    status_to, before it status_from
    kind     entry_type JNLS or JNLC   entry_type
    from_account, to_account, symbol, qty, settle_date: the journal; an event leaves them out

`executed` is settled but not final: `correct` cancels it, and the corrected journal has an id of its own.
"""

from typing import Any, Final, Literal

from schemas.confirmation import Confirmation, ConfirmationKind, Reason
from workers.ingest import securities
from workers.ingest.alpaca import fields
from workers.ingest.alpaca.fields import Field
from workers.ingest.profiles import Profile, Profiles
from workers.ingest.reading import Unreadable

STATES: Final = (
    "queued sent_to_clearing pending executed activity_created rejected canceled refused deleted correct"
)

KIND: Final = Field(("entry_type",), fields.codes("JNLS JNLC"), "kind of journal")
STATE: Final = Field(("status", "status_to"), fields.codes(STATES), "state of the journal")
EARLIER: Final = Field(("status_from",), fields.codes(STATES), "state before")
JOURNAL_ID: Final = Field(("id", "journal_id"), fields.identifier, "journal's id")
EVENT_ULID: Final = Field(("event_ulid",), fields.identifier, "event's id")
EVENT_ID: Final = Field(("event_id",), fields.event_identifier, "event's id")
GIVER: Final = Field(("from_account",), fields.identifier, "account that gives")
TAKER: Final = Field(("to_account",), fields.identifier, "account that receives")
QUANTITY: Final = Field(("qty",), fields.decimal, "quantity (shares)")
SETTLED_ON: Final = Field(("settle_date",), fields.day, "settlement date")
SECURITY: Final = {
    "ISIN": Field(("isin",), fields.identifier, "ISIN"),
    "CUSIP": Field(("cusip",), fields.identifier, "CUSIP"),
    "SYMBOL": Field(("symbol",), fields.identifier, "symbol"),
}

_BOOKED: Final = frozenset({"executed", "activity_created"})  # shares have moved
_ENDS: Final = frozenset({"canceled", "rejected", "refused", "deleted"})


def read(
    journal: dict[str, Any], *, profiles: Profiles, lenient: bool, warnings: list[str]
) -> Confirmation | Reason:
    """Return what a journal or an event of one says, or why it proves no movement."""
    if fields.required(journal, KIND) == "JNLC":
        return Reason(code="cash", text="A journal of cash.", where=KIND.where)
    state = fields.required(journal, STATE)
    kind = _kind(journal, state)
    if kind is None:
        return Reason(
            code="not_final", text=f"The journal is {state}: nothing has settled.", where=STATE.where
        )
    journal_id = fields.required(journal, JOURNAL_ID)
    quantity = _quantity(journal)
    if quantity == "0":
        return Reason(code="zero_quantity", text="The quantity is zero.", where=QUANTITY.where)
    giver, taker = fields.required(journal, GIVER), fields.required(journal, TAKER)
    profile, movement = _side(giver, taker, profiles)
    return Confirmation(
        kind=kind,
        servicer=profile.name,
        account=taker if movement == "receive" else giver,
        movement=movement,
        payment="free",
        security=securities.named(_stated(journal), "symbol", lenient=lenient, warnings=warnings),
        quantity=quantity,
        previously_settled=None,
        remaining=None,
        partial=None,
        settled_on=fields.required(journal, SETTLED_ON),
        trade_date=None,
        message_id=fields.value(journal, EVENT_ULID) or fields.value(journal, EVENT_ID),
        servicer_transaction_id=journal_id,
        owner_transaction_id=None,
        market_transaction_id=None,
        previous_confirmation_id=None,
        transaction_type=None,
        deal_reference=None,
        references=(),
        amount=None,
        counterparty=giver if movement == "receive" else taker,
        place_of_settlement=None,
        safekeeping_place=None,
        event_id=None,
        event_type=None,
        copy=False,
        possible_duplicate=False,
    )


def _kind(journal: dict[str, Any], state: str) -> ConfirmationKind | None:
    """Return what the state means, or None where nothing has settled."""
    if state == "executed":
        return "settlement_confirmed"
    if state == "correct":
        return "settlement_reversed"
    earlier = fields.value(journal, EARLIER)
    if earlier == "executed" and state == "canceled":
        return "settlement_reversed"
    if earlier in _BOOKED and state not in _BOOKED:
        raise Unreadable("ambiguous", f"It was {earlier} and is {state}: are the shares back?", STATE.where)
    if state in _ENDS and "status_to" in journal and journal.get("status_from") is None:
        raise Unreadable("missing_field", f"It is {state}: the state before is not stated.", EARLIER.where)
    return None


def _quantity(journal: dict[str, Any]) -> str:
    quantity = fields.signed(fields.required(journal, QUANTITY))
    if quantity.is_negative:
        raise Unreadable("ambiguous", "The quantity is below zero: which account gives?", QUANTITY.where)
    return quantity.magnitude


def _side(giver: str, taker: str, profiles: Profiles) -> tuple[Profile, Literal["receive", "deliver"]]:
    """Return which side is ours. Between two of ours, the activities of each account state its movement."""
    gives, takes = profiles.of_account(giver), profiles.of_account(taker)
    if gives is not None and takes is not None:
        raise Unreadable(
            "ambiguous", "Both accounts are ours: their activities state each side.", TAKER.where
        )
    if takes is not None:
        return takes, "receive"
    if gives is not None:
        return gives, "deliver"
    raise Unreadable("ambiguous", "Neither account stands in a profile: which one is ours?", TAKER.where)


def _stated(journal: dict[str, Any]) -> dict[str, str]:
    found = {scheme: fields.value(journal, field) for scheme, field in SECURITY.items()}
    return {scheme: text for scheme, text in found.items() if text is not None}
