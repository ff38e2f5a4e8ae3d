"""A simulated network, its clients and its calls, for the tests of this folder."""

import random
from dataclasses import dataclass
from pathlib import Path

from workers.chains.base import ChainError, MintCall, SignedTransaction
from workers.chains.simulated import (
    BlockProducer,
    FaultPlan,
    Faults,
    Genesis,
    Holder,
    Network,
    SimulatedChain,
    SqliteStore,
)

NOON = 1_800_000_000
DEPTH_BLOCKS = 4


def genesis(*tokens: str, name: str = "simulated") -> Genesis:
    return Genesis(
        name=name,
        accounts={"minter-1": b"key 1", "minter-2": b"key 2"},
        tokens=tokens or ("TSLAx", "AAPLx"),
        finality_depth_blocks=DEPTH_BLOCKS,
        timestamp=NOON,
    )


def in_memory() -> Network:
    return Network(genesis())


def in_file(file: Path) -> Network:
    return Network(genesis(), SqliteStore(file))


def client(
    network: Network, *, seed: int = 1, faults: Faults | None = None, validity_blocks: int = 12
) -> SimulatedChain:
    entropy = random.Random(seed).randbytes
    return SimulatedChain(network, entropy=entropy, faults=faults, validity_blocks=validity_blocks)


def call(
    mint: str, base_amount: int = 1_000, *, deadline: int = NOON + 86_400, token: str = "TSLAx"
) -> MintCall:
    return MintCall(
        operation=mint, token=token, recipient="wallet-1", base_amount=base_amount, deadline=deadline
    )


def blocks(network: Network, count: int) -> None:
    for _ in range(count):
        network.produce_block(network.tip().timestamp + 2)


@dataclass
class Storm:
    """A client that minted and read its feed in bad weather, and all that it signed."""

    chain: SimulatedChain
    faults: Faults
    sent: list[SignedTransaction]


def storm(network: Network, seed: int, *, blocks_count: int = 300) -> Storm:
    faults = Faults(random.Random(seed), FaultPlan.everything(0.2))
    run = Storm(client(network, seed=seed, faults=faults), faults, [])
    producer = BlockProducer(network, faults)
    holder = Holder(network, "wallet-1", entropy=random.Random(seed + 2).randbytes)
    chance = random.Random(seed + 1)
    for second in range(blocks_count):
        _attempt(run, f"mint {chance.randrange(60)}", chance)
        holder.send("TSLAx", "minter-1", 1)
        producer.produce_block(NOON + second)
    return run


def _attempt(run: Storm, mint: str, chance: random.Random) -> None:
    try:
        for transaction in chance.sample(run.sent, min(3, len(run.sent))):
            run.chain.fate(transaction)
        run.chain.guard(mint)
        run.chain.feed("minter-1", "TSLAx", after_height=0, blocks_max=1_000)
        run.sent.append(run.chain.sign("minter-1", call(mint)))
        run.chain.broadcast(run.sent[-1].data)
    except ChainError:
        return
