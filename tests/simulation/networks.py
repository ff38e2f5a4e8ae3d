"""The chains of a run: different precisions and finality, each with its own weather."""

from dataclasses import dataclass, field
from random import Random

from schemas.canonical import digest
from tests.simulation.clockwork import Clock
from tests.simulation.watch import Watcher
from workers.chains.base import Block, Call, Fate, Feed, Guard, SignedTransaction
from workers.chains.simulated import (
    BlockProducer,
    FaultPlan,
    Faults,
    Genesis,
    Network,
    SimulatedChain,
)
from workers.core.invariants import Effect

DECIMALS = {"alpha": 18, "beta": 8, "gamma": 6}


def account_of(chain: str) -> str:
    return f"{chain}-1"


def token_of(instrument: str) -> str:
    return f"{instrument}x"


@dataclass(slots=True)
class SimulatedNetwork:
    """A network, its weather and its pace; it stands still until `next_block_at`.

    Up to the height `given_up` its blocks must stand: in one above, what a node called dead is valid no more.
    """

    network: Network
    faults: Faults
    producer: BlockProducer
    validity_blocks: int
    block_seconds: float
    next_block_at: float = 0.0
    given_up: int = 0
    entropy: Random = field(default_factory=Random)


def build(seed: str, instruments: list[str], clock: Clock, fault_rate: float) -> dict[str, SimulatedNetwork]:
    networks = {}
    for name in DECIMALS:
        random = Random(f"{seed}/chain/{name}")
        faults = Faults(random, FaultPlan.everything(fault_rate))
        network = Network(
            Genesis(
                name=name,
                accounts={account_of(name): random.randbytes(32)},
                tokens=tuple(token_of(instrument) for instrument in instruments),
                finality_depth_blocks=random.randint(1, 5),
                timestamp=clock.epoch_seconds(),
            )
        )
        networks[name] = SimulatedNetwork(
            network,
            faults,
            BlockProducer(network, faults),
            validity_blocks=random.choice((2, 5, 25)),
            block_seconds=random.choice((1.0, 2.0, 5.0)),
            entropy=Random(f"{seed}/salt/{name}"),
        )
    return networks


def effects(networks: dict[str, SimulatedNetwork]) -> list[Effect]:
    """Return every operation that acted on a canonical chain."""
    return [
        Effect(
            chain=name,
            transaction=effect.transaction,
            operation=effect.operation,
            kind=effect.kind,
            token=effect.token,
            recipient=effect.recipient,
            base_amount=effect.base_amount,
        )
        for name, each in networks.items()
        for effect in each.network.operations()
    ]


class WatchedChain:
    """A process's node on a chain; whatever it is given to broadcast must stand in a valid record."""

    def __init__(self, simulated: SimulatedNetwork, watcher: Watcher) -> None:
        self.name = simulated.network.name
        self._watcher = watcher
        self._simulated = simulated
        self._chain = SimulatedChain(
            simulated.network,
            entropy=simulated.entropy.randbytes,
            faults=simulated.faults,
            validity_blocks=simulated.validity_blocks,
        )

    def broadcast(self, data: bytes) -> None:
        transaction = digest(data)
        if transaction not in self._watcher.invariants.facts.signed:
            text = f"transaction {transaction} was sent to {self.name} before its record was valid"
            self._watcher.violate("INV-011", text)
        self._chain.broadcast(data)

    def finalized(self) -> Block:
        return self._chain.finalized()

    def sign(self, account: str, call: Call) -> SignedTransaction:
        return self._chain.sign(account, call)

    def sign_cancel(self, account: str, operation: str) -> SignedTransaction:
        return self._chain.sign_cancel(account, operation)

    def fate(self, transaction: SignedTransaction) -> Fate:
        fate = self._chain.fate(transaction)
        if fate.state == "dead":
            promised = min(transaction.valid_until, self._simulated.network.finalized().height)
            self._simulated.given_up = max(promised, self._simulated.given_up)
        return fate

    def guard(self, operation: str) -> Guard:
        return self._chain.guard(operation)

    def block(self, height: int) -> Block:
        return self._chain.block(height)

    def feed(self, account: str, token: str, *, after_height: int, blocks_max: int) -> Feed | None:
        return self._chain.feed(account, token, after_height=after_height, blocks_max=blocks_max)

    def supply(self, token: str) -> int:
        return self._chain.supply(token)
