"""A ledger that authorizes mints, a simulated chain, and executors of one signing account."""

from collections.abc import Callable
from random import Random
from typing import Any

from loop_words import Clock, around, record

from schemas import instants
from schemas.envelope import InboxSource, Message, decode_message
from schemas.events import (
    FinalityContradicted,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    MintRecallRequested,
    OwnerStarted,
)
from schemas.messages import CHAIN, CUSTODY, FinalitySeenContradicted
from schemas.streams import inbox_stream, ledger_book, transactions_book
from workers.authorizations import Authorizations
from workers.chains.base import ChainRefused, ChainUnavailable
from workers.chains.simulated import Faults, Genesis, Network, SimulatedChain
from workers.core.ids import mint_id
from workers.executor import Executor
from workers.log.commit import GroupCommit
from workers.log.engine import Engine, LogError
from workers.log.memory import MemoryEngine
from workers.log.rule import Chain, Valid

ACCOUNT = "sim-1"
TOKEN = "AAPLx"
DEADLINE_SECONDS = 60
FINALITY_BLOCKS = 3
BOOK = transactions_book(ACCOUNT)


class Node(SimulatedChain):
    """The simulated chain through a node that loses or misreports what a script says, and counts."""

    def __init__(self, world: "World", seed: int, faults: Faults | None, validity_blocks: int) -> None:
        super().__init__(
            world.network,
            entropy=Random(seed).randbytes,
            faults=faults,
            validity_blocks=validity_blocks,
        )
        self.world = world
        self.sent: list[bytes] = []
        self.lose = 0
        self.refuse = False
        self.unavailable = False
        self.blind = False

    def broadcast(self, data: bytes) -> None:
        assert data.hex() in self.world.recorded(), "nothing is broadcast that is not in the book"
        self.sent.append(data)
        if self.unavailable:
            raise ChainUnavailable("the script says so")
        if self.lose:
            self.lose -= 1
            return
        super().broadcast(data)
        if self.refuse:
            raise ChainRefused("the script says so, although the node took it")

    def finalized(self) -> Any:
        if self.blind:
            raise ChainUnavailable("the script says so")
        return super().finalized()


class World:
    """One authorized mint after another, and whoever works on them."""

    def __init__(self) -> None:
        self.engine = MemoryEngine()
        self.clock = Clock()
        self.start = instants.epoch_seconds(self.clock.now())
        self.network = Network(
            Genesis(
                name="sim",
                accounts={ACCOUNT: b"k" * 32, "other": b"o" * 32},
                tokens=(TOKEN,),
                finality_depth_blocks=FINALITY_BLOCKS,
                timestamp=self.start,
            )
        )
        self._ledger = Chain(ledger_book(0))
        self.append(OwnerStarted(program="test"))

    def node(self, *, seed: int = 1, faults: Faults | None = None, validity_blocks: int = 10) -> Node:
        return Node(self, seed, faults, validity_blocks)

    def executor(self, node: Node, name: str = "one", engine: Engine | None = None, **changes: Any) -> "Hand":
        return Hand(self, node, name, engine or self.engine, changes)

    def authorize(self, number: int = 1, *, deadline_seconds: int = DEADLINE_SECONDS) -> MintAuthorized:
        facts = {"issuance": f"{number:064x}", "part": 1, "attempt": 1, "chain": "sim"}
        facts |= {"token": TOKEN, "recipient": "0xabc", "units": f"{number}.5"}
        event = MintAuthorized(
            **facts,  # type: ignore[arg-type]
            mint=mint_id(**facts),  # type: ignore[arg-type]
            instrument="AAPL",
            decimals=18,
            multiplier="1",
            lots=("a" * 64,),
            shares_in=f"{number}.5",
            account=ACCOUNT,
            deadline=instants.plus(self.clock.now(), deadline_seconds),
        )
        self.append(event)
        return event

    def fail(self, mint: MintAuthorized) -> None:
        """Let the ledger decide that the mint failed, so that nothing of it is owed any more."""
        self.append(
            MintFailed(
                mint=mint.mint,
                issuance=mint.issuance,
                instrument="AAPL",
                proof="deadline_passed",
                block_height=1,
                block_hash="0x",
            )
        )

    def recall(self, mint: MintAuthorized) -> None:
        """Let the ledger ask the mint back."""
        self.append(
            MintRecallRequested(mint=mint.mint, issuance=mint.issuance, instrument="AAPL", cause="hold")
        )

    def finalize(self, mint: MintAuthorized, seen: Any = None) -> None:
        """Let the ledger decide that the mint is final, as its account says last or said then."""
        seen = seen or self.events("operation_confirmed")[-1]
        self.append(
            MintFinalized(
                mint=mint.mint,
                issuance=mint.issuance,
                instrument="AAPL",
                chain="sim",
                units=seen.units,
                transaction=seen.transaction,
                block_height=seen.block_height,
                block_hash=seen.block_hash,
            )
        )

    def contradict(self, mint: MintAuthorized) -> None:
        """Let the ledger decide that the mint's finality did not hold, as its account reports last."""
        report = self.reports()[-1].body
        assert isinstance(report, FinalitySeenContradicted)
        self.append(
            FinalityContradicted(
                mint=mint.mint,
                issuance=mint.issuance,
                instrument="AAPL",
                chain="sim",
                units=mint.units,
                transaction=report.transaction,
                block_height=report.block_height,
                block_hash=report.block_hash,
                hash_now=report.hash_now,
                account_seq=report.record.seq,
            )
        )

    def append(self, event: Any) -> None:
        offset = self._ledger.next_offset(CUSTODY, 0)
        source = InboxSource(topic=CUSTODY, partition=0, offset=offset, sha256="c" * 64)
        is_start = isinstance(event, OwnerStarted)
        data = record(self._ledger, event, source=None if is_start else source)
        assert isinstance(self._ledger.advance(data), Valid)
        self.engine.append({self._ledger.book: [data]})

    def block(self, seconds: int = 1, **options: Any) -> None:
        self.clock.seconds += seconds
        self.network.produce_block(self.start + int(self.clock.seconds), **options)

    def events(self, *names: str) -> list[Any]:
        """Return the events of the account's book, of these types or all."""
        chain = Chain(BOOK)
        found = [chain.advance(entry.value) for entry in self.engine.read(BOOK, 0, 10**6)]
        events = [event for each in found if isinstance(each, Valid) for event in each.events]
        return [event for event in events if not names or event.type in names]

    def recorded(self) -> set[str]:
        return {event.data for event in self.events("transaction_signed")}

    def reports(self) -> list[Message]:
        entries = self.engine.read(inbox_stream(CHAIN, 0), 0, 10**6)
        return [decode_message(entry.value) for entry in entries]


class Hand:
    """One executor in a process of its own, which can die at any moment."""

    def __init__(self, world: World, node: Node, name: str, engine: Engine, changes: dict[str, Any]) -> None:
        self.engine = engine
        self.node = node
        self.authorizations = Authorizations(engine, 1)
        self.executor = Executor(
            engine, ACCOUNT, node, self.authorizations, around(world.clock, name, **changes), poll_seconds=0.0
        )

    def round(self) -> None:
        commit = GroupCommit()
        self.authorizations.advance()
        self.executor.advance(commit)
        try:
            commit.flush(self.engine)
        except LogError:
            assert not self.executor.runner.owning

    def rounds(self, world: World, count: int, **options: Any) -> None:
        for _ in range(count):
            self.round()
            world.block(**options)


def closed(world: World, mint: MintAuthorized) -> Callable[[], bool]:
    return lambda: any(
        event.operation == mint.mint for event in world.events("operation_confirmed", "operation_closed")
    )
