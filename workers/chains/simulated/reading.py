"""What can be read of the simulated network; blocks at heights, transactions, and the state at finality."""

import threading

from workers.chains.base import Block, FeedEvent
from workers.chains.simulated.canonical_chain import Inclusion, OperationEffect
from workers.chains.simulated.machine import Machine
from workers.chains.simulated.state import Use


class NetworkReading:
    """The reading half of a network; hold `lock` over several reads that must agree."""

    def __init__(self, name: str, machine: Machine) -> None:
        self.name = name
        self.lock = threading.RLock()
        self._machine = machine

    def tip(self) -> Block:
        """Return the newest block, which a reorganisation may drop."""
        with self.lock:
            return self._machine.chain.history.tip()

    def tip_milliseconds(self) -> int:
        """Return the newest block's time."""
        with self.lock:
            return self._machine.chain.history.tip_milliseconds()

    def finalized(self) -> Block:
        """Return the newest final block."""
        with self.lock:
            return self.block(self._machine.chain.final_height)

    def block(self, height: int) -> Block:
        """Return the canonical block at a height from 0 to the tip's."""
        with self.lock:
            return self._machine.chain.history.block(height)

    def inclusion(self, transaction: str) -> Inclusion | None:
        """Return where a transaction is on the canonical chain, final or not."""
        with self.lock:
            return self._machine.chain.inclusion(transaction)

    def guard_use(self, operation: str) -> Use | None:
        """Return what used an operation id up, at finality."""
        with self.lock:
            return self._machine.chain.final.guards.get(operation)

    def supply(self, token: str) -> int | None:
        """Return a token's supply in its smallest unit at finality, or None where it does not exist there."""
        with self.lock:
            return self._machine.chain.final.supplies.get(token)

    def balance(self, token: str, recipient: str) -> int:
        """Return what a recipient holds of a token, in its smallest unit, at finality."""
        with self.lock:
            return self._machine.chain.final.balances.get((token, recipient), 0)

    def movements(self, token: str, account: str, after_height: int, through_height: int) -> list[FeedEvent]:
        """Return what an account is told of a token's units, in the final blocks between two heights."""
        with self.lock:
            return self._machine.chain.movements.read(token, account, after_height, through_height)

    def knows(self, token: str) -> bool:
        """Return whether a token exists at the tip."""
        with self.lock:
            return token in self._machine.chain.tip.supplies

    def mempool(self) -> tuple[str, ...]:
        """Return the hashes of what waits for a block, in order of arrival."""
        with self.lock:
            return tuple(self._machine.mempool)

    def operations(self) -> list[OperationEffect]:
        """Return every operation that acted on the canonical chain: the truth that logs are held to."""
        with self.lock:
            return list(self._machine.chain.operations())

    def above(self, height: int) -> list[str]:
        """Return the hashes of the transactions in the blocks above a height, also in final ones."""
        with self.lock:
            return [transaction.hash for transaction in self._machine.chain.above(height)]

    def newest(self, depth_blocks: int) -> list[str]:
        """Return the hashes of the transactions in the newest blocks that are not final."""
        with self.lock:
            height = max(self.tip().height - depth_blocks, self._machine.chain.final_height)
            return [transaction.hash for transaction in self._machine.chain.above(height)]
