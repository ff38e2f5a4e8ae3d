"""The canonical chain, executed: what its blocks mean at the tip and at finality.

Everything is derived by executing blocks. A reorganisation starts again from the final state.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.events.transactions import OperationKind
from workers.chains.base import Block
from workers.chains.simulated.actions import KINDS, Burn, Operation
from workers.chains.simulated.blocks import History, Quiet, Sealed
from workers.chains.simulated.movements import Movements
from workers.chains.simulated.state import Receipt, State
from workers.chains.simulated.transactions import Transaction


@dataclass(frozen=True, slots=True)
class Inclusion:
    """In which block a transaction is, and what became of it there."""

    block: Block
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationEffect:
    """An operation that acted on the canonical chain; `base_amount` in the token's smallest unit."""

    operation: str
    kind: OperationKind
    token: str
    account: str
    recipient: str | None
    base_amount: int
    transaction: str
    block: Block


class CanonicalChain:
    """History, state at its tip, state and movements at finality, and where each transaction is."""

    def __init__(self, first: Sealed, tokens: tuple[str, ...]) -> None:
        self.history = History(first)
        self._tokens = tokens
        self.tip = State(tokens)
        self.final = State(tokens)
        self.final_height = 0
        self.movements = Movements()
        self._inclusions: dict[str, Inclusion] = {}
        self._unfinal: deque[Sealed] = deque()

    def inclusion(self, transaction: str) -> Inclusion | None:
        """Return where the transaction is, final or not."""
        return self._inclusions.get(transaction)

    def settled(self) -> bool:
        """Return whether every block with transactions is final."""
        return not self._unfinal

    def seal(self, sealed: Sealed) -> None:
        """Append a block and execute it."""
        self.history.append(sealed)
        if sealed.transactions:
            self._unfinal.append(sealed)
            self._execute(sealed)

    def extend(self, quiet: Quiet) -> None:
        """Say how many quiet blocks follow the last sealed one by now."""
        self.history.extend(quiet)

    def above(self, height: int) -> list[Transaction]:
        """Return the transactions of the blocks above a height, in the order of the chain."""
        blocks = self._unfinal if height >= self.final_height else self.history.sealed()
        return [
            transaction for sealed in blocks if sealed.height > height for transaction in sealed.transactions
        ]

    def drop_after(self, height: int) -> None:
        """Drop the blocks above a height, and execute again from the final state on."""
        if height < self.final_height:
            self._break_finality(height)
        for transaction in self.above(height):
            del self._inclusions[transaction.hash]
        while self._unfinal and self._unfinal[-1].height > height:
            self._unfinal.pop()
        self.history.drop_after(height)
        self.tip = self.final.copy()
        for sealed in self._unfinal:
            self._execute(sealed)

    def _break_finality(self, height: int) -> None:
        """Take the final state back to a height, by executing all blocks up to it again."""
        for transaction in self.above(height):
            self._inclusions.pop(transaction.hash, None)
        self.final, self.final_height = State(self._tokens), height
        self.movements.drop_after(height)
        self._unfinal.clear()
        for sealed in self.history.sealed():
            for transaction in sealed.transactions if sealed.height <= height else ():
                self.final.execute(transaction, sealed.block())

    def finalise(self, height: int) -> None:
        """Make every block up to the height final."""
        self.final_height = height
        while self._unfinal and self._unfinal[0].height <= height:
            sealed = self._unfinal.popleft()
            for index, transaction in enumerate(sealed.transactions):
                if self.final.execute(transaction, sealed.block()).acted:
                    self.movements.add(transaction, sealed.block(), index)

    def operations(self) -> Iterator[OperationEffect]:
        """Yield every operation that acted, in the order of the chain."""
        for sealed in self.history.sealed():
            for transaction in sealed.transactions:
                action = transaction.action
                if isinstance(action, Operation) and self._inclusions[transaction.hash].receipt.acted:
                    yield _effect(transaction, action, sealed.block())

    def _execute(self, sealed: Sealed) -> None:
        block = sealed.block()
        for transaction in sealed.transactions:
            self._inclusions[transaction.hash] = Inclusion(block, self.tip.execute(transaction, block))


def _effect(transaction: Transaction, action: Operation, block: Block) -> OperationEffect:
    return OperationEffect(
        operation=action.operation,
        kind=KINDS[type(action)],
        token=action.token,
        account=transaction.account,
        recipient=None if isinstance(action, Burn) else action.recipient,
        base_amount=int(action.base_amount),
        transaction=transaction.hash,
        block=block,
    )
