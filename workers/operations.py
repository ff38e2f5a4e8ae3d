"""What a ledger authorizes, as an operation of a signing account, and as the call that its chain is given."""

from collections.abc import Callable
from typing import Any

from schemas import amounts, instants
from schemas.events import MintAuthorized, OperationTaken
from workers.chains.base import Call, MintCall

Authorizing = MintAuthorized
"""An event that lets a signing account act."""


def operation_of(event: Authorizing) -> OperationTaken:
    """Return the operation that an authorization is for."""
    return _OPERATION_OF[type(event)](event)


def call_of(taken: OperationTaken) -> Call:
    """Return what the chain is asked to do; units of 10^-18 become the token's smallest unit, exactly."""
    return MintCall(
        operation=taken.operation,
        token=taken.token,
        recipient=taken.recipient or "",
        base_amount=amounts.base_amount(amounts.parse(taken.units), taken.decimals),
        deadline=instants.epoch_seconds(taken.deadline),
    )


def _of_mint(event: MintAuthorized) -> OperationTaken:
    return OperationTaken(
        operation=event.mint,
        kind="mint",
        chain=event.chain,
        token=event.token,
        recipient=event.recipient,
        units=event.units,
        decimals=event.decimals,
        deadline=event.deadline,
    )


_OPERATION_OF: dict[type, Callable[[Any], OperationTaken]] = {MintAuthorized: _of_mint}
