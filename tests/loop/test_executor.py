"""The executor: one signing account, from what the ledger authorized to the chain's last word."""

from random import Random
from typing import Any

import pytest
from executor_world import ACCOUNT, BOOK, TOKEN, Hand, Node, World, closed
from loop_words import until

from schemas.messages import OperationSeenClosed, OperationSeenFinal
from workers.chains.base import ChainRefused, MintCall
from workers.chains.simulated import FaultPlan, Faults
from workers.log.faults import PerMille
from workers.log.faulty import FaultyLog


@pytest.fixture
def world() -> World:
    return World()


def minted(world: World) -> dict[str, int]:
    """What the chain minted, by mint id; a second time for one id would show as a second transaction."""
    effects = world.network.operations()
    assert len({effect.operation for effect in effects}) == len(effects), "a mint id acted twice"
    return {effect.operation: effect.base_amount for effect in effects}


def finish(world: World, hand: Hand, *mints: Any) -> None:
    for mint in mints:
        until(closed(world, mint), hand.round, world.block)
    hand.round()
    hand.round()


def test_an_authorized_mint_is_minted_once_and_reported(world: World) -> None:
    mint = world.authorize()
    node = world.node()
    finish(world, world.executor(node), mint)
    assert minted(world) == {mint.mint: 15 * 10**17}
    names = [event.type for event in world.events()]
    assert names == [
        "owner_started",
        "operation_taken",
        "transaction_signed",
        "transaction_sent",
        "transaction_included",
        "operation_confirmed",
    ]
    report = world.reports()[0]
    assert isinstance(report.body, OperationSeenFinal)
    assert (report.instrument, report.sender, report.body.units) == ("AAPL", ACCOUNT, mint.units)
    assert report.body.record.book == BOOK
    assert world.events("operation_confirmed")[0].adopted is False


def test_nothing_is_broadcast_before_its_record_was_read_back(world: World) -> None:
    world.authorize()
    node = world.node()
    hand = world.executor(node)
    hand.round()
    hand.round()  # takes the work, and appends it with the flush at the end of the round
    assert world.events("transaction_signed")
    assert node.sent == [], "appending is not reading back"
    hand.round()
    assert {data.hex() for data in node.sent} == world.recorded()


def test_what_was_appended_and_is_void_is_never_broadcast(world: World) -> None:
    world.authorize()
    zombie_node, heir_node = world.node(seed=1), world.node(seed=2)
    zombie, heir = world.executor(zombie_node, "zombie"), world.executor(heir_node, "heir")
    zombie.round()
    heir.round()  # its start is behind the zombie's and valid: the zombie owns nothing any more
    zombie.executor.runner.loop.follow(world.engine.read(BOOK, 0, 1))
    zombie.round()
    finish(world, heir, world.authorize(2))
    for _ in range(5):
        zombie.round()
    assert {data.hex() for data in zombie_node.sent} <= world.recorded()
    assert len(minted(world)) == 2


def test_a_lost_broadcast_is_sent_again_and_the_bytes_are_the_same(world: World) -> None:
    mint = world.authorize()
    node = world.node(validity_blocks=50)
    node.lose = 4
    finish(world, world.executor(node), mint)
    assert len(node.sent) >= 5
    assert len(set(node.sent)) == 1
    assert list(minted(world)) == [mint.mint]
    assert len(world.events("transaction_signed")) == 1


@pytest.mark.parametrize("answer", ["refuse", "unavailable"])
def test_what_a_broadcast_answers_decides_nothing(world: World, answer: str) -> None:
    mint = world.authorize()
    node = world.node(validity_blocks=50)
    setattr(node, answer, True)
    hand = world.executor(node)
    hand.rounds(world, 4)
    sent = world.events("transaction_sent")
    assert [event.answer for event in sent] == [{"refuse": "refused"}.get(answer, answer)]
    setattr(node, answer, False)
    finish(world, hand, mint)
    assert len(world.events("transaction_signed")) == 1
    assert list(minted(world)) == [mint.mint]


def test_a_transaction_that_is_provably_dead_is_signed_again(world: World) -> None:
    mint = world.authorize()
    node = world.node(validity_blocks=5)
    node.lose = 10**6
    hand = world.executor(node)
    until(lambda: bool(world.events("transaction_dead")), hand.round, world.block)
    dead = world.events("transaction_dead")[0]
    assert world.network.finalized().height > world.events("transaction_signed")[0].valid_until
    node.lose = 0
    finish(world, hand, mint)
    signed = world.events("transaction_signed")
    assert [event.attempt for event in signed] == list(range(1, len(signed) + 1))
    assert signed[0].transaction == dead.transaction
    assert len({event.data for event in signed}) == len(signed) >= 2
    assert list(minted(world)) == [mint.mint]


def test_an_unknown_transaction_is_never_taken_for_failed(world: World) -> None:
    world.authorize(deadline_seconds=10**6)
    node = world.node(validity_blocks=10**6)
    node.lose = 10**6
    hand = world.executor(node)
    hand.rounds(world, 60)
    assert len(world.events("transaction_signed")) == 1
    assert world.events("transaction_dead", "operation_closed", "transaction_reverted") == []
    assert world.reports() == []


def test_a_reorganisation_is_recorded_and_the_mint_comes_back(world: World) -> None:
    mint = world.authorize()
    node = world.node(validity_blocks=50)
    hand = world.executor(node)
    until(lambda: bool(world.events("transaction_included")), hand.round, world.block)
    first = world.events("transaction_included")[0]
    depth = world.network.tip().height - first.block_height + 1
    world.network.reorg(depth, lost=[first.transaction])
    hand.round()
    hand.round()
    assert [event.transaction for event in world.events("transaction_reorganized")] == [first.transaction]
    finish(world, hand, mint)
    again = world.events("transaction_included")[1]
    assert again.transaction == first.transaction
    assert again.block_hash != first.block_hash
    assert list(minted(world)) == [mint.mint]
    assert len(world.events("transaction_signed")) == 1


def test_a_mint_that_can_act_no_more_is_closed_with_the_proof(world: World) -> None:
    mint = world.authorize(deadline_seconds=20)
    node = world.node(validity_blocks=8)
    node.lose = 10**6
    hand = world.executor(node)
    finish(world, hand, mint)
    event = world.events("operation_closed")[0]
    assert event.proof == "deadline_passed"
    assert event.block_time > mint.deadline
    report = world.reports()[0]
    assert isinstance(report.body, OperationSeenClosed)
    node.lose = 0
    for data in set(node.sent):
        try:
            node.broadcast(data)
        except Exception as error:  # noqa: BLE001 - whatever the node says, nothing may be minted
            print(error)
    hand.rounds(world, 10)
    assert minted(world) == {}


def test_a_deadline_is_not_passed_at_its_own_second(world: World) -> None:
    world.authorize(deadline_seconds=20)
    node = world.node(validity_blocks=10**6)
    node.lose = 10**6
    hand = world.executor(node)
    hand.round()
    world.block(20)
    for _ in range(6):
        world.network.produce_block(world.network.tip().timestamp)
        hand.round()
    assert world.network.finalized().timestamp == world.start + 20
    assert world.events("operation_closed") == []
    hand.rounds(world, 6)
    assert [event.proof for event in world.events("operation_closed")] == ["deadline_passed"]


def test_a_cancelled_guard_closes_the_mint(world: World) -> None:
    mint = world.authorize()
    node = world.node(validity_blocks=8)
    node.lose = 10**6
    hand = world.executor(node)
    hand.rounds(world, 3)
    world.network.accept(node.sign_cancel("other", mint.mint).data)
    finish(world, hand, mint)
    assert [event.proof for event in world.events("operation_closed")] == ["guard_cancelled"]
    assert minted(world) == {}


def test_a_mint_that_another_transaction_did_is_adopted_and_not_done_again(world: World) -> None:
    mint = world.authorize()
    node = world.node()
    call = MintCall(
        operation=mint.mint,
        token=TOKEN,
        recipient=mint.recipient,
        base_amount=15 * 10**17,
        deadline=world.start + 60,
    )
    other = node.sign("other", call)
    world.network.accept(other.data)
    for _ in range(6):
        world.block()
    finish(world, world.executor(node), mint)
    found = world.events("operation_confirmed")[0]
    assert (found.adopted, found.transaction) == (True, other.hash)
    assert [effect.transaction for effect in world.network.operations()] == [other.hash]


@pytest.mark.parametrize("rounds", range(1, 12))
def test_an_heir_redoes_what_its_predecessor_owed_wherever_that_one_died(world: World, rounds: int) -> None:
    mint = world.authorize()
    dead = world.executor(world.node(seed=1), "dead")
    dead.rounds(world, rounds)
    heir = world.executor(world.node(seed=2), "heir")
    finish(world, heir, mint)
    assert list(minted(world)) == [mint.mint]
    assert len({event.data for event in world.events("transaction_signed")}) == 1
    assert world.reports(), "and tells the ledger"


def test_a_predecessor_that_recorded_and_never_broadcast_leaves_the_same_bytes(world: World) -> None:
    world.authorize()
    first = world.node(seed=1)
    dead = world.executor(first, "dead")
    dead.round()
    dead.round()
    assert first.sent == []
    recorded = world.recorded()
    heirs_node = world.node(seed=2)
    heir = world.executor(heirs_node, "heir")
    for _ in range(3):
        heir.round()
    assert {data.hex() for data in heirs_node.sent} == recorded == world.recorded()


def test_an_outcome_is_reported_by_every_owner_until_the_ledger_decided_it(world: World) -> None:
    mint = world.authorize()
    finish(world, world.executor(world.node()), mint)
    assert len(world.reports()) == 1
    heir = world.executor(world.node(seed=2), "heir")
    for _ in range(5):
        heir.round()
    assert [each.body.operation for each in world.reports()] == [mint.mint] * 2  # type: ignore[union-attr]
    world.fail(mint)
    last = world.executor(world.node(seed=3), "last")
    for _ in range(5):
        last.round()
    assert len(world.reports()) == 2


def test_a_chain_that_cannot_be_read_stops_nothing_but_the_looking(world: World) -> None:
    mint = world.authorize()
    node = world.node(validity_blocks=50)
    hand = world.executor(node)
    hand.rounds(world, 3)
    node.blind = True
    hand.rounds(world, 10)
    assert hand.executor.runner.owning
    assert world.events("operation_confirmed") == []
    node.blind = False
    finish(world, hand, mint)
    assert list(minted(world)) == [mint.mint]


def test_work_for_another_chain_is_left_alone(world: World) -> None:
    world.authorize()
    node = world.node()
    node.name = "mars"
    world.executor(node).rounds(world, 5)
    assert world.events("operation_taken") == []


def test_no_more_is_taken_than_may_wait_for_its_read_back(world: World) -> None:
    mints = [world.authorize(number) for number in range(1, 8)]
    hand = world.executor(world.node(), pending_max=2)
    hand.round()
    hand.round()
    assert len(world.events("operation_taken")) == 2
    finish(world, hand, *mints)
    assert len(minted(world)) == 7


@pytest.mark.parametrize("seed", range(12))
def test_two_executors_of_one_account_never_mint_twice_whatever_goes_wrong(seed: int) -> None:
    print(f"seed {seed}")
    chance = Random(seed)
    world = World()
    bad = PerMille(refused=40, lost=60, unanswered=60, delayed=80, duplicated=40, torn=40, reordered=40)
    log = FaultyLog(world.engine, chance, {"transactions": bad, "inbox.chain": bad})
    faults = Faults(chance, FaultPlan.everything(0.08))
    nodes = [
        world.node(seed=seed * 10 + n, faults=faults, validity_blocks=chance.choice([5, 12])) for n in (1, 2)
    ]
    hands = [
        world.executor(node, name, log.client(name), pause=chance.random)
        for node, name in zip(nodes, ("one", "two"), strict=True)
    ]
    mints = []
    for number in range(1, 13):
        mints.append(world.authorize(number, deadline_seconds=chance.choice([5, 30, 200])))
        for hand in chance.sample(hands, chance.randrange(3)):
            hand.round()
        tip = world.network.tip().height - world.network.finalized().height
        if tip and chance.random() < 0.2:
            world.network.reorg(chance.randint(1, tip), shuffled_by=chance)
        world.block()
    log.calm()
    log.land()
    faults.calm()
    for mint in mints:
        until(closed(world, mint), *(hand.round for hand in hands), world.block)
    outcomes = world.events("operation_confirmed", "operation_closed")
    assert sorted(event.operation for event in outcomes) == sorted(mint.mint for mint in mints)
    confirmed = {event.operation for event in outcomes if event.type == "operation_confirmed"}
    for hand in hands:
        hand.rounds(world, 8)
    assert minted(world).keys() == confirmed, "what was closed never acts, what was confirmed did"
    assert {effect.transaction for effect in world.network.operations()} <= {
        event.transaction for event in world.events("transaction_signed")
    }


def test_a_mint_that_cannot_be_signed_stays_open_and_the_others_go_on(world: World) -> None:
    refused, mint = world.authorize(1), world.authorize(2)

    class Particular(Node):
        def sign(self, account: str, call: MintCall) -> Any:
            if call.operation == refused.mint:
                raise ChainRefused("the script says so")
            return super().sign(account, call)

    hand = world.executor(Particular(world, 1, None, 10))
    finish(world, hand, mint)
    assert list(minted(world)) == [mint.mint]
    assert [event.operation for event in world.events("operation_taken")] == [mint.mint]
    assert hand.executor.runner.owning


def test_a_node_counts_what_it_was_sent(world: World) -> None:
    assert isinstance(world.node(), Node)
    assert world.node().sent == []
