"""Which security a leg of a corporate action moves, and whether the terms repeat its quantity.

The stream's `details` state the terms of the whole action in every leg, so a leg must be told by its
direction: what an action removes and what it brings are named by prefixes (`old_symbol`, `new_qty`). A leg
that states only one security (`GET /v1/accounts/activities`) states its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from workers.ingest.alpaca import fields
from workers.ingest.alpaca.fields import Field
from workers.ingest.reading import Unreadable

Movement = Literal["receive", "deliver"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One security of an action: the prefix of its identifiers, and the term that repeats its quantity."""

    prefix: str
    quantity: str


@dataclass(frozen=True, slots=True)
class Action:
    """A kind of action: its ISO 15022 event code where there is one, and its legs."""

    code: str | None
    removes: tuple[Leg, ...]
    brings: tuple[Leg, ...]


_OLD: Final = Leg("old_", "old_qty")
_NEW: Final = Leg("new_", "new_qty")
_ALTERNATE: Final = Leg("alternate_", "alternate_qty")
_ACQUIREE: Final = Leg("acquiree_", "acquiree_qty")
_ACQUIRER: Final = Leg("acquirer_", "acquirer_qty")
_PAID: Final = Leg("", "paid_qty")  # `new_qty` of a stock dividend is the position after it

# by type and subtype; a leg that an action does not have contradicts it
ACTIONS: Final = {
    ("SPLIT", None): Action(None, (_OLD,), (_NEW,)),
    ("SPLIT", "FSPLIT"): Action("SPLF", (_OLD,), (_NEW,)),
    ("SPLIT", "RSPLIT"): Action("SPLR", (_OLD,), (_NEW,)),
    ("SPLIT", "USPLIT"): Action(None, (_OLD,), (_NEW, _ALTERNATE)),
    ("SDIV", None): Action("DVSE", (), (_PAID,)),
    ("DIV", "SDIV"): Action("DVSE", (), (_PAID,)),
    ("SPIN", None): Action("SOFF", (), (_NEW,)),
    ("MA", None): Action("MRGR", (_ACQUIREE,), (_ACQUIRER,)),
    ("MA", "CMA"): Action("MRGR", (_ACQUIREE,), ()),
    ("MA", "SMA"): Action("MRGR", (_ACQUIREE,), (_ACQUIRER,)),
    ("MA", "SCMA"): Action("MRGR", (_ACQUIREE,), (_ACQUIRER,)),
}


def leg_of(action: Action, movement: Movement, activity: Mapping[str, Any], quantity: str) -> Leg:
    """Return the leg that an activity of this direction and quantity is."""
    legs = action.brings if movement == "receive" else action.removes
    if not legs:
        raise Unreadable("ambiguous", f"An action of this type has nothing to {movement}.", "qty")
    stated = [(leg, fields.value(activity, _term(leg))) for leg in legs]
    matching = [leg for leg, term in stated if term is None or term == quantity]
    if not matching:
        terms = ", ".join(f"{leg.quantity} {term}" for leg, term in stated)
        raise Unreadable("inconsistent_quantities", f"The leg is {quantity}, its terms: {terms}.", "qty")
    if len(matching) > 1:
        raise Unreadable("ambiguous", f"Which security do the {quantity} shares belong to?", "qty")
    return matching[0]


def identifiers(leg: Leg, activity: Mapping[str, Any]) -> dict[str, str]:
    """Return the identifiers of a leg by scheme: those with its prefix, else those without any."""
    return _identifiers(leg.prefix, activity) or _identifiers("", activity)


def _identifiers(prefix: str, activity: Mapping[str, Any]) -> dict[str, str]:
    schemes = {"ISIN": "isin", "CUSIP": "cusip", "SYMBOL": "symbol"}
    found = {
        scheme: fields.value(activity, _field(prefix + name, fields.identifier))
        for scheme, name in schemes.items()
    }
    return {scheme: text for scheme, text in found.items() if text is not None}


def _term(leg: Leg) -> Field:
    return _field(leg.quantity, fields.decimal)


def _field(name: str, read: Any) -> Field:  # noqa: ANN401 - one of the readers
    return Field((f"details.{name}", name), read, name)
