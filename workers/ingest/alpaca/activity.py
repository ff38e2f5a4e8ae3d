"""Account activities: `GET /v2beta1/events/activities` and `GET /v1/accounts/activities` (Broker API).

    field       stream                        REST
    type        activity_type                 activity_type
    subtype     activity_subtype              activity_sub_type
    own id      ref_id                        id, behind its moment
    event       event_id                      id
    settled_on  settle_date                   date
    security    details.symbol and the like   symbol, cusip
    qty, net_amount, status, previous_id, account_id: the same in both

A quantity above zero came in, one below zero went out. The journal of a JNLS is `details.journal_id`.
"""

from typing import Any, Final, NamedTuple

from schemas.confirmation import Confirmation, ConfirmationKind, Reason, Reference
from workers.ingest import securities
from workers.ingest.alpaca import corporate_actions, fields
from workers.ingest.alpaca.corporate_actions import ACTIONS, Action, Movement
from workers.ingest.alpaca.fields import Field
from workers.ingest.profiles import Profile, Profiles
from workers.ingest.reading import Unreadable

TYPE: Final = Field(("activity_type",), fields.identifier, "type of the activity")
SUBTYPE: Final = Field(("activity_subtype", "activity_sub_type"), fields.identifier, "subtype")
STATUS: Final = Field(("status",), fields.codes("executed pending correct canceled"), "status")
ACCOUNT: Final = Field(("account_id",), fields.identifier, "account")
OWN_ID: Final = Field(("ref_id", "id"), fields.activity_identifier, "activity's id")
EVENT_ULID: Final = Field(("event_ulid",), fields.identifier, "event's id")
EVENT_ID: Final = Field(("event_id",), fields.event_identifier, "event's id")
REST_ID: Final = Field(("id",), fields.identifier, "activity's id with its moment")
PREVIOUS: Final = Field(("previous_id",), fields.activity_identifier, "activity that it corrects")
QUANTITY: Final = Field(("qty",), fields.decimal, "quantity (shares; below zero: out)")
MONEY: Final = Field(("net_amount",), fields.decimal, "money")
SETTLED_ON: Final = Field(("settle_date", "date"), fields.day, "settlement date")
JOURNAL: Final = Field(("details.journal_id", "journal_id"), fields.identifier, "journal's id")
CLEARING_ID: Final = Field(
    ("details.external_id", "external_id"), fields.identifier, "DTCC's id of the transfer"
)
CONTRA: Final = Field(("details.contra", "contra"), fields.identifier, "contra of the transfer")
ACTION_ID: Final = Field(("details.ca_id", "corporate_action_id"), fields.identifier, "corporate action's id")
SECURITY: Final = corporate_actions.Leg("", "qty")
REFERENCES: Final = {
    name: Field((f"details.{name}", name), fields.identifier, name)
    for name in ("external_id", "request_id", "group_id", "reorg_id")
}

TRADES: Final = frozenset({"FILL", "TRD"})
TRANSFERS: Final = frozenset({"ACATS", "FOPT", "JNLS"})
FORMER_TYPES: Final = {"SSP": "SPLIT", "SSO": "SPIN"}
MONEY_TYPES: Final = frozenset(
    {
        *(
            "ACATC",
            "CGD",
            "CSD",
            "CSW",
            "FEE",
            "INT",
            "INTNRA",
            "INTTW",
            "JNLC",
            "MEM",
            "PTC",
            "PTR",
            "SWP",
            "WH",
        ),
        *("DIV", "DIVCGL", "DIVCGS", "DIVFEE", "DIVFT", "DIVNRA", "DIVROC", "DIVTW", "DIVTXEX", "DIVWH"),
    }
)


class _Told(NamedTuple):
    """What is told of a movement: whether it is undone, its direction, the activity that first told it."""

    is_undone: bool
    movement: Movement
    previous: str | None


def read(
    activity: dict[str, Any], *, profiles: Profiles, lenient: bool, warnings: list[str]
) -> Confirmation | Reason:
    """Return what an activity says, or why it proves no movement."""
    kind = fields.required(activity, TYPE)
    kind = FORMER_TYPES.get(kind, kind)
    subtype = fields.value(activity, SUBTYPE)
    if kind in TRADES:
        return Reason(code="trade_report", text="A trade: nothing has settled by it.", where=TYPE.where)
    action = ACTIONS.get((kind, subtype))
    if kind in MONEY_TYPES and action is None:
        return _money(activity)
    if kind not in TRANSFERS and action is None:
        sentence = f"Activities of type {kind[:40]} {(subtype or '')[:40]}".rstrip()
        raise Unreadable("unknown_message_type", f"{sentence} are not read.", TYPE.where)
    return _moved(activity, kind, action, profiles=profiles, lenient=lenient, warnings=warnings)


def _money(activity: dict[str, Any]) -> Reason:
    """Return that money moved; shares without any money are no money, whatever the type says."""
    if not _states_money(activity) and fields.value(activity, QUANTITY) not in {None, "0"}:
        raise Unreadable("ambiguous", "An activity of money states shares and no money.", QUANTITY.where)
    return Reason(code="cash", text="Money moved, and no shares.", where=TYPE.where)


def _states_money(activity: dict[str, Any]) -> bool:
    return fields.value(activity, MONEY) not in {None, "0"}


def _moved(
    activity: dict[str, Any],
    kind: str,
    action: Action | None,
    *,
    profiles: Profiles,
    lenient: bool,
    warnings: list[str],
) -> Confirmation | Reason:
    """Return the movement of shares that an activity states."""
    if fields.value(activity, STATUS) == "pending":
        return Reason(code="not_final", text="The activity is pending.", where=STATUS.where)
    quantity = fields.required(activity, QUANTITY)
    if quantity == "0":
        return _nothing_moved(activity)
    account = fields.required(activity, ACCOUNT)
    profile = profiles.of_account(account)
    settled_on = fields.required(activity, SETTLED_ON)
    own_id = fields.required(activity, OWN_ID)
    if _states_money(activity):
        raise Unreadable("ambiguous", "One activity states shares and money.", MONEY.where)
    told = _told(activity, fields.signed(quantity), profile)
    shares = fields.signed(quantity).magnitude
    leg = SECURITY if action is None else corporate_actions.leg_of(action, told.movement, activity, shares)
    stated = corporate_actions.identifiers(leg, activity)
    return Confirmation(
        kind=_kind(told, action),
        servicer=None if profile is None else profile.name,
        account=account,
        movement=told.movement,
        payment="free" if action is None else None,
        security=securities.named(stated, "symbol", lenient=lenient, warnings=warnings),
        quantity=shares,
        previously_settled=None,
        remaining=None,
        partial=None,
        settled_on=settled_on,
        trade_date=None,
        message_id=_message_id(activity),
        servicer_transaction_id=fields.value(activity, JOURNAL) if kind == "JNLS" else own_id,
        owner_transaction_id=None,
        market_transaction_id=fields.value(activity, CLEARING_ID) if kind == "ACATS" else None,
        previous_confirmation_id=told.previous,
        transaction_type=None,
        deal_reference=None,
        references=_references(activity, kind, own_id),
        amount=None,
        counterparty=fields.value(activity, CONTRA),
        place_of_settlement=None,
        safekeeping_place=None,
        event_id=None if action is None else fields.value(activity, ACTION_ID),
        event_type=None if action is None else action.code,
        copy=False,
        possible_duplicate=False,
    )


def _nothing_moved(activity: dict[str, Any]) -> Reason:
    if _states_money(activity):
        return Reason(code="cash", text="The money of an action, and no shares.", where=MONEY.where)
    return Reason(code="zero_quantity", text="The quantity is zero.", where=QUANTITY.where)


def _told(activity: dict[str, Any], quantity: fields.Signed, profile: Profile | None) -> _Told:
    """Return what is told. What corrects another activity is read only by a convention of the profile."""
    previous = fields.value(activity, PREVIOUS)
    status = fields.value(activity, STATUS)
    if previous is None:
        return _Told(status in {"correct", "canceled"}, _direction(is_out=quantity.is_negative), None)
    if profile is None or profile.reversals is None:
        sentence = f"It corrects activity {previous[:40]}: which direction does it state? No profile says so."
        raise Unreadable("ambiguous", sentence, PREVIOUS.where)
    is_opposite = profile.reversals == "reversing"
    return _Told(
        is_undone=True, movement=_direction(is_out=quantity.is_negative != is_opposite), previous=previous
    )


def _direction(*, is_out: bool) -> Movement:
    return "deliver" if is_out else "receive"


def _kind(told: _Told, action: Action | None) -> ConfirmationKind:
    if action is None:
        return "settlement_reversed" if told.is_undone else "settlement_confirmed"
    if told.is_undone:
        return "corporate_action_movement_reversed"
    return "corporate_action_movement_confirmed"


def _message_id(activity: dict[str, Any]) -> str | None:
    found = (fields.value(activity, field) for field in (EVENT_ULID, EVENT_ID, REST_ID))
    return next((text for text in found if text is not None), None)


def _references(activity: dict[str, Any], kind: str, own_id: str) -> tuple[Reference, ...]:
    """Return the other ids; the activity's own stands here where the journal's identifies the movement."""
    found = {"ref_id": own_id if kind == "JNLS" else None} | {
        name: fields.value(activity, field) for name, field in REFERENCES.items()
    }
    if kind == "ACATS":
        del found["external_id"]
    return tuple(Reference(qualifier=name, id=text) for name, text in found.items() if text is not None)
