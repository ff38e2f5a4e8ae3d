"""Operators turn stuck things back: a bridge that waits, a redemption whose tokens are not burned."""

from random import Random

from schemas.house import EndRedemption, Order, TurnBridgeBack
from tests.simulation import operators
from tests.simulation.world import World


def turn_back(world: World, random: Random) -> None:
    """Turn a bridge back: mostly one that waits, now and then one whose mint may act, or that went back."""
    known = [(name, bridge) for name, found in world.instruments.items() for bridge in found.bridges.values()]
    waiting = [each for each in known if each[1].mint is None and not each[1].turned_back]
    if known:
        instrument, bridge = random.choice(random.choice((waiting, waiting, known)) or known)
        order = TurnBridgeBack(instrument=instrument, bridge=bridge.event.bridge)
        operators.order(world, random, order, instrument)


def end_redemption(world: World, random: Random) -> None:
    """End a redemption: mostly one whose tokens nobody burns, now and then any."""
    known = [(name, each) for name, found in world.instruments.items() for each in found.redemptions.values()]
    stuck = [each for each in known if each[1].stage == "received" and each[1].open is None]
    if known:
        instrument, redemption = random.choice(random.choice((stuck, stuck, stuck, known)) or known)
        order = EndRedemption(instrument=instrument, redemption=redemption.event.redemption)
        operators.order(world, random, order, instrument)


def unknown(world: World, random: Random) -> None:
    """Turn back what is not there."""
    orders: tuple[Order, ...] = (
        TurnBridgeBack(instrument="AAPL", bridge="0" * 64),
        EndRedemption(instrument="AAPL", redemption="0" * 64),
    )
    operators.confirm(world, operators.propose(world, random.choice(orders), "AAPL"))
