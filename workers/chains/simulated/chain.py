"""The simulated chain as one client sees it through its node, with that node's faults."""

from collections.abc import Callable
from dataclasses import replace

from schemas import canonical
from workers.chains.base import (
    Block,
    BurnCall,
    Call,
    ChainRefused,
    ChainUnavailable,
    Fate,
    Feed,
    FeedEvent,
    Guard,
    MintCall,
    SignedTransaction,
)
from workers.chains.simulated import transactions
from workers.chains.simulated.actions import Action, Burn, Cancel, Mint, Transfer
from workers.chains.simulated.canonical_chain import Inclusion
from workers.chains.simulated.faults import Fault, Faults, no_faults
from workers.chains.simulated.network import Network

SALT_BYTES = 16


class SimulatedChain:
    """A `Chain`: several of them may share a network, each with its own node and its faults.

    `entropy(n)` returns n bytes, fresh on each call (`os.urandom`, or a seeded `Random.randbytes`).
    A transaction is includable for `validity_blocks` after the tip at which it was signed.
    """

    def __init__(
        self,
        network: Network,
        *,
        entropy: Callable[[int], bytes],
        faults: Faults | None = None,
        validity_blocks: int = 60,
    ) -> None:
        self.name = network.name
        self._network = network
        self._entropy = entropy
        self._faults = no_faults() if faults is None else faults
        self._validity_blocks = validity_blocks

    def finalized(self) -> Block:
        """Return the newest final block that this node knows."""
        self._reach()
        return self._final_view()

    def sign(self, account: str, call: Call) -> SignedTransaction:
        """Sign the call as this account, fresh on each call; nothing is sent."""
        return self._sign(account, _action(call))

    def sign_cancel(self, account: str, operation: str) -> SignedTransaction:
        """Sign the using-up of an operation id's guard without effect; nothing is sent."""
        return self._sign(account, Cancel(operation=operation))

    def broadcast(self, data: bytes) -> None:
        """Hand signed bytes to the node; what it answers is advice, and may be wrong."""
        if self._faults.happens(Fault.BROADCAST_UNAVAILABLE):
            raise ChainUnavailable("the node did not answer, and took nothing")
        if self._faults.happens(Fault.BROADCAST_LOST):
            return
        if self._faults.happens(Fault.BROADCAST_DELAYED):
            self._send_later(data)
            return
        self._network.accept(data)
        if self._faults.happens(Fault.BROADCAST_DUPLICATED):
            self._send_later(data)
        if self._faults.happens(Fault.BROADCAST_ACCEPTED_BUT_REFUSED):
            raise ChainRefused("the node said no, although it took the transaction")
        if self._faults.happens(Fault.BROADCAST_ACCEPTED_BUT_UNAVAILABLE):
            raise ChainUnavailable("the answer was lost, although the node took the transaction")

    def fate(self, transaction: SignedTransaction) -> Fate:
        """Return what became of a transaction; what is said of its end is said at finality only."""
        self._reach()
        with self._network.lock:
            final = self._final_view()
            inclusion = self._network.inclusion(transaction.hash)
            if inclusion is None:
                return self._absent(transaction, final)
            if inclusion.block.height > final.height:
                return self._not_final(inclusion)
            if inclusion.receipt.acted:
                return Fate(state="finalized", block=inclusion.block, detail=None)
            return Fate(state="reverted", block=inclusion.block, detail=inclusion.receipt.detail)

    def guard(self, operation: str) -> Guard:
        """Return the guard of an operation id as of the newest final block that this node knows."""
        self._reach()
        with self._network.lock:
            final = self._final_view()
            use = self._network.guard_use(operation)
        if use is None or use.block.height > final.height:
            return Guard(state="unused", at=final, kind=None, transaction=None, base_amount=None, block=None)
        return Guard(
            state="cancelled" if use.kind is None else "done",
            at=final,
            kind=use.kind,
            transaction=use.transaction,
            base_amount=use.base_amount,
            block=use.block,
        )

    def block(self, height: int) -> Block:
        """Return the final block at a height; `ChainUnavailable` where this node knows of none there."""
        self._reach()
        with self._network.lock:
            final = self._final_view()
            if height > final.height:
                raise ChainUnavailable(f"block {height} is not final yet on {self.name!r}")
            return self._network.block(height)

    def feed(self, account: str, token: str, *, after_height: int, blocks_max: int) -> Feed | None:
        """Return what happened to a token's units without us, in at most `blocks_max` final blocks.

        None where no block after that height is final; `ChainUnavailable` where what was told does not agree
        with the blocks, read again by their heights.
        """
        if self._faults.happens(Fault.FEED_UNAVAILABLE):
            raise ChainUnavailable("the node did not answer for its logs")
        with self._network.lock:
            final = self._final_view()
            if final.height <= after_height:
                return None
            height = min(final.height, after_height + blocks_max)
            if self._faults.happens(Fault.FEED_LAGS):
                raise ChainUnavailable(f"the node's index of logs does not reach block {height} yet")
            told = self._told(self._network.movements(token, account, after_height, height))
            for event in told:
                self._read_again(event.place.block)
            return Feed(events=told, through=self._network.block(height))

    def supply(self, token: str) -> int:
        """Return the token's supply in its smallest unit, as of the newest final block.

        `ChainRefused` where the token does not exist, `ChainUnavailable` where its making is not final yet.
        """
        self._reach()
        with self._network.lock:
            supply = self._network.supply(token)
            if supply is not None:
                return supply
            if self._network.knows(token):
                raise ChainUnavailable(f"the token {token!r} is not final yet on {self.name!r}")
            raise ChainRefused(f"the token {token!r} does not exist on {self.name!r}")

    def _reach(self) -> None:
        if self._faults.happens(Fault.READ_UNAVAILABLE):
            raise ChainUnavailable("the node did not answer")

    def _final_view(self) -> Block:
        final = self._network.finalized()
        if final.height > 0 and self._faults.happens(Fault.FINAL_VIEW_LAGS):
            behind = self._faults.random.randint(1, self._faults.plan.lag_blocks_max)
            return self._network.block(max(0, final.height - behind))
        return final

    def _told(self, events: list[FeedEvent]) -> tuple[FeedEvent, ...]:
        """Return what the node's index says of these events, which may be more than is so."""
        if events and self._faults.happens(Fault.FEED_ANSWERS_TWICE):
            events = [*events, *events]
        if events and self._faults.happens(Fault.FEED_DISAGREES):
            place = replace(events[-1].place, block=self._invented(events[-1].place.transaction))
            events = [*events[:-1], replace(events[-1], place=place)]
        return tuple(events)

    def _read_again(self, told: Block) -> None:
        if told.height > self._network.tip().height or self._network.block(told.height) != told:
            raise ChainUnavailable(f"the index tells of block {told.height} {told.hash}, which is not there")

    def _sign(self, account: str, action: Action) -> SignedTransaction:
        self._reach()
        signed = transactions.sign(
            chain=self.name,
            account=account,
            key=self._network.key(account),
            action=action,
            valid_until=self._network.tip().height + self._validity_blocks,
            salt=self._entropy(SALT_BYTES),
        )
        return SignedTransaction(hash=signed.hash, data=signed.data, valid_until=signed.valid_until)

    def _send_later(self, data: bytes) -> None:
        delay_blocks = self._faults.random.randint(1, self._faults.plan.delay_blocks_max)
        self._network.accept_later(data, self._network.tip().height + delay_blocks)

    def _absent(self, transaction: SignedTransaction, final: Block) -> Fate:
        if transaction.valid_until is not None and final.height > transaction.valid_until:
            return Fate(
                state="dead",
                block=None,
                detail=f"it was valid until block {transaction.valid_until}, which is final, and is in none",
            )
        if self._faults.happens(Fault.INCLUSION_CLAIMED):
            return Fate(state="included", block=self._invented(transaction.hash), detail=None)
        return Fate(state="unknown", block=None, detail=None)

    def _not_final(self, inclusion: Inclusion) -> Fate:
        if self._faults.happens(Fault.INCLUSION_UNSEEN):
            return Fate(state="unknown", block=None, detail=None)
        return Fate(state="included", block=inclusion.block, detail=inclusion.receipt.detail)

    def _invented(self, transaction: str) -> Block:
        tip = self._network.tip()
        invented = canonical.digest(f"{tip.hash}/{transaction}".encode())
        return Block(height=tip.height + 1, hash=invented, timestamp=tip.timestamp)


def _action(call: Call) -> Action:
    base_amount = str(call.base_amount)
    if isinstance(call, BurnCall):
        return Burn(
            operation=call.operation, token=call.token, base_amount=base_amount, deadline=call.deadline
        )
    kind = Mint if isinstance(call, MintCall) else Transfer
    return kind(
        operation=call.operation,
        token=call.token,
        recipient=call.recipient,
        base_amount=base_amount,
        deadline=call.deadline,
    )
