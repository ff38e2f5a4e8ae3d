"""What the simulated chain holds after some blocks: tokens, balances, and the guard of each operation id.

Executing a transaction either acts or reverts; a revert changes nothing and says why.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.events.transactions import OperationKind
from workers.chains.base import Block
from workers.chains.simulated.actions import (
    KINDS,
    Action,
    BridgeOut,
    Burn,
    Cancel,
    Deploy,
    HolderAction,
    HolderBurn,
    Mint,
    Operation,
    Send,
    Transfer,
)
from workers.chains.simulated.transactions import Transaction

_AMOUNT = re.compile(r"[1-9][0-9]{0,77}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Use:
    """What used an operation id's guard up, once and for ever; `kind` is None where it was cancelled."""

    transaction: str
    kind: OperationKind | None
    base_amount: int | None
    block: Block


@dataclass(frozen=True, slots=True)
class Receipt:
    """Whether a transaction acted, and if not, why, in a sentence."""

    acted: bool
    detail: str | None


_ACTED = Receipt(acted=True, detail=None)


class State:
    """Changed in place by `execute`, and by nothing else."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self.supplies: dict[str, int] = dict.fromkeys(tokens, 0)
        self.balances: dict[tuple[str, str], int] = {}
        self.guards: dict[str, Use] = {}

    def copy(self) -> "State":
        """Return an independent state that holds the same."""
        copied = State(())
        copied.supplies = self.supplies.copy()
        copied.balances = self.balances.copy()
        copied.guards = self.guards.copy()
        return copied

    def execute(self, transaction: Transaction, block: Block) -> Receipt:
        """Act on the transaction as part of this block, or revert it."""
        action = transaction.action
        refusal = self._refusal(transaction.account, action, block)
        if refusal is not None:
            return Receipt(acted=False, detail=refusal)
        if isinstance(action, Deploy):
            self.supplies[action.token] = 0
        elif isinstance(action, Cancel):
            self.guards[action.operation] = Use(transaction.hash, None, None, block)
        else:
            if isinstance(action, Operation):
                use = Use(transaction.hash, KINDS[type(action)], int(action.base_amount), block)
                self.guards[action.operation] = use
            self._move(transaction.account, action)
        return _ACTED

    def _refusal(self, account: str, action: Action, block: Block) -> str | None:
        if isinstance(action, Deploy):
            return f"the token {action.token!r} exists" if action.token in self.supplies else None
        if isinstance(action, Operation | Cancel) and action.operation in self.guards:
            return _was_used(action.operation, self.guards[action.operation])
        if isinstance(action, Cancel):
            return None
        if isinstance(action, Operation) and block.timestamp > action.deadline:
            return f"the block's time {block.timestamp} is past the deadline {action.deadline}"
        return self._movement_refusal(account, action)

    def _movement_refusal(self, account: str, action: Operation | HolderAction) -> str | None:
        if not _AMOUNT.match(action.base_amount):
            return f"the amount {action.base_amount[:80]} is not positive"
        if action.token not in self.supplies:
            return f"the token {action.token!r} does not exist"
        held = self.balances.get((action.token, account), 0)
        if not isinstance(action, Mint) and held < int(action.base_amount):
            return f"{account!r} holds {held} of {action.token!r}, not {action.base_amount}"
        return None

    def _move(self, account: str, action: Operation | HolderAction) -> None:
        base_amount = int(action.base_amount)
        if not isinstance(action, Mint):
            self._add(action.token, account, -base_amount)
        if isinstance(action, Mint | Transfer | Send):
            self._add(action.token, action.recipient, base_amount)
        if isinstance(action, Mint):
            self.supplies[action.token] += base_amount
        if isinstance(action, Burn | HolderBurn | BridgeOut):
            self.supplies[action.token] -= base_amount

    def _add(self, token: str, holder: str, base_amount: int) -> None:
        self.balances[token, holder] = self.balances.get((token, holder), 0) + base_amount


def _was_used(operation: str, used: Use) -> str:
    how = "cancelled it" if used.kind is None else f"was a {used.kind} of {used.base_amount}"
    return f"the operation id {operation} was used by transaction {used.transaction}, which {how}"
