"""Confirmations, read anew: what tells movements apart, and what makes a second message the same."""

from typing import Any

from schemas import amounts
from schemas.confirmation import Confirmation
from workers.core.invariants.facts import Told


def identity_of(instrument: str, said: Confirmation) -> tuple[Any, ...]:
    """Return what tells movements apart (DESIGN 5.1); the running total tells partials of one apart."""
    total = amounts.parse(said.previously_settled or "0") + amounts.parse(said.quantity)
    return said.servicer, said.account, said.kind, said.movement, instrument, first_reference(said), total


def first_reference(said: Confirmation) -> tuple[str, str] | None:
    """Return the first reference present: the servicer's, the market's, the owner's."""
    for whose, reference in (
        ("servicer", said.servicer_transaction_id),
        ("market", said.market_transaction_id),
        ("owner", said.owner_transaction_id),
    ):
        if reference is not None:
            return whose, reference
    return None


def told(instrument: str, said: Confirmation, lot: str) -> Told:
    """Return a confirmation as far as a second one is compared with it."""
    flagged = said.copy or said.possible_duplicate
    return Told(settlement_of(instrument, said), said.message_id, flagged, lot)


def settlement_of(instrument: str, said: Confirmation) -> tuple[Any, ...]:
    """Return every field that describes the settlement, and none that describes the message."""
    return (
        instrument,
        said.servicer,
        said.account,
        said.movement,
        said.payment,
        said.quantity,
        said.previously_settled,
        said.remaining,
        said.settled_on,
        said.trade_date,
        said.servicer_transaction_id,
        said.owner_transaction_id,
        said.market_transaction_id,
        said.transaction_type,
        said.amount,
        said.counterparty,
    )


def same(first: Told, second: Told) -> bool:
    """Return whether the second is the same movement told again."""
    if first.settlement != second.settlement:
        return False
    same_message = first.message_id is not None and first.message_id == second.message_id
    return same_message or first.flagged or second.flagged
