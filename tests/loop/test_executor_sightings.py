"""The executor watches what others do with its tokens' units, and tells the ledger until it knows."""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from executor_world import ACCOUNT, TOKEN, Node, World
from loop_words import until

from schemas.events import BurnRecorded, HouseRuleApplied
from schemas.house import RegisterInstrument, Token
from schemas.messages import UnitsBurnedSeen, UnitsReceivedSeen
from workers import feeds
from workers.chains.base import Feed, MintCall, Place, Received
from workers.chains.simulated import Fault, FaultPlan, Faults, Holder
from workers.core.ids import sighting_id
from workers.log.faults import PerMille
from workers.log.faulty import FaultyLog

WALLET = "0xabc"
HELD = 1_000 * 10**18


def registered(*tokens: Token) -> HouseRuleApplied:
    rule = RegisterInstrument(instrument="AAPL", name="Apple", multiplier="1", aliases=(), tokens=tokens)
    return HouseRuleApplied(number=1, rule=rule)


def token(chain: str = "sim", name: str = TOKEN, account: str = ACCOUNT) -> Token:
    return Token(chain=chain, token=name, decimals=18, account=account)


@pytest.fixture
def world() -> World:
    """A world whose ledger knows the token, and in which a wallet holds a thousand units."""
    world = World()
    call = MintCall(
        operation="f" * 64, token=TOKEN, recipient=WALLET, base_amount=HELD, deadline=world.start + 9
    )
    world.network.accept(world.node(seed=9).sign("other", call).data)
    for _ in range(5):
        world.block()
    world.append(registered(token()))
    return world


@pytest.fixture
def holder(world: World) -> Holder:
    return Holder(world.network, WALLET, entropy=Random(4).randbytes)


def sightings(world: World) -> list[Any]:
    return world.events("units_received", "units_burned", "units_bridged_out")


def reported(world: World) -> list[str]:
    bodies = [each.body for each in world.reports()]
    return [each.sighting for each in bodies if isinstance(each, UnitsBurnedSeen | UnitsReceivedSeen)]


def test_a_burn_and_an_arrival_are_recorded_once_and_told(world: World, holder: Holder) -> None:
    burning, sending = holder.burn(TOKEN, 7 * 10**17), holder.send(TOKEN, ACCOUNT, 5)
    hand = world.executor(world.node())
    hand.rounds(world, 12)
    burned, received = sightings(world)
    assert (burned.type, burned.holder, burned.units) == ("units_burned", WALLET, "0.7")
    assert (received.type, received.sender) == ("units_received", WALLET)
    assert received.units == "0.000000000000000005"
    assert [burned.transaction, received.transaction] == [burning, sending]
    assert [burned.sighting, received.sighting] == [
        sighting_id("sim", burning, 0),
        sighting_id("sim", sending, 1),
    ]
    assert reported(world) == [burned.sighting, received.sighting]
    assert {each.sender for each in world.reports()} == {ACCOUNT}
    assert {each.instrument for each in world.reports()} == {"AAPL"}


def test_what_is_bridged_out_is_recorded_as_its_holder_wrote_it(world: World, holder: Holder) -> None:
    holder.bridge_out(TOKEN, 10**18, destination="mars", recipient="0xthere")
    world.executor(world.node()).rounds(world, 12)
    (event,) = sightings(world)
    assert (event.type, event.units, event.destination) == ("units_bridged_out", "1", "mars")
    assert event.recipient == "0xthere"


@pytest.mark.parametrize("written", ["", "x" * 257])
def test_a_text_that_the_log_cannot_hold_is_kept_by_its_digest(
    world: World, holder: Holder, written: str
) -> None:
    holder.bridge_out(TOKEN, 10**18, destination=written, recipient="0x")
    world.executor(world.node()).rounds(world, 12)
    (event,) = sightings(world)
    assert event.destination.startswith("sha256:")
    assert len(event.destination) == len("sha256:") + 64


def test_nothing_is_recorded_before_it_is_final(world: World, holder: Holder) -> None:
    hand = world.executor(world.node())
    hand.rounds(world, 4)
    holder.burn(TOKEN, 1)
    world.block()
    depth = world.network.tip().height - world.network.finalized().height
    hand.round()
    world.network.reorg(depth, lost=world.network.newest(depth))
    hand.rounds(world, 12)
    assert sightings(world) == []


@pytest.mark.parametrize("rounds", range(1, 9))
def test_an_heir_reads_on_where_its_predecessors_book_ends(world: World, holder: Holder, rounds: int) -> None:
    holder.burn(TOKEN, 1)
    world.executor(world.node(seed=1), "dead").rounds(world, rounds)
    holder.burn(TOKEN, 2)
    world.executor(world.node(seed=2), "heir").rounds(world, 14)
    assert [event.units[-1] for event in sightings(world)] == ["1", "2"]
    marks = world.events("feed_read")
    assert [mark.after_height for mark in marks] == [0, *(mark.block_height for mark in marks[:-1])]
    assert set(reported(world)) == {event.sighting for event in sightings(world)}


def test_a_sighting_is_told_by_every_owner_until_the_ledger_decided_it(world: World, holder: Holder) -> None:
    holder.burn(TOKEN, 10**18)
    world.executor(world.node()).rounds(world, 12)
    (event,) = sightings(world)
    world.executor(world.node(seed=2), "heir").rounds(world, 6)
    assert reported(world) == [event.sighting] * 2
    world.append(
        BurnRecorded(
            sighting=event.sighting,
            instrument="AAPL",
            chain="sim",
            holder=WALLET,
            units="1",
            shares="1",
            transaction=event.transaction,
            block_height=event.block_height,
            block_hash=event.block_hash,
        )
    )
    world.executor(world.node(seed=3), "last").rounds(world, 6)
    assert reported(world) == [event.sighting] * 2


def test_quiet_blocks_leave_no_record_until_there_are_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = world.executor(world.node())
    hand.rounds(world, 30)
    assert world.events("feed_read") == []
    monkeypatch.setattr(feeds, "UNMARKED_BLOCKS_MAX", 20)
    hand.rounds(world, 30)
    marks = world.events("feed_read")
    assert 1 <= len(marks) <= 4
    assert all(mark.block_height - mark.after_height >= 20 for mark in marks)


def test_a_crowd_of_events_is_recorded_in_several_records_at_block_boundaries(
    world: World, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "SIGHTINGS_MAX", 5)
    for number in range(1, 25):
        holder.burn(TOKEN, number)
        if number % 4 == 0:
            world.block()
    for _ in range(12):
        holder.send(TOKEN, ACCOUNT, 1)
    for _ in range(6):
        world.block()
    hand = world.executor(world.node())
    hand.rounds(world, 16)
    assert len(sightings(world)) == 36
    marks = world.events("feed_read")
    assert len(marks) >= 7
    assert [mark.after_height for mark in marks] == [0, *(mark.block_height for mark in marks[:-1])]


def test_an_event_that_moves_nothing_is_none(world: World, holder: Holder) -> None:
    class Spammed(Node):
        def feed(self, *given: Any, **more: Any) -> Feed | None:
            found = super().feed(*given, **more)
            if found is None:
                return None
            place = Place(block=found.through, transaction="0xspam", index=9)
            return replace(found, events=(*found.events, Received(place=place, sender="0x", base_amount=0)))

    holder.burn(TOKEN, 1)
    world.executor(Spammed(world, 1, None, 10)).rounds(world, 12)
    assert [event.type for event in sightings(world)] == ["units_burned"]


@pytest.mark.parametrize("fault", [Fault.FEED_UNAVAILABLE, Fault.FEED_LAGS, Fault.FEED_DISAGREES])
def test_a_feed_that_cannot_be_believed_holds_nothing_else_up(
    world: World, holder: Holder, fault: Fault
) -> None:
    holder.burn(TOKEN, 1)
    mint = world.authorize()
    faults = Faults(Random(1), FaultPlan(rates={fault: 1.0}))
    hand = world.executor(world.node(faults=faults))
    until(lambda: bool(world.events("operation_confirmed")), hand.round, world.block)
    assert world.events("operation_confirmed")[0].operation == mint.mint
    assert sightings(world) == []
    faults.calm()
    hand.rounds(world, 8)
    assert len(sightings(world)) == 1


def test_what_is_told_twice_is_recorded_once(world: World, holder: Holder) -> None:
    holder.burn(TOKEN, 1)
    faults = Faults(Random(1), FaultPlan(rates={Fault.FEED_ANSWERS_TWICE: 1.0}))
    world.executor(world.node(faults=faults)).rounds(world, 10)
    assert len(sightings(world)) == 1
    assert len(reported(world)) == 1


@pytest.mark.parametrize("others", [token(account="sim-2"), token(chain="mars")])
def test_a_token_of_another_account_or_chain_is_left_to_others(
    world: World, holder: Holder, others: Token
) -> None:
    hand = world.executor(world.node())
    hand.rounds(world, 3)
    world.append(registered(others))
    if others.chain == "mars":
        world.append(registered(others, token(account="sim-2")))
    hand.round()
    holder.burn(TOKEN, 1)
    hand.rounds(world, 10)
    assert sightings(world) == []


@pytest.mark.parametrize("seed", range(6))
def test_two_executors_tell_of_everything_once_whatever_goes_wrong(seed: int) -> None:
    print(f"seed {seed}")
    chance = Random(seed)
    world = World()
    call = MintCall(
        operation="f" * 64, token=TOKEN, recipient=WALLET, base_amount=HELD, deadline=world.start + 9
    )
    world.network.accept(world.node(seed=99).sign("other", call).data)
    for _ in range(5):
        world.block()
    world.append(registered(token()))
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
    for number in range(1, 40):
        (holder.burn if chance.random() < 0.5 else lambda t, n: holder.send(t, ACCOUNT, n))(TOKEN, number)
        for hand in chance.sample(hands, chance.randrange(3)):
            hand.round()
        tip = world.network.tip().height - world.network.finalized().height
        if tip and chance.random() < 0.2:
            world.network.reorg(chance.randint(1, tip), shuffled_by=chance)
        world.block()
    log.calm()
    log.land()
    faults.calm()
    for hand in hands:
        hand.rounds(world, 12)
    height = world.network.finalized().height
    final = world.network.movements(TOKEN, ACCOUNT, 0, height)
    names = [sighting_id("sim", each.place.transaction, each.place.index) for each in final]
    assert len(names) == 39
    assert Counter(event.sighting for event in sightings(world)) == Counter(names)
    assert set(reported(world)) == set(names)
