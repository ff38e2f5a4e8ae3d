"""Operators: two of them for everything, and what happens when they try otherwise."""

from dataclasses import replace
from random import Random

from schemas.house import (
    AcceptMovement,
    Alias,
    AssignLot,
    CoverShortfall,
    DismissMovement,
    Order,
    RegisterClient,
    RegisterOperator,
    RegisterWallet,
    ReleaseHold,
    ReleaseLot,
    SetPolicy,
)
from schemas.messages import OrderConfirmed, OrderProposed
from tests.simulation import house
from tests.simulation.networks import DECIMALS
from tests.simulation.world import ISINS, World

OWNED_BY_FACTS = ("deficit", "movement_waits", "multiplier_pending")
Pending = tuple[str, str, str | None]


def propose(world: World, order: Order, instrument: str | None, *, operator: str = "alice") -> Pending:
    """Propose an order; a second operator may confirm it later."""
    number = len(world.memory.setdefault("proposals", []))
    pending = (operator, f"O{number}", instrument)
    world.memory["proposals"].append((pending, order))
    body = OrderProposed(operator=operator, order_id=pending[1], order=order)
    world.send("order_proposed", "console", instrument, body)
    return pending


def confirm(world: World, pending: Pending, *, operator: str = "bob") -> None:
    proposer, order_id, instrument = pending
    body = OrderConfirmed(operator=operator, proposer=proposer, order_id=order_id, instrument=instrument)
    world.send("order_confirmed", "console", instrument, body)


def order(world: World, random: Random, what: Order, instrument: str | None) -> None:
    """Order something: mostly both operators, now and then only one of them, or one twice."""
    proposer, second = random.sample(operators_of(world), 2)
    pending = propose(world, what, instrument, operator=proposer)
    match random.choice(("both",) * 7 + ("one", "self", "twice")):
        case "both":
            confirm(world, pending, operator=second)
        case "self":
            confirm(world, pending, operator=proposer)
        case "twice":
            confirm(world, pending, operator=second)
            confirm(world, pending, operator=second)
        case _:
            pass


def assign(world: World, random: Random) -> None:
    """Give an unassigned lot to an issuance that misses shares, or to treasury."""
    lots = _lots(world, "unassigned")
    if not lots:
        return
    instrument, lot = random.choice(lots)
    missing = [
        issuance.event.issuance
        for issuance in world.instruments[instrument].issuances.values()
        if issuance.missing > 0 and issuance.ended is None
    ]
    issuance = random.choice([None, *missing, *missing])
    order(world, random, AssignLot(instrument=instrument, lot=lot, issuance=issuance), instrument)


def release_lot(world: World, random: Random) -> None:
    """Accept a provisional lot as a movement of its own."""
    lots = _lots(world, "provisional")
    if lots:
        instrument, lot = random.choice(lots)
        order(world, random, ReleaseLot(instrument=instrument, lot=lot), instrument)


def release_hold(world: World, random: Random) -> None:
    """Release a hold."""
    holds = [
        (name, hold)
        for name, found in world.instruments.items()
        for hold, placed in sorted(found.holds.items())
        if placed.reason not in OWNED_BY_FACTS or random.random() < 0.05
    ]
    if holds:
        instrument, hold = random.choice(holds)
        order(world, random, ReleaseHold(instrument=instrument, hold=hold), instrument)


def judge(world: World, random: Random) -> None:
    """Accept or dismiss a movement that waits."""
    waiting = [(name, each) for name, found in world.instruments.items() for each in found.waiting]
    if waiting:
        instrument, name = random.choice(waiting)
        kind = random.choice((AcceptMovement, DismissMovement))
        order(world, random, kind(instrument=instrument, waiting=name), instrument)


def cover(world: World, random: Random) -> None:
    """Cover what is short from treasury."""
    short = {name for name, found in world.instruments.items() if found.deficit or found.owed}
    lots = [(name, lot) for name, lot in _lots(world, "free") if name in short]
    if lots:
        instrument, lot = random.choice(lots)
        order(world, random, CoverShortfall(instrument=instrument, lot=lot), instrument)


def furnish(world: World, random: Random) -> None:
    """Change the house in the middle of the day."""
    number = random.randrange(10**4)
    terms = house.instrument(world, house.LATER)
    more = Alias(scheme="SYMBOL", id=f"AA{number}", servicer=house.BROKER, valid_from=None, valid_until=None)
    apple = house.instrument(world, "AAPL")
    what = random.choice(
        (
            terms,
            terms,
            replace(apple, aliases=(*apple.aliases, more)),
            RegisterOperator(operator="carol", public_key="c" * 64),
            RegisterClient(client=f"client-{random.choice((1, 2, 4))}", eligible=random.random() < 0.9),
            RegisterWallet(client="client-1", chain="alpha", address=f"0x{number}"),
            SetPolicy(policy=house.policy(random)),
            house.lane(random),
            house.lane(random),
        )
    )
    order(world, random, what, None)


def change_lane(world: World, random: Random) -> None:
    """Limit, close or open a lane: most often one that something waits for."""
    lane = house.lane(random)
    waiting = [
        each.lane for found in world.instruments.values() for each in found.bridges.values() if each.waits
    ]
    wanted = [each for each in waiting if set(each) <= set(DECIMALS)]
    if wanted and random.random() < 0.7:
        source, destination = random.choice(wanted)
        lane = replace(lane, source=source, destination=destination)
    order(world, random, lane, None)


def unusable(world: World, random: Random) -> None:
    """Order what cannot take effect."""
    apple = house.instrument(world, "AAPL")
    bad_isin = Alias(scheme="ISIN", id="US0378331006", servicer=None, valid_from=None, valid_until=None)
    strange, lane = house.policy(random), house.lane(random)
    choices: list[tuple[Order, str | None]] = [
        (RegisterOperator(operator="bob", public_key="d" * 64), None),
        (RegisterWallet(client="client-9", chain="alpha", address="0x9"), None),
        (replace(apple, multiplier="2.5"), None),
        (replace(apple, multiplier="0"), None),
        (replace(apple, aliases=(bad_isin,)), None),
        (replace(apple, instrument="FAKE"), None),
        (replace(apple, instrument="FAKE", tokens=()), None),
        (SetPolicy(policy=replace(strange, rules_version=2)), None),
        (replace(lane, destination=lane.source), None),
        (replace(lane, capacity_units="0"), None),
        (AssignLot(instrument="NOWHERE", lot="0" * 64, issuance=None), "NOWHERE"),
        (AssignLot(instrument="AAPL", lot="0" * 64, issuance=None), "AAPL"),
        (AssignLot(instrument="AAPL", lot="0" * 64, issuance=None), "MSFT"),
        (ReleaseLot(instrument="AAPL", lot="0" * 64), "AAPL"),
        (ReleaseHold(instrument="AAPL", hold="0" * 64), "AAPL"),
        (DismissMovement(instrument="AAPL", waiting="0" * 64), "AAPL"),
        *_unusable_lots(world, random),
    ]
    what, instrument = random.choice(choices)
    pending = propose(world, what, instrument)
    confirm(world, pending)


def again(world: World, random: Random) -> None:
    """Propose and confirm again, under a taken id, as nobody, or what was never proposed."""
    made = world.memory.get("proposals", [])
    if not made:
        return
    (proposer, order_id, instrument), what = random.choice(made)
    pending = (proposer, order_id, instrument)
    same = OrderProposed(operator=proposer, order_id=order_id, order=what)
    match random.choice(("same", "other", "confirm", "nobody", "never", "self")):
        case "same":
            world.send("order_proposed", "console", instrument, same)
        case "other":
            other = RegisterClient(client="client-7", eligible=True)
            world.send("order_proposed", "console", instrument, replace(same, order=other))
        case "confirm":
            confirm(world, pending, operator="bob" if proposer == "alice" else "alice")
        case "nobody":
            confirm(world, pending, operator="mallory")
            propose(world, what, instrument, operator="mallory")
        case "self":
            confirm(world, pending, operator=proposer)
        case _:
            confirm(world, ("alice", f"never-{random.randrange(10**6)}", instrument))


def _unusable_lots(world: World, random: Random) -> list[tuple[Order, str | None]]:
    """Name lots and issuances in states that an order cannot be about."""
    found: list[tuple[Order, str | None]] = []
    for state in ("reserved", "free", "unassigned"):
        lots = _lots(world, state)
        if not lots:
            continue
        instrument, lot = random.choice(lots)
        found.append((ReleaseLot(instrument=instrument, lot=lot), instrument))
        found.append((CoverShortfall(instrument=instrument, lot=lot), instrument))
        if state != "unassigned":
            found.append((AssignLot(instrument=instrument, lot=lot, issuance=None), instrument))
            continue
        found.append((AssignLot(instrument=instrument, lot=lot, issuance="0" * 64), instrument))
        closed = [
            each.event.issuance
            for each in world.instruments[instrument].issuances.values()
            if each.missing == 0 or each.ended is not None
        ]
        found += [(AssignLot(instrument=instrument, lot=lot, issuance=name), instrument) for name in closed]
    return found


def _lots(world: World, state: str) -> list[tuple[str, str]]:
    return [
        (instrument, name)
        for instrument in ISINS
        for name, lot in world.instruments[instrument].lots.items()
        if lot.state == state
    ]


def operators_of(world: World) -> list[str]:
    """Return who may decide by now."""
    return [name for name in ("alice", "bob", "carol") if name in world.facts.house.operators] or [
        "alice",
        "bob",
    ]
