"""Confirmations, read anew: what tells movements apart, and what makes a second message the same."""

from typing import Any

from schemas import amounts
from schemas.confirmation import Confirmation
from workers.core.invariants.facts import Told


def identity_of(instrument: str, said: Confirmation) -> tuple[Any, ...]:
    """Return what tells movements apart (DESIGN 5.1), but for the running total of their partials."""
    return said.servicer, said.account, said.movement, instrument, first_reference(said)


def total_of(said: Confirmation) -> int:
    """Return the running total, which tells the partials of one movement apart."""
    return amounts.parse(said.previously_settled or "0") + amounts.parse(said.quantity)


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


def told(instrument: str, said: Confirmation, made: str) -> Told:
    """Return a confirmation as far as a second one is compared with it."""
    return Told(
        settlement=settlement_of(instrument, said),
        message_id=said.message_id,
        flagged=said.copy or said.possible_duplicate,
        made=made,
        shares=amounts.parse(said.quantity),
        total=total_of(said),
        movement=said.movement,
        reference=said.owner_transaction_id,
    )


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


def same(first: Told, second: Told, undone: set[str]) -> bool:
    """Return whether the second is the same movement told again; a flag proves nothing after a reversal."""
    if first.settlement != second.settlement or first.total != second.total:
        return False
    same_message = first.message_id is not None and first.message_id == second.message_id
    return same_message or (first.made not in undone and (first.flagged or second.flagged))


def is_doubtful(said: Confirmation, earlier: list[Told], undone: set[str]) -> bool:
    """Return whether it cannot be told if this is a movement of its own."""
    if first_reference(said) is None or any(first.made in undone for first in earlier):
        return True
    return any(first.total == total_of(said) for first in earlier)
