"""An afternoon on which nothing fails but finality: much is issued, redeemed and bridged, and then breaks.

In the storm before it, few operations get as far as a final block that may be gone again.
"""

from collections.abc import Collection
from dataclasses import replace
from random import Random

from schemas.events import BurnAuthorized
from schemas.house import Order, ReleaseHold, ReleaseWideHold, ReturnReceipt, SetPolicy
from tests.simulation import (
    clients,
    custodians,
    deliverers,
    ending,
    finality,
    holders,
    holds,
    house,
    operators,
    redeemers,
    turning,
    weather,
)
from tests.simulation.actions import Action
from tests.simulation.world import World

STEPS = 100
LETTING_GO = 12
"""Every so many steps, operators release what they may."""

TAKEN_FROM_BURNS = 0.5


def shorten_deadlines(world: World, random: Random) -> None:
    """Let operations be tried for so short a time that all attempts of one end before the day does."""
    policy = replace(house.policy(random), mint_deadline_seconds=random.choice((30, 60, 90)))
    operators.confirm(world, operators.propose(world, SetPolicy(policy=policy), None))


def take_from_burns(world: World, random: Random) -> None:
    """Have shares leave while units are burned: what the burn promises, the pool may lack."""
    burning = [
        name
        for name, found in world.instruments.items()
        if any(isinstance(each, BurnAuthorized) for each in found.open_operations.values())
    ]
    if burning and random.random() < TAKEN_FROM_BURNS:
        name = random.choice(burning)
        custodians.tell(world, name, custodians.movement(world, random, name, "400", movement="deliver"))


def send_back(world: World, random: Random) -> None:
    """Have tokens that nobody announced sent back where finality breaks: they may not have come."""
    parked = [
        (name, each.sighting)
        for name, found in world.instruments.items()
        for each in found.parked.values()
        if each.chain == world.setting.breaks_finality
    ]
    if parked:
        instrument, sighting = random.choice(parked)
        order = ReturnReceipt(instrument=instrument, sighting=sighting)
        operators.confirm(world, operators.propose(world, order, instrument))


ACTIONS: dict[str, tuple[float, Action]] = {
    "break_finality": (6, finality.break_finality),
    "settle": (10, custodians.settle),
    "treasury": (4, custodians.treasury),
    "request": (6, clients.request),
    "all_of_treasury": (4, clients.all_of_treasury),
    "redeem": (12, redeemers.redeem),
    "hand_in": (8, redeemers.hand_in),
    "deliver_instructed": (8, deliverers.deliver),
    "undo_settled": (4, deliverers.undo_settled),
    "judge_receipt": (6, deliverers.judge_receipt),
    "take_from_burns": (4, take_from_burns),
    "send_back": (8, send_back),
    "send_tokens": (8, holders.send),
    "burn_tokens": (1, holders.burn),
    "bridge_tokens": (4, holders.bridge_out),
    "end_redemption": (1, turning.end_redemption),
    "cover": (5, operators.cover),
    "place_hold": (1, holds.place),
    "cancel_by_hand": (2, weather.cancel_by_hand),
}
_NAMES = tuple(ACTIONS)
_WEIGHTS = tuple(weight for weight, _ in ACTIONS.values())


def afternoon(world: World, without: Collection[str]) -> None:
    """Play it where a chain breaks finality."""
    if world.setting.breaks_finality is None:
        return
    shorten_deadlines(world, Random(f"{world.seed}/afternoon"))
    for step in range(STEPS):
        random = Random(f"{world.seed}/afternoon/{step}")
        if step % LETTING_GO == 0:
            _let_go(world)
        name = random.choices(_NAMES, _WEIGHTS)[0]
        if name not in without:
            ACTIONS[name][1](world, random)
        ending.everybody(world)
        if world.watcher.violations:
            return


def _let_go(world: World) -> None:
    """Have two operators release every hold that is theirs to release."""
    orders: list[tuple[Order, str | None]] = [
        (ReleaseHold(instrument=name, hold=hold), name)
        for name, found in world.instruments.items()
        for hold, placed in sorted(found.holds.items())
        if placed.reason not in operators.OWNED_BY_FACTS
    ]
    orders += [(ReleaseWideHold(hold=hold), None) for hold in sorted(world.facts.house.holds)]
    for order, instrument in orders:
        operators.confirm(world, operators.propose(world, order, instrument))
