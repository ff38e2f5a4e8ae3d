"""What has no business in an inbox: garbage, strangers, other topics, other times."""

from random import Random
from typing import Any

from schemas import canonical
from schemas.confirmation import Reason
from schemas.house import RegisterClient
from schemas.messages import (
    BROADCAST,
    CHAIN,
    CUSTODY,
    OPERATOR,
    REQUESTS,
    TOPICS,
    HouseRulePublished,
    InformationReceived,
    OperationSeenClosed,
    OperationSeenFinal,
    OrderConfirmed,
    RecordName,
    Tick,
)
from schemas.streams import inbox_stream, is_ledger, ledger_book, transactions_book
from tests.simulation import clients, house
from tests.simulation.networks import account_of
from tests.simulation.world import World

GARBAGE = (
    b"",
    b"not JSON at all \xff\xfe",
    b"{}",
    b'{"type":"settlement_confirmed"}',
    b'{"type":"future_message","v":1}',
    b"[" * 2000,
    b'"\\ud800"',
)


def garbage(world: World, random: Random) -> None:
    """Bytes that are no message, in any inbox."""
    stream = inbox_stream(random.choice(TOPICS), random.randrange(world.setting.partitions))
    world.append("mallory", stream, [random.choice(GARBAGE), random.randbytes(random.randrange(40))])


def wrong_topic(world: World, random: Random) -> None:
    """A message in a topic that does not carry its type."""
    asked = clients.good(world, random)
    data = world.message("issuance_requested", asked.client, asked.instrument, asked)
    topic = random.choice((CUSTODY, CHAIN, OPERATOR, BROADCAST))
    world.append("mallory", inbox_stream(topic, world.partition(asked.instrument)), [data])
    reason = Reason(code="cash", text="as read", where=None)
    body = InformationReceived(dialect=None, reason=reason)
    information = world.message("information_received", "mallory", None, body)
    world.append("mallory", inbox_stream(REQUESTS, 0), [information])


def second_genesis(world: World, _random: Random) -> None:
    """Somebody creates the log again."""
    world.append("console", inbox_stream(OPERATOR, 0), [house.genesis(world)])


def early(world: World, random: Random) -> None:
    """An order for a book before its log exists, where this is the first thing that happens."""
    body = OrderConfirmed(operator="bob", proposer="alice", order_id="early", instrument=None)
    data = world.message("order_confirmed", "console", None, body)
    partition = random.randrange(world.setting.partitions)
    world.append("console", inbox_stream(OPERATOR, partition), [data])


def strange_time(world: World, random: Random) -> None:
    """Times that are far ahead, or long gone."""
    asked = clients.good(world, random)
    clients.send(
        world,
        asked,
        received_at=random.choice(("9999-12-31T23:59:59.999999Z", "2020-01-01T00:00:00.000000Z")),
    )
    tick = Tick(at=random.choice(("2031-01-01T00:00:00.000000Z", world.clock.now(-500.0))))
    partition = random.randrange(world.setting.partitions)
    data = world.message("tick", "clock", None, tick)
    world.append("clock", inbox_stream(OPERATOR, partition), [data])


def forged_record(world: World, random: Random) -> None:
    """A record that the rule makes void: another number, another place in the inbox, an old one, garbage."""
    book = random.choice(world.books)
    head = world.watcher.place(book)
    place = {"book": book, "prev": head.head, "seq": head.seq + 1, "owner": "mallory"}
    offset = head.next_offset(REQUESTS, 0) + random.randint(1, 3)
    source = {"topic": REQUESTS, "partition": 0, "offset": offset, "sha256": "0" * 64}
    finished = {"type": "work_finished", "v": 1, "instrument": "AAPL"}
    record = {**place, "events": [finished], "recorded_at": world.clock.now(), "source": source, "v": 1}
    started = {**record, "source": None, "events": [{"type": "owner_started", "v": 1, "program": "forged"}]}
    old = world.engine.read(book, 0, 1)
    data = random.choice(
        (
            canonical.encode({**started, "seq": head.seq + 2}),
            canonical.encode({**started, "seq": head.seq}),
            canonical.encode(record),
            canonical.encode({**record, "source": None}),
            old[0].value if old else b"",
            random.randbytes(20),
        )
    )
    if is_ledger(book) or b"work_finished" not in data:
        world.append("mallory", book, [data])


def forged_rule(world: World, random: Random) -> None:
    """A house rule that is far from the next number."""
    name = RecordName(book="ledger-0", seq=1, sha256="e" * 64)
    rule = RegisterClient(client="client-8", eligible=True)
    partition = random.randrange(world.setting.partitions)
    applied = world.facts.books[ledger_book(partition)].rules.number
    body = HouseRulePublished(number=random.choice((applied or 9_999, 10_000)), rule=rule, record=name)
    data = world.message("house_rule_published", "mallory", None, body)
    world.append("mallory", inbox_stream(BROADCAST, partition), [data])


def strange_receipt(world: World, random: Random) -> None:
    """A receipt from a stranger, who says what they like, or from a thief of an account's credential.

    A thief who said what was authorized would be believed until an audit; this one never does.
    """
    thief = random.random() < 0.5
    instrument, mint = random.choice((None, "AAPL", "GHOST")), f"{random.randrange(16**8):064x}"
    if world.authorized and random.random() < 0.8:
        instrument, mint = random.choice(world.authorized[-5:])
    found = world.instruments[instrument].open_mints.get(mint) if instrument else None
    chain = found.event.chain if found else "alpha"
    said: dict[str, Any] = {
        "operation": mint,
        "kind": "mint",
        "account": account_of(chain),
        "chain": chain,
        "block_height": 1,
        "block_hash": "0xblock",
        "record": some_record(world, random, account_of(chain)),
    }
    kind: str
    receipt: OperationSeenFinal | OperationSeenClosed
    if random.random() < 0.6:
        units = found.event.units if found and not thief else "0.000001"
        if thief and found and units == found.event.units:
            units = "0.000002"
        kind, receipt = (
            "operation_seen_final",
            OperationSeenFinal(**said, units=units, transaction="0xforged"),
        )
    else:
        terms = {**said, "chain": "omega"} if thief else said
        kind = "operation_seen_closed"
        receipt = OperationSeenClosed(**terms, proof="deadline_passed", block_time=world.clock.now())
    sender = receipt.account if thief else "observer"
    data = world.message(kind, sender, instrument, receipt)
    world.watcher.forged.add(data)
    world.append("mallory", inbox_stream(CHAIN, world.partition(instrument)), [data])


def some_record(world: World, random: Random, account: str) -> RecordName:
    """Name a record that is there, if any is: whoever reads the log can."""
    book = transactions_book(account)
    seq = random.randint(1, max(1, world.watcher.place(book).seq))
    return RecordName(book=book, seq=seq, sha256=world.watcher.valid.get((book, seq), "e" * 64))
