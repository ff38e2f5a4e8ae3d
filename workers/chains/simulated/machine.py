"""The chain as a pure state machine: each step is decided into a `Change`, and applying one never fails.

Nothing here reads a clock, draws chance or stores anything.
"""

from collections.abc import Collection, Sequence
from random import Random

from workers.chains.simulated.blocks import Quiet, Sealed
from workers.chains.simulated.canonical_chain import CanonicalChain
from workers.chains.simulated.store import Change
from workers.chains.simulated.transactions import Transaction


class Machine:
    """Canonical chain, mempool and number of reorganisations; finality lags by `finality_depth_blocks`."""

    def __init__(self, chain: CanonicalChain, finality_depth_blocks: int) -> None:
        self.chain = chain
        self.mempool: dict[str, Transaction] = {}
        self.branch = 0
        self._finality_depth_blocks = finality_depth_blocks

    def accepting(self, transaction: Transaction) -> Change:
        """Take a transaction into the mempool."""
        return self._change(added=(transaction,))

    def dropping(self, transaction: str) -> Change:
        """Forget a transaction of the mempool, where it is there."""
        return self._change(removed=(transaction,) if transaction in self.mempool else ())

    def sealing(
        self, time_milliseconds: int, include: Sequence[str] | None, *, finality_stands_still: bool
    ) -> Change:
        """Append a block, not earlier than the last one, with the named transactions or all."""
        names = tuple(self.mempool) if include is None else include
        tip = self.chain.history.tip()
        height = tip.height + 1
        sealed = Sealed(
            height=height,
            parent=tip.hash,
            time_milliseconds=max(time_milliseconds, self.chain.history.tip_milliseconds()),
            branch=self.branch,
            transactions=tuple(self.mempool[name] for name in names),
        )
        spent = dict.fromkeys((*names, *self._expired_before(height + 1)))
        return self._change(
            sealed=sealed,
            removed=tuple(spent),
            final_height=self.chain.final_height if finality_stands_still else self._final_at(height),
        )

    def may_extend(self, step_milliseconds: int) -> bool:
        """Return whether quiet blocks of this step can follow without a sealed one before them.

        Not so after a reorganisation: the same quiet blocks would come back under the same hashes.
        """
        last = self.chain.history.last
        return last.sealed.branch == self.branch and last.quiet.step_milliseconds in {0, step_milliseconds}

    def extending(self, count: int, step_milliseconds: int) -> Change:
        """Append quiet blocks, where `may_extend` says so."""
        last = self.chain.history.last
        height = last.last_height + count
        return self._change(
            quiet=Quiet(last.quiet.count + count, step_milliseconds),
            removed=self._expired_before(height + 1),
            final_height=self._final_at(height),
        )

    def reorganising(self, depth_blocks: int, lost: Collection[str], shuffled_by: Random | None) -> Change:
        """Drop the newest blocks and give their transactions back to the mempool, but for the lost.

        `ValueError` where one of the blocks is final.
        """
        height = self.chain.history.tip().height - depth_blocks
        if height < self.chain.final_height:
            raise ValueError(f"block {height + 1} is final and is never dropped")
        back = [transaction for transaction in self.chain.above(height) if transaction.hash not in lost]
        if shuffled_by is not None:
            shuffled_by.shuffle(back)
        return self._change(dropped_after=height, added=tuple(back), branch=self.branch + 1)

    def breaking(self, height: int, lost: Collection[str]) -> Change:
        """Drop the blocks above a height although they are final: what a chain promises never to do."""
        back = tuple(each for each in self.chain.above(height) if each.hash not in lost)
        final_height = min(height, self.chain.final_height)
        return self._change(
            dropped_after=height, added=back, branch=self.branch + 1, final_height=final_height
        )

    def apply(self, change: Change) -> None:
        """Make the change, which was decided on this state."""
        self.branch = change.branch
        if change.dropped_after is not None:
            self.chain.drop_after(change.dropped_after)
        if change.sealed is not None:
            self.chain.seal(change.sealed)
        if change.quiet is not None:
            self.chain.extend(change.quiet)
        for name in change.removed:
            del self.mempool[name]
        self.mempool.update((transaction.hash, transaction) for transaction in change.added)
        self.chain.finalise(change.final_height)

    def _final_at(self, tip_height: int) -> int:
        return max(self.chain.final_height, tip_height - self._finality_depth_blocks)

    def _expired_before(self, height: int) -> tuple[str, ...]:
        return tuple(name for name, waiting in self.mempool.items() if waiting.valid_until < height)

    def _change(
        self,
        *,
        dropped_after: int | None = None,
        sealed: Sealed | None = None,
        quiet: Quiet | None = None,
        removed: tuple[str, ...] = (),
        added: tuple[Transaction, ...] = (),
        final_height: int | None = None,
        branch: int | None = None,
    ) -> Change:
        return Change(
            dropped_after=dropped_after,
            sealed=sealed,
            quiet=quiet,
            removed=removed,
            added=added,
            final_height=self.chain.final_height if final_height is None else final_height,
            branch=self.branch if branch is None else branch,
        )
