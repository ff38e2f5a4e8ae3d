"""What is laid in: a day over as many instruments as there are partitions, one in each.

Every contender is given the same bytes, those of `inbox.custody`: confirmations as ingestion leaves them, in
the mix of `tests/benchmarks/workload.py`. Ours also has what stands before them, a house and the requests.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from schemas import instants
from schemas.confirmation import Security
from schemas.envelope import Body, Message, encode_message
from schemas.house import Alias, CreateLog, Operator, RegisterInstrument, Token
from schemas.identifiers import isin_valid
from schemas.messages import CUSTODY, OPERATOR, REQUESTS, Genesis, OrderConfirmed, OrderProposed
from schemas.streams import inbox_stream, partition_of
from tests.benchmarks import workload
from workers.bootstrap import surroundings
from workers.core.ids import derive, settlement_reference
from workers.log.commit import GroupCommit
from workers.log.engine import Engine
from workers.log.memory import MemoryEngine
from workers.settlement import Settlement

PAGE = 5_000
POLICY = replace(workload.POLICY, mint_deadline_seconds=5 * 86_400)
"""Nothing falls due while it is measured: a mint that is past its deadline is asked back."""

Delivery = tuple[int, bytes]
"""Partition and bytes."""


@dataclass(frozen=True, slots=True)
class Traded:
    """An instrument and its ISIN."""

    instrument: str
    isin: str


class Load:
    """Messages of issuances 0, 1, 2, ..., which take the instruments in turn; received when this was made."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.traded = tuple(_traded_in(partition, partitions) for partition in range(partitions))
        self._received_at = instants.text(datetime.now(UTC))

    def house(self) -> list[bytes]:
        """Return genesis and the house rules, for the operators' inbox."""
        operators = tuple(Operator(operator=name, public_key=None) for name in ("alice", "bob"))
        rule = CreateLog(log="bench", partitions=self.partitions, operators=operators, policy=POLICY)
        messages = [self._message("genesis", "bench", Genesis(rule=rule), None)]
        others = [rule for rule in workload.RULES if not isinstance(rule, RegisterInstrument)]
        for number, order in enumerate([*map(_registered, self.traded), *others]):
            name = f"house-{number}"
            proposed = OrderProposed(operator="alice", order_id=name, order=order)
            confirmed = OrderConfirmed(operator="bob", proposer="alice", order_id=name, instrument=None)
            messages.append(self._message("order_proposed", "desk", proposed, None))
            messages.append(self._message("order_confirmed", "desk", confirmed, None))
        return messages

    def request(self, number: int) -> Delivery:
        """Return the request of an issuance."""
        partition, own = number % self.partitions, number // self.partitions
        instrument = self.traded[partition].instrument
        body = replace(workload.request(own), instrument=instrument)
        return partition, self._message("issuance_requested", "atlas", body, instrument)

    def confirmations(self, first: int = 0) -> Iterator[Delivery]:
        """Yield what custodians send for the issuances from the first on, for ever."""
        for number in itertools.count(first):
            partition, own = number % self.partitions, number // self.partitions
            traded = self.traded[partition]
            issuance = derive("issuance", "atlas", traded.instrument, f"r{own}")
            security = Security(scheme="ISIN", id=traded.isin)
            for each in workload.told(own, settlement_reference(issuance, 0)):
                body = replace(each, security=security)
                yield partition, self._message("settlement_confirmed", "northbank", body, traded.instrument)

    def _message(self, kind: str, sender: str, body: Body, instrument: str | None) -> bytes:
        return encode_message(
            Message(
                type=kind,
                received_at=self._received_at,
                sender=sender,
                instrument=instrument,
                evidence=None,
                reader=workload.READER if kind == "settlement_confirmed" else None,
                body=body,
            )
        )


def asked_for(load: Load, issuances: int) -> MemoryEngine:
    """Return a log in memory whose house stands and whose requests are decided; its books are nobody's."""
    engine = MemoryEngine()
    ask(engine, load, issuances)
    return engine


def ask(engine: Engine, load: Load, issuances: int) -> None:
    """Set the house of an empty log up, and have so many requests decided."""
    engine.append({inbox_stream(OPERATOR, 0): load.house()})
    _decide(engine, load, REQUESTS, map(load.request, range(issuances)))


def confirm(engine: Engine, load: Load, records: int) -> None:
    """Have so many confirmations decided."""
    _decide(engine, load, CUSTODY, itertools.islice(load.confirmations(), records))


def _decide(engine: Engine, load: Load, topic: str, deliveries: Iterator[Delivery]) -> None:
    """Append and decide a page at a time."""
    books = [Settlement(engine, partition, surroundings()) for partition in range(load.partitions)]
    _settle(engine, books)
    while page := list(itertools.islice(deliveries, PAGE)):
        batches: dict[str, list[bytes]] = {}
        for partition, value in page:
            batches.setdefault(inbox_stream(topic, partition), []).append(value)
        engine.append(batches)
        _settle(engine, books)


def _settle(engine: Engine, books: list[Settlement]) -> None:
    """Do rounds until nothing waits."""
    while True:
        commit = GroupCommit()
        for each in books:
            each.advance(commit)
        if not commit.flush(engine) and not any(each.pending for each in books):
            return


def pour(source: Engine, target: Engine) -> None:
    """Append a whole log to an empty one; every position stays what it was."""
    for stream in source.streams():
        position = 0
        while entries := source.read(stream, position, PAGE):
            target.append({stream: [entry.value for entry in entries]})
            position += len(entries)


def _registered(traded: Traded) -> RegisterInstrument:
    instrument = traded.instrument
    token = Token(chain="ethereum", token=f"{instrument}@ethereum", decimals=18, account="ethereum-1")
    return RegisterInstrument(
        instrument=instrument,
        name=instrument,
        multiplier="1.0274918",
        aliases=(Alias(scheme="ISIN", id=traded.isin),),
        tokens=(token,),
    )


def _traded_in(partition: int, partitions: int) -> Traded:
    """Return an instrument whose messages go to this partition."""
    names = (f"S{number}x" for number in itertools.count())
    instrument = next(name for name in names if partition_of(name, partitions) == partition)
    isins = (f"US{partition:09d}{digit}" for digit in range(10))
    return Traded(instrument, next(filter(isin_valid, isins)))
