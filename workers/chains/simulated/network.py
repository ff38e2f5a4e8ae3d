"""The simulated network: one mempool, one canonical chain, and finality that lags behind its tip.

Every step is decided into a `Change`, stored, and then applied; what was stored is applied the same way again
when the chain is opened. Nothing here reads a clock or chance: both come from the caller.
"""

import contextlib
from collections.abc import Collection, Sequence
from random import Random

from schemas import canonical
from workers.chains.base import Block, ChainRefused
from workers.chains.simulated import transactions
from workers.chains.simulated.actions import Deploy
from workers.chains.simulated.opening import Genesis, opened
from workers.chains.simulated.reading import NetworkReading
from workers.chains.simulated.store import Change, Store
from workers.chains.simulated.transactions import Transaction


class Network(NetworkReading):
    """One chain. Threads may share it."""

    def __init__(self, genesis: Genesis, store: Store | None = None) -> None:
        super().__init__(genesis.name, opened(genesis, store))
        self._accounts = dict(genesis.accounts)
        self._store = store
        self._in_flight: list[tuple[int, bytes]] = []
        for token in genesis.tokens:
            self.deploy(token)

    def key(self, account: str) -> bytes:
        """Return an account's signing key; `ChainRefused` where the account is not known."""
        key = self._accounts.get(account)
        if key is None:
            raise ChainRefused(f"the account {account!r} is not known on {self.name!r}")
        return key

    def accept(self, data: bytes) -> None:
        """Take signed bytes into the mempool; harmless where they are there or on the chain already.

        `ChainRefused` where they are no transaction of who they say, or are past their height.
        """
        transaction = transactions.admit(data, chain=self.name, keys=self._accounts)
        with self.lock:
            chain = self._machine.chain
            if transaction.hash in self._machine.mempool or chain.inclusion(transaction.hash):
                return
            transactions.refuse_expired(transaction, chain.history.tip().height + 1)
            self._commit(self._machine.accepting(transaction))

    def idle(self) -> bool:
        """Return whether nothing waits for a block, and nothing in a block for finality."""
        with self.lock:
            return not self._in_flight and not self._machine.mempool and self._machine.chain.settled()

    def accept_later(self, data: bytes, height: int) -> None:
        """Let bytes arrive after the chain has reached this height; a process that ends loses them."""
        with self.lock:
            self._in_flight.append((height, data))

    def deploy(self, token: str) -> None:
        """Have a token made by the next block, where it does not exist yet."""
        with self.lock:
            if not self.knows(token):
                self.accept(self._deployment(token).data)

    def drop(self, transaction: str) -> None:
        """Forget a transaction of the mempool, as nodes do under load."""
        with self.lock:
            self._commit(self._machine.dropping(transaction))

    def produce_block(
        self, timestamp: int, *, include: Sequence[str] | None = None, finality_stands_still: bool = False
    ) -> Block:
        """Append a block at this time (seconds), or at the last block's where that is later.

        `include` names transactions of the mempool in the order of execution; None means all, by arrival.
        """
        return self.produce_block_at(
            timestamp * 1000, include=include, finality_stands_still=finality_stands_still
        )

    def produce_block_at(
        self,
        time_milliseconds: int,
        *,
        include: Sequence[str] | None = None,
        finality_stands_still: bool = False,
    ) -> Block:
        """Append a block as `produce_block` does, at a time in milliseconds."""
        with self.lock:
            self._arrive()
            self._commit(
                self._machine.sealing(time_milliseconds, include, finality_stands_still=finality_stands_still)
            )
            return self.tip()

    def pass_quietly(self, count: int, step_milliseconds: int) -> None:
        """Append so many blocks without transactions, each a step after the last, at the cost of one."""
        with self.lock:
            self._arrive()
            if count > 0 and not self._machine.may_extend(step_milliseconds):
                self.produce_block_at(self.tip_milliseconds() + step_milliseconds, include=())
                count -= 1
            if count > 0:
                self._commit(self._machine.extending(count, step_milliseconds))

    def reorg(
        self, depth_blocks: int, *, lost: Collection[str] = (), shuffled_by: Random | None = None
    ) -> None:
        """Drop the newest blocks, none of them final (`ValueError`); the next block starts another branch.

        Their transactions go back to the mempool, in their order or shuffled, but for the `lost`.
        """
        with self.lock:
            self._commit(self._machine.reorganising(depth_blocks, lost, shuffled_by))

    def break_finality(self, height: int, *, lost: Collection[str] = ()) -> None:
        """Drop every block above a height, also final ones, as no chain should; other blocks follow."""
        with self.lock:
            self._commit(self._machine.breaking(height, lost))

    def close(self) -> None:
        """Release the store; nothing can be changed afterwards."""
        with self.lock:
            if self._store is not None:
                self._store.close()

    def _arrive(self) -> None:
        height = self.tip().height
        due = [data for at, data in self._in_flight if at <= height]
        self._in_flight = [(at, data) for at, data in self._in_flight if at > height]
        for data in due:
            # What arrives too late, or again, is refused like any other broadcast, and nobody hears it.
            with contextlib.suppress(ChainRefused):
                self.accept(data)

    def _deployment(self, token: str) -> Transaction:
        account, key = next(iter(self._accounts.items()))
        return transactions.sign(
            chain=self.name,
            account=account,
            key=key,
            action=Deploy(token=token),
            valid_until=canonical.INTEGER_MAX,
            salt=b"",
        )

    def _commit(self, change: Change) -> None:
        # Stored first: what was answered, or seen by anybody, is never lost with the process.
        if self._store is not None:
            self._store.write(change)
        self._machine.apply(change)
