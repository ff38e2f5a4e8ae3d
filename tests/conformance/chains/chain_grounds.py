"""The ground that a chain stands on in its conformance tests: what a test does to the chain besides using it.

A chain of another kind takes part by one more `Ground`, listed in `conftest.py`. What its network cannot do
(drop blocks, say) raises `CannotBeDone`, and the test is skipped.
"""

import contextlib
import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from workers.chains.base import Chain, ChainError, Feed, MintCall, SignedTransaction
from workers.chains.simulated import (
    Genesis,
    Holder,
    Network,
    RemoteChain,
    Served,
    SimulatedChain,
    SqliteStore,
    served,
)


class CannotBeDone(Exception):  # noqa: N818
    """This kind of network has no such thing."""


class Ground(Protocol):
    """One network with two signing accounts that may mint one token, and a wallet that is a holder's.

    `address` is where `account` holds tokens.
    """

    account: str
    other_account: str
    address: str
    token: str
    unknown_token: str
    recipient: str

    def chain(self) -> Chain:
        """A new client of the network."""

    def now(self) -> int:
        """The newest block's time in seconds."""

    def produce_block(self) -> None:
        """The next block, with all that waits."""

    def pass_time(self, seconds: int) -> None:
        """So much time on the chain, and a block at its end."""

    def finalise(self) -> None:
        """Blocks until all that is included now is final, and one that follows."""

    def reorg(self, depth_blocks: int, *, lose: bool = False) -> None:
        """Drop blocks; their transactions wait again, or are lost."""

    def holder_sends(self, to: str, base_amount: int) -> str:
        """Let the recipient send of what they hold; return the transaction's hash."""

    def holder_burns(self, base_amount: int) -> str:
        """Let the recipient burn of what they hold; return the transaction's hash."""

    def holder_bridges_out(self, base_amount: int, destination: str, recipient: str) -> str:
        """Let the recipient burn for units on another chain; return the transaction's hash."""

    def expire(self, transaction: SignedTransaction) -> None:
        """Bring finality past the last block that may include the transaction."""


class SimulatedGround:
    """The simulated chain, in memory or in a file."""

    account = "minter-1"
    other_account = "minter-2"
    address = "minter-1"
    token = "TSLAx"
    unknown_token = "NOTHINGx"
    recipient = "wallet-1"

    def __init__(self, file: Path | None) -> None:
        genesis = Genesis(
            name="simulated",
            accounts={self.account: b"the key of minter-1", self.other_account: b"the key of minter-2"},
            tokens=(self.token,),
            finality_depth_blocks=4,
            timestamp=1_800_000_000,
        )
        self.network = Network(genesis, None if file is None else SqliteStore(file))
        self._entropy = random.Random(7).randbytes
        self._holder = Holder(self.network, self.recipient, entropy=self._entropy)

    def chain(self) -> Chain:
        return SimulatedChain(self.network, entropy=self._entropy, validity_blocks=12)

    def now(self) -> int:
        return self.network.tip().timestamp

    def produce_block(self) -> None:
        self.network.produce_block(self.now() + 2)

    def pass_time(self, seconds: int) -> None:
        self.network.produce_block(self.now() + seconds)

    def finalise(self) -> None:
        for _ in range(5):
            self.produce_block()

    def reorg(self, depth_blocks: int, *, lose: bool = False) -> None:
        self.network.reorg(depth_blocks, lost=self.network.newest(depth_blocks) if lose else ())

    def holder_sends(self, to: str, base_amount: int) -> str:
        return self._holder.send(self.token, to, base_amount)

    def holder_burns(self, base_amount: int) -> str:
        return self._holder.burn(self.token, base_amount)

    def holder_bridges_out(self, base_amount: int, destination: str, recipient: str) -> str:
        return self._holder.bridge_out(self.token, base_amount, destination=destination, recipient=recipient)

    def expire(self, transaction: SignedTransaction) -> None:
        if transaction.valid_until is None:
            raise CannotBeDone("the transaction does not expire")
        while self.network.finalized().height <= transaction.valid_until:
            self.produce_block()


GroundMaker = Callable[[Path], contextlib.AbstractContextManager[Ground]]


@contextlib.contextmanager
def simulated_in_memory(_: Path) -> Iterator[Ground]:
    yield SimulatedGround(None)


@contextlib.contextmanager
def simulated_in_a_file(folder: Path) -> Iterator[Ground]:
    ground = SimulatedGround(folder / "chain.sqlite")
    yield ground
    ground.network.close()


class RemoteGround(SimulatedGround):
    """The simulated chain in memory, reached through its node."""

    def __init__(self, port: list[int]) -> None:
        super().__init__(None)
        self._port = port
        self.clients: list[RemoteChain] = []

    def here(self) -> Served:
        return Served(super().chain(), self.network.deploy)

    def chain(self) -> Chain:
        self.clients.append(RemoteChain("simulated", f"http://127.0.0.1:{self._port[0]}"))
        return self.clients[-1]


@contextlib.contextmanager
def simulated_behind_its_node(_: Path) -> Iterator[Ground]:
    port: list[int] = []
    ground = RemoteGround(port)
    with served({"simulated": ground.here()}, "127.0.0.1", 0) as bound:
        port.append(bound)
        yield ground
        for client in ground.clients:
            client.close()


GROUNDS: dict[str, GroundMaker] = {
    "simulated_behind_its_node": simulated_behind_its_node,
    "simulated_in_memory": simulated_in_memory,
    "simulated_in_a_file": simulated_in_a_file,
}


def send(chain: Chain, transaction: SignedTransaction) -> None:
    """Broadcast as an executor does: what the node answers decides nothing."""
    with contextlib.suppress(ChainError):
        chain.broadcast(transaction.data)


def call(ground: Ground, mint: str, base_amount: int = 1_000, *, deadline: int | None = None) -> MintCall:
    return MintCall(
        operation=mint,
        token=ground.token,
        recipient=ground.recipient,
        base_amount=base_amount,
        deadline=ground.now() + 86_400 if deadline is None else deadline,
    )


def mint_to(ground: Ground, chain: Chain, recipient: str, base_amount: int) -> None:
    """Let a holder, or the account itself, have so much, and let it be final."""
    operation = hashlib.sha256(f"{recipient} has {base_amount} at {ground.now()}".encode()).hexdigest()
    minting = replace(call(ground, operation, base_amount), recipient=recipient)
    send(chain, chain.sign(ground.account, minting))
    ground.finalise()


def feed(ground: Ground, chain: Chain, *, after_height: int = 0, blocks_max: int = 10_000) -> Feed:
    found = chain.feed(ground.account, ground.token, after_height=after_height, blocks_max=blocks_max)
    assert found is not None, "there are final blocks"
    return found
