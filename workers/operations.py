"""What a ledger authorizes, as an operation of a signing account, and as the call that its chain is given."""

from schemas import amounts, instants
from schemas.events import OperationTaken
from schemas.events.operations import AUTHORIZES, Authorization
from workers.chains.base import BurnCall, Call, MintCall, TransferCall


def operation_of(event: Authorization) -> OperationTaken:
    """Return the operation that an authorization is for."""
    kind = AUTHORIZES[type(event)]
    return OperationTaken(
        operation=getattr(event, kind),
        kind=kind,
        chain=event.chain,
        token=event.token,
        recipient=getattr(event, "recipient", None),
        units=event.units,
        decimals=event.decimals,
        deadline=event.deadline,
    )


def call_of(taken: OperationTaken) -> Call:
    """Return what the chain is asked to do; units of 10^-18 become the token's smallest unit, exactly."""
    base_amount = amounts.base_amount(amounts.parse(taken.units), taken.decimals)
    deadline = instants.epoch_seconds(taken.deadline)
    if taken.kind == "burn":
        return BurnCall(
            operation=taken.operation, token=taken.token, base_amount=base_amount, deadline=deadline
        )
    assert taken.recipient is not None, "only a burn has no recipient"
    calling = MintCall if taken.kind == "mint" else TransferCall
    return calling(
        operation=taken.operation,
        token=taken.token,
        recipient=taken.recipient,
        base_amount=base_amount,
        deadline=deadline,
    )
