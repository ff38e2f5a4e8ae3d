"""A day at a small issuer, played through the real loop on a real log, for the tests of this folder."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from schemas import instants
from schemas.canonical import digest, encode
from schemas.confirmation import Confirmation, Security
from schemas.envelope import Evidence, Message, Reader, encode_message
from schemas.house import (
    Alias,
    AssignLot,
    CreateLog,
    Operator,
    Policy,
    RegisterClient,
    RegisterCustodyAccount,
    RegisterInstrument,
    RegisterWallet,
    Token,
)
from schemas.messages import (
    CUSTODY,
    OPERATOR,
    REQUESTS,
    Genesis,
    IssuanceRequested,
    OrderConfirmed,
    OrderProposed,
)
from schemas.streams import inbox_stream, ledger_book, partition_of
from workers.authorizations import Authorizations
from workers.chains.simulated import Genesis as ChainGenesis
from workers.chains.simulated import Network, SimulatedChain
from workers.core.ledger.state import State
from workers.executor import Executor
from workers.log.commit import GroupCommit
from workers.log.engine import Engine
from workers.runner import Surroundings
from workers.settlement import Settlement

MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
PARTITIONS = 2
INSTRUMENTS = ("AAPL", "TSLA", "NVDA")
ISINS = {"AAPL": "US0378331005", "TSLA": "US88160R1014", "NVDA": "US67066G1040"}
PROFILE = b'{"servicer": "CHASUS33"}'
POLICY = Policy(
    rules_version=1,
    largest_time_jump_seconds=86_400,
    issuance_expiry_seconds=5 * 86_400,
    mint_deadline_seconds=600,
    mint_attempts_max=3,
    events_per_decision_max=50,
)
CONFIRMATION = Confirmation(
    kind="settlement_confirmed",
    servicer="CHASUS33",
    account="CUSTODY-1",
    movement="receive",
    payment="free",
    security=Security(scheme="ISIN", id="US0378331005"),
    quantity="1",
    previously_settled=None,
    remaining=None,
    partial=None,
    settled_on="2026-11-23",
    trade_date="2026-11-20",
    message_id=None,
    servicer_transaction_id=None,
    owner_transaction_id=None,
    market_transaction_id=None,
    previous_confirmation_id=None,
    transaction_type="TRAD",
    deal_reference=None,
    references=(),
    amount=None,
    counterparty="MSNYUS33",
    place_of_settlement="DTCYUS33",
    safekeeping_place=None,
    event_id=None,
    event_type=None,
    copy=False,
    possible_duplicate=False,
)


@dataclass
class Day:
    """One process: gateway, settlement of every partition, one executor on a simulated chain."""

    engine: Engine
    seconds: int = 0
    numbers: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        start = int(MORNING.timestamp())
        self.network = Network(
            ChainGenesis(
                name="simulated",
                accounts={"minter-1": b"k" * 32},
                tokens=tuple(f"{instrument}x" for instrument in INSTRUMENTS),
                finality_depth_blocks=3,
                timestamp=start,
            )
        )
        self.begin()

    def begin(self, prefix: str = "owner") -> None:
        """Start the owners of every book, as a new process does."""
        around = Surroundings(
            now=self.now,
            monotonic=lambda: float(self.seconds),
            new_owner=lambda: f"{prefix}-{next(self.numbers)}",
            pause=lambda: 0.0,
        )
        entropy = random.Random(next(self.numbers)).randbytes
        self.settlements = [Settlement(self.engine, each, around) for each in range(PARTITIONS)]
        self.authorizations = Authorizations(self.engine, PARTITIONS)
        self.executor = Executor(
            self.engine,
            "minter-1",
            SimulatedChain(self.network, entropy=entropy),
            self.authorizations,
            around,
        )

    def now(self) -> str:
        return instants.text(MORNING + timedelta(seconds=self.seconds))

    def rounds(self, number: int) -> None:
        for _ in range(number):
            commit = GroupCommit()
            for settlement in self.settlements:
                settlement.advance(commit)
            self.authorizations.advance()
            self.executor.advance(commit)
            commit.flush(self.engine)
            self.seconds += 1
            self.network.produce_block(int(MORNING.timestamp()) + self.seconds)

    def put(self, topic: str, kind: str, instrument: str | None, body: Any, **fields: Any) -> None:
        message = Message(
            type=kind,
            received_at=self.now(),
            sender=fields.pop("sender", "gateway"),
            instrument=instrument,
            evidence=fields.pop("evidence", None),
            reader=fields.pop("reader", None),
            body=body,
        )
        partition = 0 if instrument is None else partition_of(instrument, PARTITIONS)
        self.engine.append({inbox_stream(topic, partition): [encode_message(message)]})

    def order(self, order: Any, instrument: str | None = None) -> None:
        name = f"order-{next(self.numbers)}"
        self.put(
            OPERATOR,
            "order_proposed",
            instrument,
            OrderProposed(operator="alice", order_id=name, order=order),
        )
        self.put(
            OPERATOR,
            "order_confirmed",
            instrument,
            OrderConfirmed(operator="bob", proposer="alice", order_id=name, instrument=instrument),
        )

    def found(self) -> None:
        """Create the log and register what the day needs."""
        operators = tuple(Operator(operator=name, public_key=None) for name in ("alice", "bob"))
        rule = CreateLog(log="tests", partitions=PARTITIONS, operators=operators, policy=POLICY)
        self.put(OPERATOR, "genesis", None, Genesis(rule=rule))
        for instrument in INSTRUMENTS:
            self.order(terms(instrument))
        for account, purpose in (("CUSTODY-1", "backing"), ("TREASURY-1", "treasury")):
            self.order(
                RegisterCustodyAccount(
                    servicer="CHASUS33",
                    account=account,
                    purpose=purpose,  # type: ignore[arg-type]
                    feed="iso20022",
                    senders=("chase",),
                )
            )
        self.order(RegisterClient(client="client-1", eligible=True))
        self.order(RegisterWallet(client="client-1", chain="simulated", address="wallet-1"))
        self.rounds(8)

    def request(self, instrument: str, shares: str, **fields: Any) -> str:
        """Ask for an issuance, and return its request id."""
        name = f"request-{next(self.numbers)}"
        body = IssuanceRequested(
            client="client-1",
            client_request_id=name,
            instrument=instrument,
            shares=shares,
            chain="simulated",
            wallet="wallet-1",
            funding=fields.get("funding", "settlement"),
            partial=fields.get("partial", "wait"),
        )
        self.put(REQUESTS, "issuance_requested", instrument, body)
        return name

    def confirm(self, instrument: str, quantity: str, **fields: Any) -> Confirmation:
        """Have the custodian confirm shares; the bytes that it sent are kept as evidence."""
        number = next(self.numbers)
        security = Security(scheme="ISIN", id=ISINS[instrument])
        given = {"message_id": f"M{number}", "servicer_transaction_id": f"T{number}", **fields}
        confirmation = replace(CONFIRMATION, security=security, quantity=quantity, **given)
        self.deliver(instrument, confirmation)
        return confirmation

    def deliver(self, instrument: str, confirmation: Confirmation) -> None:
        evidence = self.engine.keep_evidence(f"<Document>{confirmation}</Document>".encode())
        profile = self.engine.keep_evidence(PROFILE)
        self.put(
            CUSTODY,
            "settlement_confirmed",
            instrument,
            confirmation,
            sender="chase",
            evidence=Evidence(sha256=evidence, index=0),
            reader=Reader(name="iso20022", version="1", profile_sha256=profile),
        )

    def state(self, instrument: str) -> State:
        return self.settlements[partition_of(instrument, PARTITIONS)].runner.loop.state

    def references(self, instrument: str) -> list[str]:
        """Return the settlement references of the instrument's open issuances."""
        book = self.state(instrument).book_of(instrument)
        return [issuance.reference for issuance in book.issuances.values()]

    def garbage(self, values: Sequence[bytes], stream: str) -> None:
        self.engine.append({stream: list(values)})

    def leave_void_records(self) -> None:
        """Have a zombie append to every ledger book: old records again, and one that forks off."""
        for partition in range(PARTITIONS):
            book = ledger_book(partition)
            records = [entry.value for entry in self.engine.read(book, 0, 10_000)]
            fork = json.loads(records[10]) | {"owner": "zombie"}
            behind = fork | {"prev": digest(encode(fork)), "seq": fork["seq"] + 1}
            self.engine.append({book: [records[7], encode(fork), encode(behind), records[-1]]})
        self.begin("second")
        self.rounds(4)

    def play(self, issuances: int = 4) -> None:
        """Play a day: issuances in parts and whole, a repetition, an unlinked lot, treasury shares."""
        self.found()
        for instrument in INSTRUMENTS:
            for number in range(issuances):
                self.request(instrument, f"{100 + number}", partial="parts" if number % 2 else "wait")
        self.rounds(3)
        for instrument in INSTRUMENTS:
            for reference in self.references(instrument):
                first = self.confirm(instrument, "60.5", owner_transaction_id=reference)
                self.deliver(instrument, first)
                self.rounds(1)
            for number, reference in enumerate(self.references(instrument)[:-1]):
                self.confirm(
                    instrument, f"{39 + number}.5", previously_settled="60.5", owner_transaction_id=reference
                )
        self.confirm("AAPL", "500", account="TREASURY-1")
        self.request("AAPL", "120.25", funding="treasury")
        self.confirm("TSLA", "70")
        self.rounds(14)
        unassigned = [lot for lot in self.state("TSLA").book_of("TSLA").lots.values() if not lot.issuance]
        self.order(AssignLot(instrument="TSLA", lot=unassigned[0].lot, issuance=None), "TSLA")
        self.rounds(6)


def terms(instrument: str) -> RegisterInstrument:
    isin = Alias(scheme="ISIN", id=ISINS[instrument], servicer=None, valid_from=None, valid_until=None)
    token = Token(chain="simulated", token=f"{instrument}x", decimals=18, account="minter-1")
    return RegisterInstrument(
        instrument=instrument, name=instrument, multiplier="1", aliases=(isin,), tokens=(token,)
    )
