"""The relay: every book applies every rule of the house once and in order, whatever becomes of appends."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from loop_words import Clock, around, until, valid_records

from schemas.envelope import Message, encode_message
from schemas.events import HouseRuleApplied, HouseRuleDecided
from schemas.house import CreateLog, Operator, Policy, RegisterClient
from schemas.messages import BROADCAST, OPERATOR, Genesis, OrderConfirmed, OrderProposed
from schemas.streams import inbox_stream, ledger_book
from workers.log.commit import GroupCommit
from workers.log.engine import Engine, LogError
from workers.log.faults import PerMille
from workers.log.faulty import FaultyLog
from workers.log.memory import MemoryEngine
from workers.settlement import Settlement
from workers.snapshot_writing import write_snapshots

PARTITIONS = 3
POLICY = Policy(
    rules_version=1,
    largest_time_jump_seconds=86_400,
    issuance_expiry_seconds=86_400,
    mint_deadline_seconds=600,
    mint_attempts_max=3,
    events_per_decision_max=50,
)
CREATION = CreateLog(
    log="test",
    partitions=PARTITIONS,
    operators=tuple(Operator(operator=name, public_key=None) for name in ("alice", "bob")),
    policy=POLICY,
)


def told(name: str, body: Any, clock: Clock) -> bytes:
    return encode_message(
        Message(
            type=name,
            received_at=clock.now(),
            sender="console",
            instrument=None,
            evidence=None,
            reader=None,
            body=body,
        )
    )


def order(engine: MemoryEngine, clock: Clock, *numbers: int) -> None:
    """Two operators order a further client for each number."""
    said = []
    for number in numbers:
        rule = RegisterClient(client=f"client-{number}", eligible=True)
        proposal = OrderProposed(operator="alice", order_id=f"o{number}", order=rule)
        yes = OrderConfirmed(operator="bob", proposer="alice", order_id=f"o{number}", instrument=None)
        said += [told("order_proposed", proposal, clock), told("order_confirmed", yes, clock)]
    engine.append({inbox_stream(OPERATOR, 0): said})


def one_round(settlement: Settlement, engine: Engine) -> None:
    commit = GroupCommit()
    settlement.advance(commit)
    try:
        commit.flush(engine)
    except LogError:
        assert not settlement.runner.owning, "who does not know what was appended owns nothing"


def applied(engine: MemoryEngine, partition: int) -> list[tuple[int, Any]]:
    return [
        (event.number, event.rule)
        for each in valid_records(engine, ledger_book(partition))
        for event in each.events
        if isinstance(event, HouseRuleApplied)
    ]


def decided_rules(engine: MemoryEngine) -> list[tuple[int, Any]]:
    return [
        (event.number, event.rule)
        for each in valid_records(engine, ledger_book(0))
        for event in each.events
        if isinstance(event, HouseRuleDecided)
    ]


@pytest.mark.parametrize("seed", range(15))
def test_two_owners_and_a_bad_log_apply_every_rule_once_and_in_order(seed: int) -> None:
    print(f"seed {seed}")
    chance = Random(seed)
    clock = Clock()
    bad = PerMille(refused=50, lost=80, unanswered=80, delayed=100, duplicated=60, torn=60, reordered=60)
    log = FaultyLog(MemoryEngine(), chance, {"inbox.broadcast": bad, "ledger": bad})
    owners = [
        (Settlement(log.client(name), partition, around(clock, name, pause=chance.random)), log.client(name))
        for name, partition in [("zero", 0), ("zero-too", 0), ("one", 1), ("two", 2)]
    ]
    log.engine.append({inbox_stream(OPERATOR, 0): [told("genesis", Genesis(rule=CREATION), clock)]})
    for number in range(12):
        order(log.engine, clock, number)
        for settlement, engine in chance.sample(owners, chance.randrange(1, 5)):
            one_round(settlement, engine)
        clock.seconds += chance.random() * 2
    log.calm()
    log.land()

    def rest() -> None:
        for settlement, engine in owners[1:]:
            one_round(settlement, engine)
        clock.seconds += 1

    until(lambda: all(len(applied(log.engine, each)) == 13 for each in range(PARTITIONS)), rest)
    assert [number for number, _ in decided_rules(log.engine)] == list(range(1, 14))
    for partition in range(PARTITIONS):
        assert applied(log.engine, partition) == decided_rules(log.engine)


def test_an_honest_log_carries_each_rule_once() -> None:
    engine, clock = MemoryEngine(), Clock()
    engine.append({inbox_stream(OPERATOR, 0): [told("genesis", Genesis(rule=CREATION), clock)]})
    order(engine, clock, *range(5))
    settlement = Settlement(engine, 0, around(clock, "zero"))
    until(lambda: len(applied(engine, 0)) == 6, lambda: one_round(settlement, engine))
    for _ in range(5):
        one_round(settlement, engine)
    assert [engine.end(inbox_stream(BROADCAST, each)) for each in range(PARTITIONS)] == [6, 6, 6]


def test_what_is_decided_after_a_rest_is_relayed_like_the_first_rule() -> None:
    engine, clock = MemoryEngine(), Clock()
    engine.append({inbox_stream(OPERATOR, 0): [told("genesis", Genesis(rule=CREATION), clock)]})
    settlement = Settlement(engine, 0, around(clock, "zero"))
    for number in range(1, 4):
        order(engine, clock, number)
        until(lambda: len(applied(engine, 0)) == number + 1, lambda: one_round(settlement, engine))  # noqa: B023
        for _ in range(3):
            one_round(settlement, engine)
    assert [engine.end(inbox_stream(BROADCAST, each)) for each in range(PARTITIONS)] == [4, 4, 4]
    assert applied(engine, 0) == decided_rules(engine)


def test_a_new_owner_of_many_rules_relays_none_of_them_again() -> None:
    engine, clock = MemoryEngine(), Clock()
    engine.append({inbox_stream(OPERATOR, 0): [told("genesis", Genesis(rule=CREATION), clock)]})
    order(engine, clock, *range(1_100))
    first = Settlement(engine, 0, around(clock, "first"))
    until(lambda: first.decided(BROADCAST) == 1_101, lambda: one_round(first, engine))
    heir = Settlement(engine, 0, around(clock, "heir"))
    for _ in range(4):
        one_round(heir, engine)
    assert heir.runner.owning
    assert [engine.end(inbox_stream(BROADCAST, each)) for each in range(PARTITIONS)] == [1_101] * 3


def test_who_lost_the_book_relays_nothing_more() -> None:
    engine, clock = MemoryEngine(), Clock()
    engine.append({inbox_stream(OPERATOR, 0): [told("genesis", Genesis(rule=CREATION), clock)]})
    is_ours = [True]
    settlement = Settlement(engine, 0, around(clock, "zero", owned=lambda _book: is_ours[0]))
    until(lambda: len(applied(engine, 0)) == 1, lambda: one_round(settlement, engine))
    order(engine, clock, 1)
    one_round(settlement, engine)
    is_ours[0] = False
    for _ in range(5):
        one_round(settlement, engine)
    assert engine.end(inbox_stream(BROADCAST, 0)) == 1
    is_ours[0] = True
    until(lambda: len(applied(engine, 0)) == 2, lambda: one_round(settlement, engine))


class WithoutBroadcast(MemoryEngine):
    """Loses whatever is appended to a broadcast, as an owner does that dies before it relays."""

    loses = True

    def append(self, batches: Mapping[str, Sequence[bytes]]) -> None:
        kept = {name: values for name, values in batches.items() if not name.startswith(BROADCAST)}
        super().append(kept if self.loses else batches)


def test_what_was_decided_before_a_snapshot_and_never_relayed_is_relayed(tmp_path: Path) -> None:
    engine, clock = WithoutBroadcast(), Clock()
    engine.append({inbox_stream(OPERATOR, 0): [told("genesis", Genesis(rule=CREATION), clock)]})
    order(engine, clock, 1, 2)
    dies = Settlement(engine, 0, around(clock, "dies"))
    until(lambda: len(decided_rules(engine)) == 3, lambda: one_round(dies, engine))
    write_snapshots(engine, tmp_path)
    engine.loses = False
    heirs = [
        Settlement(engine, number, around(clock, f"heir-{number}"), snapshots=tmp_path)
        for number in range(PARTITIONS)
    ]
    assert heirs[0].runner.loop.chain.seq > 0, "it begins at the snapshot"

    def round_of_all() -> None:
        for heir in heirs:
            one_round(heir, engine)

    until(lambda: all(len(applied(engine, each)) == 3 for each in range(PARTITIONS)), round_of_all)
    for partition in range(PARTITIONS):
        assert applied(engine, partition) == decided_rules(engine)
