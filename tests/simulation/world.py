"""The world of one run: log, chains, processes, and the means that everybody in it has."""

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from schemas.envelope import Message, Reader, encode_message
from schemas.events.operations import AUTHORIZES
from schemas.messages import BODIES, Body
from schemas.registry import Event
from schemas.streams import inbox_stream, is_ledger, ledger_book, partition_of, transactions_book
from tests.simulation.clockwork import Clock
from tests.simulation.coverage import Coverage
from tests.simulation.networks import DECIMALS, account_of, build
from tests.simulation.processes import Process, books
from tests.simulation.watch import WatchedEngine, Watcher
from workers.core.invariants.facts import Facts, HouseFacts, InstrumentFacts
from workers.log.engine import LogError
from workers.log.faults import PerMille
from workers.log.faulty import FaultyEngine, FaultyLog
from workers.snapshot_writing import write_snapshots

ISINS = {
    "AAPL": "US0378331005",
    "MSFT": "US5949181045",
    "NVDA": "US67066G1040",
    "TSLA": "US88160R1014",
    "AMZN": "US0231351067",
}
MULTIPLIERS = ("1", "1", "1.037", "3", "0.333333333333333333", "0.05", "1.000000000000000001")
PROCESSES = ("north", "south", "west")


@dataclass(slots=True)
class Setting:
    """What a seed decides once, for the whole run.

    Where it `is_restricted`, wide holds, limits, collateral rules and new multipliers stop much else.
    """

    partitions: int
    multipliers: dict[str, str]
    chain_fault_rate: float
    faults_per_mille: dict[str, PerMille]
    is_restricted: bool
    breaks_finality: str | None


def setting_of(seed: str) -> Setting:
    random = Random(f"{seed}/setting")
    heavy = random.choice((0, 4, 10, 20))
    light = heavy // 2
    book = PerMille(
        refused=light, lost=light, unanswered=light, torn=heavy, delayed=heavy, duplicated=heavy,
        reordered=heavy, hole=light,
    )  # fmt: skip
    return Setting(
        partitions=random.choice((2, 3)),
        multipliers={name: random.choice(MULTIPLIERS) for name in ISINS},
        chain_fault_rate=random.choice((0.0, 0.02, 0.05, 0.1)),
        faults_per_mille={"ledger": book, "transactions": book, "inbox": book},
        is_restricted=random.random() < 0.6,
        breaks_finality=random.choice((None, None, *DECIMALS)),
    )


class World:
    """One run. `facts` is what a careful reader of the log knows: senders and operators act on it."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.setting = setting_of(seed)
        self.clock = Clock()
        self.coverage = Coverage()
        self.engine = WatchedEngine()
        self.log = FaultyLog(self.engine, Random(f"{seed}/log"), self.setting.faults_per_mille)
        self.watcher = Watcher(self.engine, self.coverage)
        self.networks = build(seed, list(ISINS), self.clock, self.setting.chain_fault_rate)
        self.books = books(self.setting.partitions, list(DECIMALS))
        self.outbox: deque[tuple[str, str, list[bytes]]] = deque()
        self.memory: dict[str, list[Any]] = {}
        self.folder = TemporaryDirectory(prefix="tallystick-simulation-")
        self.snapshots = Path(self.folder.name)
        self._senders: dict[str, FaultyEngine] = {}
        self._lives: dict[str, int] = dict.fromkeys(PROCESSES, 0)
        random = Random(f"{seed}/membership")
        self.owners = {book: random.choice(PROCESSES) for book in self.books}
        self.processes = {name: self._begin(name) for name in PROCESSES}
        self.authorized: list[tuple[str, str]] = []
        self.dead: list[tuple[str, str]] = []
        self.acts: dict[str, bytes] = {}
        self.chain_of = {transactions_book(account_of(chain)): chain for chain in DECIMALS}
        self.watcher.truth = self._hold_to_the_chain
        self.watcher.zombie = lambda book, owner: owner.partition(".")[0] != self.owners.get(book)

    @property
    def facts(self) -> Facts:
        return self.watcher.invariants.facts

    @property
    def instruments(self) -> dict[str, InstrumentFacts]:
        return self.facts.instruments

    def rules_of(self, instrument: str) -> HouseFacts:
        """Return the house rules that an instrument's book applied."""
        return self.facts.books[ledger_book(self.partition(instrument))].rules

    def restart(self, name: str) -> None:
        """End a process without a word, and begin another in its place."""
        self._account(self.processes[name])
        self._lives[name] += 1
        if any(self.snapshots.iterdir()):
            self.coverage.happened("began at a snapshot")
        self.processes[name] = self._begin(name)

    def write_snapshots(self) -> None:
        """Let a reader who owns nothing write where processes begin to read from now on."""
        write_snapshots(self.engine, self.snapshots)

    def account_for_all(self) -> None:
        """Count what the processes and the faults did."""
        for process in self.processes.values():
            self._account(process)
        for fault, times in self.log.faults.items():
            row = {"landed": "late batch landed", "dropped": "late batch dropped"}.get(fault)
            self.coverage.happened(row or f"log fault {fault}", times)
        for network in self.networks.values():
            for fault, times in network.faults.counts.items():
                self.coverage.happened(f"chain fault {fault}", times)

    def partition(self, instrument: str | None) -> int:
        return 0 if instrument is None else partition_of(instrument, self.setting.partitions)

    def message(
        self,
        kind: str,
        sender: str,
        instrument: str | None,
        body: Body,
        *,
        reader: Reader | None = None,
        received_at: str | None = None,
    ) -> bytes:
        return encode_message(
            Message(
                type=kind,
                received_at=received_at or self.clock.now(),
                sender=sender,
                instrument=instrument,
                evidence=None,
                reader=reader,
                body=body,
            )
        )

    def send(self, kind: str, sender: str, instrument: str | None, body: Body, **more: Any) -> None:
        """Send one message where it belongs."""
        data = self.message(kind, sender, instrument, body, **more)
        self.append(sender, inbox_stream(BODIES[kind][1], self.partition(instrument)), [data])

    def append(self, sender: str, stream: str, values: list[bytes]) -> None:
        """Append to an inbox; who gets no answer, or a bad one, sends the same again later."""
        engine = self._senders.setdefault(sender, self.log.client(f"sender.{sender}"))
        try:
            engine.append({stream: values})
        except LogError:
            self.outbox.append((sender, stream, values))

    def resend(self) -> None:
        """Send again what was not answered."""
        if self.outbox:
            self.coverage.happened("message sent again")
            self.append(*self.outbox.popleft())

    def _begin(self, name: str) -> Process:
        return Process(
            name,
            self._lives[name],
            log=self.log,
            networks=self.networks,
            watcher=self.watcher,
            clock=self.clock,
            partitions=self.setting.partitions,
            view={book for book, owner in self.owners.items() if owner == name},
            random=Random(f"{self.seed}/process/{name}/{self._lives[name]}"),
            snapshots=self.snapshots,
        )

    def _account(self, process: Process) -> None:
        counts = process.counts()
        self.coverage.happened("takeover", counts.takeovers)
        self.coverage.happened("doubt", counts.doubts)

    def broken(self) -> str | None:
        """Return what the ledger calls final in a block that is not there any more."""
        for operation, (chain, transaction, _) in self.facts.finalized.items():
            inclusion = self.networks[chain].network.inclusion(transaction)
            known = self.facts.books[transactions_book(account_of(chain))].taken[operation].confirmed
            if inclusion is None or known is None or inclusion.block.hash != known.block_hash:
                return f"operation {operation}"
        for book, chain in self.chain_of.items():
            for operation, taken in self.facts.books[book].taken.items():
                proof = taken.proof
                if proof is None or proof.block_height is None:
                    continue
                if self.networks[chain].network.block(proof.block_height).hash != proof.block_hash:
                    return f"closed operation {operation}"
            for sighting, told in self.facts.books[book].sighted.items():
                if self.networks[chain].network.block(told.block_height).hash != told.block_hash:
                    return f"sighting {sighting}"
        return None

    def _is_gone(self, book: str, event: Any) -> bool:
        """Return whether the block that an account saw final was dropped before its record was valid."""
        network = self.networks[self.chain_of[book]].network
        is_there = event.block_height <= network.tip().height
        hash_now = network.block(event.block_height).hash if is_there else None
        breaks = self.chain_of[book] == self.setting.breaks_finality
        return breaks and hash_now != event.block_hash

    def _hold_to_the_chain(self, book: str, seq: int, event: Event) -> None:
        """Hold a signing account's last words to what its chain has at finality."""
        kind = event.type
        if type(event) in AUTHORIZES:
            self.authorized.append((event.instrument, getattr(event, AUTHORIZES[type(event)])))
        if kind == "transaction_dead":
            self.dead.append((self.chain_of[book], event.transaction))
        if kind == "transaction_signed" and event.purpose == "act":
            self.acts[event.operation] = bytes.fromhex(event.data)
        if kind in ("units_burned", "units_received", "units_bridged_out"):
            self.memory.setdefault("sightings", []).append((event.token.removesuffix("x"), event))
        if is_ledger(book) or kind not in ("operation_confirmed", "operation_closed"):
            return
        use = self.networks[self.chain_of[book]].network.guard_use(event.operation)
        if event.block_height is not None and self._is_gone(book, event):
            return
        if kind == "operation_confirmed":
            is_so = use is not None and (use.kind, use.transaction) == (event.kind, event.transaction)
        else:
            is_so = use is None or use.kind is None
        if not is_so:
            self.watcher.violate(
                "INV-011", f"{kind} of {event.operation}, final is {use}", book=book, seq=seq
            )
