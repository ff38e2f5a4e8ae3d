"""How a confirmation (sese.025) and its reversal (sese.026) are read: what they state, and what it makes."""

from dataclasses import dataclass, field
from typing import Literal, cast

from schemas import amounts
from schemas.confirmation import Confirmation, ConfirmationKind, Reason, Reference, SettledAmount
from workers.ingest.iso20022 import fields, parties
from workers.ingest.iso20022.header import Header
from workers.ingest.iso20022.securities import security
from workers.ingest.iso20022.settlement_fields import (
    AMOUNT,
    FIELDS,
    OTHER_REFERENCES,
    OTHER_SIDE,
    OWN_SIDE,
    PLACE,
    SECURITY,
    SETTLED,
    Field,
    Movement,
)
from workers.ingest.profiles import Profile
from workers.ingest.reading import Unreadable
from workers.ingest.xml_tree import Element


@dataclass(frozen=True, slots=True)
class Table:
    """A message: its element, its fields besides the shared ones, where further references stand."""

    element: str
    own: tuple[Field, ...]
    references: tuple[str, ...] = OTHER_REFERENCES
    root: str = field(init=False)
    fields: tuple[Field, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Join the fields, and the path of the message's element as reasons show it."""
        object.__setattr__(self, "root", f"/Document/{self.element}")
        object.__setattr__(self, "fields", (*FIELDS, *self.own))

    def where(self, name: str) -> str:
        """Return the path of a field, as reasons show it."""
        path = next(one.path for one in (*SETTLED, *self.fields) if one.name == name)
        return f"{self.root}/{path}"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the fields of a message say, by their names; `body` is the message's element."""

    body: Element
    table: Table
    values: dict[str, str | None]

    def required(self, name: str) -> str:
        """Return a value that the message must state."""
        value = self.values[name]
        if value is None:
            sentence = f"The message does not state {name.replace('_', ' ')}."
            raise Unreadable("missing_field", sentence, self.table.where(name))
        return value

    def amount(self) -> SettledAmount | None:
        """Return the settled cash."""
        return parties.settled_amount(self.body, AMOUNT, self.table.root)


def statement(body: Element, table: Table) -> Statement | Reason:
    """Return what the fields say, or why they prove no movement; `body` is the message's element."""
    values = _values(body, SETTLED, table.root)
    if values["pre_confirmation"] is not None:
        where = table.where("pre_confirmation")
        return Reason(code="pre_confirmation", text="Confirmed in advance: nothing has settled.", where=where)
    if values["quantity"] == "0":
        where = table.where("quantity")
        return Reason(code="zero_quantity", text="The settled quantity is zero.", where=where)
    values |= _values(body, table.fields, table.root)
    stated = Statement(body, table, values)
    _check_total(stated)
    return stated


def confirmation(
    kind: ConfirmationKind,
    stated: Statement,
    header: Header,
    *,
    movement: Movement,
    parties_of: Movement,
    profile: Profile | None,
    lenient: bool,
    warnings: list[str],
) -> Confirmation:
    """Return the movement of this direction; `parties_of` is the direction whose sides the parties are."""
    body, root, values = stated.body, stated.table.root, stated.values
    other_side, own_side = OTHER_SIDE[parties_of], OWN_SIDE[parties_of]
    return Confirmation(
        kind=kind,
        servicer=header.servicer(profile),
        account=stated.required("account"),
        movement=movement,
        payment=cast("Literal['free', 'against_payment'] | None", values["payment"]),
        security=security(body.find(SECURITY), f"{root}/{SECURITY}", lenient=lenient, warnings=warnings),
        quantity=stated.required("quantity"),
        previously_settled=values["previously"],
        remaining=values["remaining"],
        partial=values["partial"],
        settled_on=stated.required("settled_on"),
        trade_date=values["trade_date"],
        message_id=header.message_id,
        servicer_transaction_id=values["servicer_id"],
        owner_transaction_id=values["owner_id"],
        market_transaction_id=values["market_id"],
        previous_confirmation_id=values["previous"],
        transaction_type=_transaction_type(stated),
        deal_reference=None,
        references=_other_references(stated),
        amount=stated.amount(),
        counterparty=parties.party(body, other_side, root),
        place_of_settlement=parties.depository(body, other_side, root)
        or parties.depository(body, own_side, root),
        safekeeping_place=parties.safekeeping_place(body, PLACE, root),
        event_id=values["event_id"],
        event_type=None,
        copy=header.copy,
        possible_duplicate=header.possible_duplicate,
    )


def _values(body: Element, table: tuple[Field, ...], root: str) -> dict[str, str | None]:
    return {one.name: fields.stated(body, one.path, one.read, root) for one in table}


def _check_total(stated: Statement) -> None:
    """Compare the parts with the instructed quantity, where the message repeats it."""
    values = stated.values
    if values["instructed"] is None:
        return
    parts = [values["quantity"], values["previously"], values["remaining"]]
    total = sum(amounts.parse(part) for part in parts if part is not None)
    instructed = amounts.parse(values["instructed"])
    if total > instructed or (None not in parts and total != instructed):
        sentence = f"Settled, previously settled and remaining make {amounts.text(total)}."
        raise Unreadable("inconsistent_quantities", sentence, stated.table.where("instructed"))


def _transaction_type(stated: Statement) -> str | None:
    types = [stated.values[name] for name in ("type", "own_type") if stated.values[name] is not None]
    return fields.only(types, stated.table.where("type"))


def _other_references(stated: Statement) -> tuple[Reference, ...]:
    return tuple(
        Reference(qualifier=path.rpartition("/")[2], id=text)
        for path in stated.table.references
        for found in [stated.body.find(path)]
        if found
        for text in fields.identifiers(found, f"{stated.table.root}/{path}")
        if text != fields.NO_REFERENCE
    )
