"""What the simulated chain holds after some blocks: tokens, balances, and the guard of each operation id.

Executing a transaction either acts or reverts; a revert changes nothing and says why.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.events.transactions import OperationKind
from workers.chains.base import Block
from workers.chains.simulated.transactions import Cancel, Deploy, Mint, Transaction

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
        refusal = self._refusal(action, block)
        if refusal is not None:
            return Receipt(acted=False, detail=refusal)
        if isinstance(action, Mint):
            self._mint(action, transaction.hash, block)
        elif isinstance(action, Cancel):
            self.guards[action.operation] = Use(transaction.hash, None, None, block)
        else:
            self.supplies[action.token] = 0
        return _ACTED

    def _refusal(self, action: Mint | Cancel | Deploy, block: Block) -> str | None:
        if isinstance(action, Deploy):
            return f"the token {action.token!r} exists" if action.token in self.supplies else None
        used = self.guards.get(action.operation)
        if used is not None:
            return _was_used(action.operation, used)
        return self._mint_refusal(action, block) if isinstance(action, Mint) else None

    def _mint_refusal(self, action: Mint, block: Block) -> str | None:
        if not _AMOUNT.match(action.base_amount):
            return f"the amount {action.base_amount[:80]} is not positive"
        if action.token not in self.supplies:
            return f"the token {action.token!r} does not exist"
        if block.timestamp > action.deadline:
            return f"the block's time {block.timestamp} is past the deadline {action.deadline}"
        return None

    def _mint(self, action: Mint, transaction: str, block: Block) -> None:
        base_amount = int(action.base_amount)
        holding = (action.token, action.recipient)
        self.guards[action.operation] = Use(transaction, "mint", base_amount, block)
        self.supplies[action.token] += base_amount
        self.balances[holding] = self.balances.get(holding, 0) + base_amount


def _was_used(operation: str, used: Use) -> str:
    how = "cancelled it" if used.kind is None else f"was a {used.kind} of {used.base_amount}"
    return f"the operation id {operation} was used by transaction {used.transaction}, which {how}"
