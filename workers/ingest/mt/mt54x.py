"""MT544 to MT547, the settlement confirmations (ISO 15022, category 5 of SWIFT's user handbook).

    type    movement    payment
    544     receive     free
    545     receive     against payment    the account owner's cash is debited
    546     deliver     free
    547     deliver     against payment    the account owner's cash is credited

The tables are the message: places of its fields, the same in all four types. Nothing is looked for anywhere
else, but for a pre-confirmation, which proves nothing wherever it says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from schemas import amounts
from schemas.confirmation import Confirmation, ConfirmationKind, Reason, Reference
from workers.ingest.mt import fields, parties
from workers.ingest.mt.header import Header
from workers.ingest.mt.layout import Layout
from workers.ingest.mt.securities import security
from workers.ingest.mt.tables import Field, Table
from workers.ingest.mt.text_block import TextBlock
from workers.ingest.profiles import Profile, Profiles
from workers.ingest.reading import Unreadable

Movement = Literal["receive", "deliver"]


@dataclass(frozen=True, slots=True)
class Type:
    """What a message type states by itself."""

    movement: Movement
    payment: Literal["free", "against_payment"]
    other_side: tuple[str, str]


FROM: Final = ("DEAG", "SELL")
TO: Final = ("REAG", "BUYR")
TYPES: Final = {
    "544": Type("receive", "free", FROM),
    "545": Type("receive", "against_payment", FROM),
    "546": Type("deliver", "free", TO),
    "547": Type("deliver", "against_payment", TO),
}
CASH: Final[dict[Movement, Literal["credit", "debit"]]] = {"receive": "debit", "deliver": "credit"}
FUNCTION: Final = "GENL/23G"
KINDS: Final[dict[str, ConfirmationKind]] = {
    "NEWM": "settlement_confirmed",
    "RVSL": "settlement_reversed",
    "CANC": "confirmation_withdrawn",
}
IN_ADVANCE: Final = (
    "PREA"  # the function of an instruction in advance; no confirmation of a settlement has it
)
SUBFUNCTIONS: Final = frozenset({"", "/COPY", "/CODU", "/DUPL"})
ONCE: Final = ("GENL", "TRADDET", "FIAC", "SETDET")
ADVANCES: Final = ("::PREC", "::PREA")  # indicators of a pre-confirmation, in whichever sequence

SETTLED: Final = Table(
    Field("quantity", "FIAC/36a::ESTT", fields.quantity, "settled by this message (units)"),
    Field("previously", "FIAC/36a::PSTT", fields.quantity, "settled by earlier ones (units)"),
    Field("remaining", "FIAC/36a::RSTT", fields.quantity, "not settled yet (units)"),
    Field("instructed", "FIAC/36a::SETT", fields.quantity, "instructed, where repeated (units)"),
)
FIELDS: Final = Table(
    Field("account", "FIAC/97a::SAFE", fields.account, "safekeeping account"),
    Field("settled_on", "TRADDET/98a::ESET", fields.day, "effective settlement date"),
    Field("trade_date", "TRADDET/98a::TRAD", fields.day, "trade date"),
    Field("contractual", "TRADDET/98a::SETT", fields.day, "contractual date; checked, not kept"),
    Field("message_id", "GENL/20a::SEME", fields.reference, "the sender's reference"),
    Field("owner_id", "GENL/LINK/20a::RELA", fields.reference, "the account owner's reference"),
    Field("market_id", "GENL/LINK/20a::MITI", fields.reference, "the market infrastructure's reference"),
    Field("deal", "GENL/LINK/20a::TRRF", fields.reference, "the deal's reference"),
    Field("previous", "GENL/LINK/20a::PREV", fields.reference, "the confirmation that this one is about"),
    Field("event_id", "GENL/LINK/20a::CORP", fields.reference, "corporate action that moved the shares"),
    Field("partial", "GENL/22a::PARS", fields.codes("PAIN PARC"), "a part; proves no quantity"),
    Field(
        "type",
        "SETDET/22a::SETR",
        fields.codes(
            "AUTO BSBK BYIY CLAI CNCB COLI COLO CONV CORP ETFT FCTA INSP ISSU MKDW MKUP NETT NSYN "
            "OWNE OWNI PAIR PLAC PORT REAL REBL REDI REDM RELE REPU RODE RVPO SBBK SBRE SECB SECL "
            "SLRE SUBS SWIF SWIT SYND TBAC TRAD TRPO TRVO TURN"
        ),
        "type of settlement transaction",
    ),
)
SECURITY: Final = "TRADDET/35B"
LINKED_TYPE: Final = "GENL/LINK/13a::LINK"
PREVIOUS: Final = "GENL/LINK/20a::PREV"

_NAMED: Final = frozenset(FIELDS.places.values())
_REMEMBERED: Final = 128

Values = Mapping[str, str | None]


def read(
    block: TextBlock, kind: Type, header: Header, *, profiles: Profiles, lenient: bool, warnings: list[str]
) -> Confirmation | Reason:
    """Return what the confirmation says, or why it proves no movement."""
    shape = _shape(block.layout)
    if shape.repeated is not None:
        sentence = f"The sequence {shape.repeated} stands more than once."
        raise Unreadable("ambiguous", sentence, shape.repeated)
    if shape.page is not None:
        raise Unreadable("malformed", "A confirmation has no pages.", shape.page)
    function, subfunction = _function(block)
    advance = _in_advance(block, function, shape.advances)
    if advance is not None:
        return Reason(
            code="pre_confirmation", text="Confirmed in advance: nothing has settled.", where=advance
        )
    values = SETTLED.values(block)
    if values["quantity"] == "0":
        return Reason(
            code="zero_quantity", text="The settled quantity is zero.", where=SETTLED.places["quantity"]
        )
    values |= FIELDS.values(block)
    _check_total(values)
    account = FIELDS.required(values, "account")
    FIELDS.required(values, "message_id")
    movement = _movement(block, kind, function, profiles.of_account(account))
    cash = CASH[movement] if kind.payment == "against_payment" else None
    return Confirmation(
        kind=KINDS[function],
        servicer=header.sender,
        account=account,
        movement=movement,
        payment=kind.payment,
        security=security(block.find(SECURITY), SECURITY, lenient=lenient, warnings=warnings),
        quantity=SETTLED.required(values, "quantity"),
        previously_settled=values["previously"],
        remaining=values["remaining"],
        partial=values["partial"],
        settled_on=FIELDS.required(values, "settled_on"),
        trade_date=values["trade_date"],
        message_id=values["message_id"],
        servicer_transaction_id=None,
        owner_transaction_id=values["owner_id"],
        market_transaction_id=values["market_id"],
        previous_confirmation_id=values["previous"],
        transaction_type=values["type"],
        deal_reference=values["deal"],
        references=_other_references(block, shape.references),
        amount=parties.settled_amount(block, cash),
        counterparty=parties.party(block, kind.other_side[0]) or parties.party(block, kind.other_side[1]),
        place_of_settlement=parties.party(block, "PSET"),
        safekeeping_place=parties.safekeeping_place(block),
        event_id=values["event_id"],
        event_type=None,
        copy=subfunction in {"/COPY", "/CODU"},
        possible_duplicate=header.possible_duplicate or subfunction in {"/DUPL", "/CODU"},
    )


class _Shape(NamedTuple):
    """What a layout says by itself: a sequence too many, and places of what may stand in any sequence."""

    repeated: str | None
    page: str | None
    advances: list[str]
    references: list[str]


@lru_cache(_REMEMBERED)
def _shape(layout: Layout) -> _Shape:
    return _Shape(
        repeated=next((name for name in ONCE if layout.outermost.count(name) > 1), None),
        page=next(iter(layout.by_tag.get("28E", ())), None),
        advances=[place for place in layout.by_tag.get("22a", ()) if place.endswith(ADVANCES)],
        references=[place for place in layout.by_tag.get("20a", ()) if place not in _NAMED],
    )


def _function(block: TextBlock) -> tuple[str, str]:
    """Return function and subfunction, which must be ones of the standard."""
    text = fields.function(block.find(FUNCTION), FUNCTION)
    if text is None:
        raise Unreadable("missing_field", "The message does not state its function.", FUNCTION)
    function, subfunction = text[:4], text[4:]
    if (function not in KINDS and function != IN_ADVANCE) or subfunction not in SUBFUNCTIONS:
        raise Unreadable("malformed", f"{text[:40]!r} is no function of a confirmation.", FUNCTION)
    return function, subfunction


_pre_confirmation = fields.codes("PRCA PRSE", options="FH")


def _in_advance(block: TextBlock, function: str, places: list[str]) -> str | None:
    """Return where the message says that it confirms in advance; `places` are those that could say it."""
    if function == IN_ADVANCE:
        return FUNCTION
    for place in places:
        _pre_confirmation(block.find(place), place)
        return place
    return None


def _check_total(values: Values) -> None:
    """Compare the parts with the instructed quantity, where the message repeats it."""
    if values["instructed"] is None:
        return
    parts = [values["quantity"], values["previously"], values["remaining"]]
    total = sum(amounts.parse(part) for part in parts if part is not None)
    instructed = amounts.parse(values["instructed"])
    if total > instructed or (None not in parts and total != instructed):
        sentence = f"Settled, previously settled and remaining make {amounts.text(total)}."
        raise Unreadable("inconsistent_quantities", sentence, SETTLED.places["instructed"])


def _movement(block: TextBlock, kind: Type, function: str, profile: Profile | None) -> Movement:
    """Return the movement that is confirmed or undone.

    By the standard a reversal or withdrawal has the type of the confirmation that it undoes. A servicer
    whose reversals have the type of the reversing movement is known by its profile. Where the message names
    the type of that confirmation, another direction than the one taken is a contradiction.
    """
    stated = kind.movement
    if function == "NEWM":
        return stated
    if function == "RVSL" and profile is not None and profile.reversals == "reversing":
        stated = "deliver" if stated == "receive" else "receive"
    for linked in _linked_types(block):
        original = TYPES.get(linked)
        if original is not None and original.movement != stated:
            sentence = f"The message undoes an MT{linked}, and its own type says {kind.movement}."
            raise Unreadable("ambiguous", sentence, LINKED_TYPE)
    return stated


def _linked_types(block: TextBlock) -> list[str]:
    """Return the types given beside the reference of the previous confirmation."""
    previous = {value.sequence for value in block.find(PREVIOUS)}
    return [value.text for value in block.find(LINKED_TYPE) if value.sequence in previous]


def _other_references(block: TextBlock, places: list[str]) -> tuple[Reference, ...]:
    return tuple(
        Reference(qualifier=place[-4:], id=text)
        for place in places
        for text in fields.references(block.find(place), place)
    )
