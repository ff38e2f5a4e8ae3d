"""The load that the benchmarks share: one book, one instrument, and the messages of any number of issuances.

The mix for every ten issuances: ten requests, nine linked confirmations, one of them in two partials, one
confirmation told twice, one without a link, and the chain's receipts for what was authorized.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from schemas import amounts, instants
from schemas.confirmation import Confirmation, Security
from schemas.envelope import Message, Reader, encode_message
from schemas.house import (
    Alias,
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
    CHAIN,
    CUSTODY,
    OPERATOR,
    REQUESTS,
    Genesis,
    IssuanceRequested,
    OperationSeenFinal,
    OrderConfirmed,
    OrderProposed,
    RecordName,
)
from schemas.streams import inbox_stream
from workers.core.ids import derive, settlement_reference
from workers.log.commit import GroupCommit
from workers.log.engine import Engine
from workers.runner import Surroundings
from workers.settlement import Settlement

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
READER = Reader(name="iso20022", version="1", profile_sha256=None)
ISIN = "US1912161007"
RULES = (
    RegisterInstrument(
        instrument="KOx",
        name="Coca-Cola",
        multiplier="1.0274918",
        aliases=(Alias(scheme="ISIN", id=ISIN),),
        tokens=(Token(chain="ethereum", token="KOx@ethereum", decimals=18, account="ethereum-1"),),
    ),
    RegisterCustodyAccount(
        servicer="NORBUS33", account="NB-1", purpose="backing", feed="iso20022", senders=("northbank",)
    ),
    RegisterClient(client="atlas", eligible=True),
    RegisterWallet(client="atlas", chain="ethereum", address="0xatlas"),
)
POLICY = Policy(
    rules_version=1,
    largest_time_jump_seconds=86_400,
    issuance_expiry_seconds=864_000,
    mint_deadline_seconds=900,
    mint_attempts_max=3,
    events_per_decision_max=200,
)


def moment(number: int) -> str:
    """Return a time that moves by a millisecond for each message."""
    return instants.text(START + timedelta(milliseconds=number))


def message(kind: str, sender: str, body: object, number: int, instrument: str | None = "KOx") -> bytes:
    reader = READER if kind == "settlement_confirmed" else None
    return encode_message(
        Message(
            type=kind,
            received_at=moment(number),
            sender=sender,
            instrument=instrument,
            evidence=None,
            reader=reader,
            body=body,  # type: ignore[arg-type]
        )
    )


def house() -> list[bytes]:
    """Return genesis and the house rules, for the operators' inbox."""
    operators = (Operator(operator="alice", public_key=None), Operator(operator="bob", public_key=None))
    rule = CreateLog(log="bench", partitions=1, operators=operators, policy=POLICY)
    messages = [message("genesis", "bench", Genesis(rule=rule), 0, None)]
    for number, order in enumerate(RULES, 1):
        name = f"house-{number}"
        proposed = OrderProposed(operator="alice", order_id=name, order=order)
        confirmed = OrderConfirmed(operator="bob", proposer="alice", order_id=name, instrument=None)
        messages.append(message("order_proposed", "desk", proposed, number, None))
        messages.append(message("order_confirmed", "desk", confirmed, number, None))
    return messages


def confirmation(
    number: int, reference: str | None, quantity: str = "100", previously: str | None = None
) -> Confirmation:
    return Confirmation(
        kind="settlement_confirmed",
        servicer="NORBUS33",
        account="NB-1",
        movement="receive",
        payment="free",
        security=Security(scheme="ISIN", id=ISIN),
        quantity=quantity,
        previously_settled=previously,
        remaining=None,
        partial=None,
        settled_on="2026-11-23",
        trade_date="2026-11-20",
        message_id=f"M{number}-{previously}",
        servicer_transaction_id=f"T{number}",
        owner_transaction_id=reference,
        market_transaction_id=None,
        previous_confirmation_id=None,
        transaction_type="TRAD",
        deal_reference=None,
        references=(),
        amount=None,
        counterparty=None,
        place_of_settlement=None,
        safekeeping_place=None,
        event_id=None,
        event_type=None,
        copy=False,
        possible_duplicate=False,
    )


def request(number: int) -> IssuanceRequested:
    return IssuanceRequested(
        client="atlas",
        client_request_id=f"r{number}",
        instrument="KOx",
        shares="100",
        chain="ethereum",
        wallet="0xatlas",
        funding="settlement",
        partial="parts",
    )


def reference_of(number: int) -> str:
    return settlement_reference(derive("issuance", "atlas", "KOx", f"r{number}"), 0)


def told(number: int, linked: str) -> list[Confirmation]:
    """Return what the custodian tells of one issuance, whose settlement reference is `linked`."""
    match number % 10:
        case 0:
            return [confirmation(number, linked, "40", "0"), confirmation(number, linked, "60", "40")]
        case 1:
            return [confirmation(number, linked)] * 2
        case 2:
            return [confirmation(number, None)]
        case _:
            return [confirmation(number, linked)]


def confirmations(number: int) -> Iterator[bytes]:
    """Yield what the custodian sends for one issuance."""
    for part in told(number, reference_of(number)):
        yield message("settlement_confirmed", "northbank", part, number)


class Bench:
    """One ledger book on an engine, driven without a chain: receipts are made up for what is authorized."""

    def __init__(self, engine: Engine, *, pending_max: int = 2_000) -> None:
        self.engine = engine
        self.settlement = Settlement(
            engine,
            0,
            Surroundings(
                now=lambda: moment(0),
                monotonic=lambda: 0.0,
                new_owner=lambda: "bench",
                pause=lambda: 0.0,
                pending_max=pending_max,
            ),
        )
        engine.append({inbox_stream(OPERATOR, 0): house()})
        self.settle()

    def settle(self) -> int:
        """Run until nothing waits; return the number of decisions."""
        before = self.settlement.runner.loop.chain.seq
        while True:
            commit = GroupCommit()
            self.settlement.advance(commit)
            if not commit.flush(self.engine) and self.settlement.runner.loop.pending == 0:
                return self.settlement.runner.loop.chain.seq - before

    def issuances(self, first: int, count: int, *, close: bool = True) -> int:
        """Play so many issuances, with receipts where `close`; return the number of decisions."""
        numbers = range(first, first + count)
        requests = [message("issuance_requested", "atlas", request(number), number) for number in numbers]
        confirmed = [each for number in numbers for each in confirmations(number)]
        self.engine.append({inbox_stream(REQUESTS, 0): requests})
        decisions = self.settle()
        self.engine.append({inbox_stream(CUSTODY, 0): confirmed})
        decisions += self.settle()
        if close:
            self.engine.append({inbox_stream(CHAIN, 0): self.receipts(first)})
            decisions += self.settle()
        return decisions

    def receipts(self, number: int) -> list[bytes]:
        """Return the chain's word on every mint that is open."""
        book = self.settlement.runner.loop.state.instruments["KOx"]
        return [
            message(
                "operation_seen_final",
                "ethereum-1",
                OperationSeenFinal(
                    operation=mint.mint,
                    kind="mint",
                    account=mint.account,
                    chain=mint.chain,
                    units=amounts.text(mint.units),
                    transaction=derive("bench", mint.mint),
                    block_height=number,
                    block_hash=derive("block", number),
                    record=RecordName(book="transactions.ethereum-1", seq=1, sha256=derive("record", 1)),
                ),
                number,
            )
            for mint in book.mints.values()
        ]


def shape(engine: Engine) -> tuple[float, float]:
    """Return events and bytes per record of the book."""
    entries = engine.read("ledger-0", 0, 1_000_000)
    events = sum(len(json.loads(entry.value)["events"]) for entry in entries)
    return events / len(entries), sum(len(entry.value) for entry in entries) / len(entries)
