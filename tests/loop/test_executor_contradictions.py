"""What others moved is not on the chain any more: the executor takes it back, tells so, and reads again."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from executor_world import ACCOUNT, TOKEN, Hand, World
from loop_words import until
from test_executor_sightings import HELD, WALLET, registered, reported, sightings, token

from schemas.events import BurnRecorded, ClosureContradicted, HolderBurnContradicted, MintFailed
from schemas.messages import (
    ClosureSeenContradicted,
    FinalitySeenContradicted,
    OperationSeenFinal,
    SightingSeenContradicted,
)
from workers import feeds
from workers.chains.base import MintCall
from workers.chains.simulated import Fault, FaultPlan, Faults, Holder
from workers.core import transactions
from workers.core.ids import sighting_id
from workers.executor import READ_AGAIN_POLLS
from workers.log.faults import PerMille
from workers.log.faulty import FaultyLog


@pytest.fixture
def world() -> World:
    return furnished(World(), 9)


@pytest.fixture
def holder(world: World) -> Holder:
    return Holder(world.network, WALLET, entropy=Random(4).randbytes)


def furnished(world: World, seed: int) -> World:
    """A world whose ledger knows the token, and in which a wallet holds a thousand units."""
    call = MintCall(
        operation="f" * 64, token=TOKEN, recipient=WALLET, base_amount=HELD, deadline=world.start + 9
    )
    world.network.accept(world.node(seed=seed).sign("other", call).data)
    for _ in range(5):
        world.block()
    world.append(registered(token()))
    return world


def gone(world: World) -> list[Any]:
    return world.events("sighting_contradicted")


def gone_reported(world: World) -> list[SightingSeenContradicted]:
    return [each.body for each in world.reports() if isinstance(each.body, SightingSeenContradicted)]


def decide_burn(world: World, event: Any) -> None:
    """Let the ledger decide a burn as it was told."""
    world.append(
        BurnRecorded(
            sighting=event.sighting,
            instrument="AAPL",
            chain="sim",
            holder=WALLET,
            units=event.units,
            shares=event.units,
            transaction=event.transaction,
            block_height=event.block_height,
            block_hash=event.block_hash,
        )
    )


def decide_contradiction(world: World, report: SightingSeenContradicted) -> None:
    """Let the ledger decide that a burn's block is gone."""
    world.append(
        HolderBurnContradicted(
            sighting=report.sighting,
            instrument="AAPL",
            chain="sim",
            units="1",
            shares="1",
            transaction=report.transaction,
            block_height=report.block_height,
            block_hash=report.block_hash,
            hash_now=report.hash_now,
            account_seq=report.record.seq,
        )
    )


def broken(world: World, hand: Hand, height: int, *, lost: list[str] | None = None) -> None:
    """Drop the final blocks above a height, and let others become final in their place."""
    tip = world.network.tip().height
    world.network.break_finality(height, lost=lost or [])
    while world.network.finalized().height <= tip:
        world.block()
    hand.rounds(world, 8)


def burned_and_gone(world: World, holder: Holder, *, is_lost: bool, decided: bool = True) -> tuple[Hand, Any]:
    """A burn is recorded, told and decided; then its block is gone."""
    transaction = holder.burn(TOKEN, 10**18)
    hand = world.executor(world.node())
    hand.rounds(world, 12)
    (event,) = sightings(world)
    if decided:
        decide_burn(world, event)
    broken(world, hand, event.block_height - 1, lost=[transaction] if is_lost else [])
    return hand, event


def test_a_burn_that_is_gone_is_taken_back_and_told(world: World, holder: Holder) -> None:
    _, event = burned_and_gone(world, holder, is_lost=True)
    (taken_back,) = gone(world)
    now = world.network.block(event.block_height).hash
    assert (taken_back.sighting, taken_back.block_hash) == (event.sighting, event.block_hash)
    assert taken_back.hash_now == now != event.block_hash
    (report,) = gone_reported(world)
    assert (report.sighting, report.hash_now, report.account) == (event.sighting, now, ACCOUNT)
    (mark,) = world.events("feed_reopened")
    assert mark.after_height < event.block_height


def test_a_burn_in_another_block_is_told_once_its_contradiction_is_decided(
    world: World, holder: Holder
) -> None:
    hand, event = burned_and_gone(world, holder, is_lost=False)
    first, again = sightings(world)
    assert first.sighting == again.sighting == event.sighting
    assert again.block_hash != event.block_hash
    assert reported(world) == [event.sighting]
    decide_contradiction(world, gone_reported(world)[0])
    hand.rounds(world, 3)
    assert reported(world) == [event.sighting] * 2
    decide_burn(world, again)
    world.executor(world.node(seed=2), "heir").rounds(world, 6)
    assert reported(world) == [event.sighting] * 2
    assert len(gone_reported(world)) == 1


def test_what_the_ledger_never_knew_is_not_contradicted_to_it(world: World, holder: Holder) -> None:
    hand, event = burned_and_gone(world, holder, is_lost=True, decided=False)
    assert [each.sighting for each in gone(world)] == [event.sighting]
    assert gone_reported(world) == []
    decide_burn(world, event)
    hand.rounds(world, 2)
    assert [each.sighting for each in gone_reported(world)] == [event.sighting]


def test_every_owner_tells_of_a_contradiction_until_it_is_decided(world: World, holder: Holder) -> None:
    _, event = burned_and_gone(world, holder, is_lost=True)
    world.executor(world.node(seed=2), "heir").rounds(world, 6)
    assert [each.sighting for each in gone_reported(world)] == [event.sighting] * 2
    decide_contradiction(world, gone_reported(world)[0])
    world.executor(world.node(seed=3), "last").rounds(world, 6)
    assert len(gone_reported(world)) == 2


def test_what_stands_below_the_break_is_left_alone(world: World, holder: Holder) -> None:
    holder.burn(TOKEN, 1)
    hand = world.executor(world.node())
    hand.rounds(world, 8)
    second = holder.burn(TOKEN, 2)
    hand.rounds(world, 8)
    stands, event = sightings(world)
    broken(world, hand, event.block_height - 1, lost=[second])
    assert [each.sighting for each in gone(world)] == [event.sighting]
    (mark,) = world.events("feed_reopened")
    assert stands.block_height <= mark.after_height < event.block_height


def test_what_others_do_in_the_blocks_that_come_instead_is_seen(
    world: World, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "UNMARKED_BLOCKS_MAX", 3)
    hand = world.executor(world.node())
    hand.rounds(world, 12)
    marks = world.events("feed_read")
    assert marks
    tip = world.network.tip().height
    world.network.break_finality(marks[0].block_height)
    holder.burn(TOKEN, 7)
    while world.network.finalized().height <= tip:
        world.block()
    hand.rounds(world, 6)
    (event,) = sightings(world)
    assert event.block_height < marks[-1].block_height
    assert world.events("feed_reopened")


def test_quiet_blocks_that_were_not_recorded_are_read_again_as_well(world: World, holder: Holder) -> None:
    hand = world.executor(world.node())
    hand.rounds(world, 12)
    tip = world.network.tip().height
    world.network.break_finality(4)
    holder.burn(TOKEN, 7)
    while world.network.finalized().height <= tip:
        world.block()
    hand.rounds(world, 6)
    assert len(sightings(world)) == 1
    assert world.events("feed_reopened") == []


def test_nothing_is_judged_while_the_chain_is_lower_than_what_was_read(world: World, holder: Holder) -> None:
    transaction = holder.burn(TOKEN, 1)
    hand = world.executor(world.node())
    hand.rounds(world, 12)
    (event,) = sightings(world)
    world.network.break_finality(event.block_height - 1, lost=[transaction])
    hand.round()
    assert gone(world) == []


def test_a_mint_that_is_gone_too_has_no_last_word_before_what_was_done_with_its_units(
    world: World, holder: Holder
) -> None:
    mint = world.authorize()
    hand = world.executor(world.node())
    hand.rounds(world, 10)
    world.finalize(mint)
    (confirmed,) = world.events("operation_confirmed")
    burn = holder.burn(TOKEN, 10**18)
    hand.rounds(world, 12)
    decide_burn(world, sightings(world)[0])
    lost = [confirmed.transaction, burn]
    faults = Faults(Random(1), FaultPlan(rates={Fault.FEED_UNAVAILABLE: 1.0}))
    hand.node._faults = faults  # its index goes down in the middle
    tip = world.network.tip().height
    world.network.break_finality(confirmed.block_height - 1, lost=lost)
    world.clock.seconds += 100
    while world.network.finalized().height <= tip + 5:
        world.block()
    hand.rounds(world, 40)
    assert world.events("operation_reopened")
    assert world.events("operation_closed") == []
    faults.calm()
    hand.rounds(world, 20)
    kinds = [event.type for event in world.events("sighting_contradicted", "operation_closed")]
    assert kinds == ["sighting_contradicted", "operation_closed"]


def test_only_the_latest_sightings_are_looked_at_again(
    world: World, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "FINAL_KEPT", 2)
    hand = world.executor(world.node())
    for number in range(1, 5):
        holder.burn(TOKEN, number)
        hand.rounds(world, 3)
    hand.rounds(world, 6)
    told = sightings(world)
    broken(world, hand, told[0].block_height - 1)
    assert [each.sighting for each in gone(world)] == [each.sighting for each in told[2:]]
    (mark,) = world.events("feed_reopened")
    assert mark.after_height == told[1].block_height


@pytest.mark.parametrize("seed", range(6))
def test_the_account_ends_up_with_what_the_chain_has_whatever_breaks(seed: int) -> None:
    print(f"seed {seed}")
    chance = Random(seed)
    world = furnished(World(), 99)
    holder = Holder(world.network, WALLET, entropy=chance.randbytes)
    bad = PerMille(refused=40, lost=60, unanswered=60, delayed=80, duplicated=40, torn=40, reordered=40)
    log = FaultyLog(world.engine, chance, {"transactions": bad, "inbox.chain": bad})
    faults = Faults(chance, FaultPlan.everything(0.1))
    hands = [
        world.executor(
            world.node(seed=seed * 10 + n, faults=faults), name, log.client(name), pause=chance.random
        )
        for n, name in enumerate(("one", "two"))
    ]
    for number in range(1, 60):
        (holder.burn if chance.random() < 0.5 else lambda t, n: holder.send(t, ACCOUNT, n))(TOKEN, number)
        for hand in chance.sample(hands, chance.randrange(3)):
            hand.round()
        if chance.random() < 0.1:
            height = max(5, world.network.finalized().height - chance.randrange(12))
            dropped = world.network.above(height) if height < world.network.tip().height else []
            world.network.break_finality(height, lost=[each for each in dropped if chance.random() < 0.2])
        world.block()
    log.calm()
    log.land()
    faults.calm()
    for hand in hands:
        hand.rounds(world, 90)
    height = world.network.finalized().height
    final = world.network.movements(TOKEN, ACCOUNT, 0, height)
    names = Counter(
        (sighting_id("sim", each.place.transaction, each.place.index), each.place.block.hash)
        for each in final
    )
    stands = Counter((each.sighting, each.block_hash) for each in sightings(world))
    stands.subtract((each.sighting, each.block_hash) for each in gone(world))
    assert +stands == names
    assert gone(world)


def closed_and_unproved(world: World) -> tuple[Hand, Any, Any]:
    """A mint that nobody broadcast is closed past its deadline; then the block that proved that is gone."""
    mint = world.authorize(deadline_seconds=8)
    node = world.node(validity_blocks=10**6)
    node.lose = 10**6
    hand = world.executor(node)
    until(lambda: bool(world.events("operation_closed")), hand.round, world.block)
    (closed,) = world.events("operation_closed")
    hand.rounds(world, 2)
    world.append(
        MintFailed(
            mint=mint.mint,
            issuance=mint.issuance,
            instrument="AAPL",
            proof="deadline_passed",
            block_height=closed.block_height,
            block_hash=closed.block_hash,
        )
    )
    tip = world.network.tip().height
    world.network.break_finality(closed.block_height - 1)
    while world.network.finalized().height <= tip:
        world.block()
    return hand, mint, closed


def test_a_closure_whose_block_is_gone_is_told_once_and_closed_by_another(world: World) -> None:
    hand, mint, closed = closed_and_unproved(world)
    hand.rounds(world, 3 * READ_AGAIN_POLLS)
    (reopened,) = world.events("closure_reopened")
    assert (reopened.operation, reopened.block_hash) == (mint.mint, closed.block_hash)
    (report,) = [each.body for each in world.reports() if isinstance(each.body, ClosureSeenContradicted)]
    assert (report.operation, report.hash_now) == (mint.mint, reopened.hash_now)
    first, again = world.events("operation_closed")
    assert first.block_hash != again.block_hash


def test_a_mint_that_acted_after_all_is_told_when_the_ledger_knows_that_it_may(world: World) -> None:
    hand, mint, _ = closed_and_unproved(world)
    tip = world.network.tip().height
    world.network.break_finality(6)
    (signed,) = world.events("transaction_signed")
    world.network.accept(bytes.fromhex(signed.data))
    world.network.produce_block(world.start + 7)
    while world.network.finalized().height <= tip:
        world.block()
    hand.rounds(world, 3 * READ_AGAIN_POLLS)
    (confirmed,) = world.events("operation_confirmed")
    assert confirmed.operation == mint.mint
    assert not [each for each in world.reports() if isinstance(each.body, OperationSeenFinal)]
    (report,) = [each.body for each in world.reports() if isinstance(each.body, ClosureSeenContradicted)]
    world.append(
        ClosureContradicted(
            operation=mint.mint,
            kind="mint",
            instrument="AAPL",
            chain="sim",
            units=mint.units,
            outcome="doubled",
            block_height=report.block_height,
            block_hash=report.block_hash,
            hash_now=report.hash_now,
            account_seq=report.record.seq,
        )
    )
    hand.rounds(world, 3)
    (final,) = [each.body for each in world.reports() if isinstance(each.body, OperationSeenFinal)]
    assert final.transaction == signed.transaction


def test_an_heir_contradicts_the_block_that_the_ledger_believes_however_many_are_gone(world: World) -> None:
    mint = world.authorize()
    hand = world.executor(world.node())
    hand.rounds(world, 10)
    world.finalize(mint)
    believed = world.events("operation_confirmed")[0].block_hash
    for times in (1, 2):
        height = world.events("operation_confirmed")[-1].block_height
        tip = world.network.tip().height
        world.network.break_finality(height - 1)
        while world.network.finalized().height <= tip:
            world.block()
        hand.rounds(world, 2 * READ_AGAIN_POLLS)
        assert len(world.events("operation_reopened")) == times
    before = len(world.reports())
    world.executor(world.node(seed=2), "heir").rounds(world, 6)
    told = [each.body for each in world.reports()[before:]]
    assert believed in [each.block_hash for each in told if isinstance(each, FinalitySeenContradicted)]
