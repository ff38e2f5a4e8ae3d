"""Holds: operators stop things in every scope, one of them alone, and two let them go."""

from random import Random

from schemas import instants
from schemas.house import PlaceHold, PlaceWideHold, ReleaseHold, ReleaseWideHold
from schemas.scopes import Everything, OnChain, OnClient, OnCustodyAccount, OnLane, OnWallet, Scope
from tests.simulation import house
from tests.simulation.networks import DECIMALS
from tests.simulation.operators import operators_of, order, propose
from tests.simulation.world import ISINS, World


def place(world: World, random: Random) -> None:
    """Stop one instrument."""
    instrument = random.choice(list(ISINS))
    what = PlaceHold(instrument=instrument, text="look into it", until=_until(world, random))
    propose(world, what, instrument, operator=random.choice(operators_of(world)))


def place_wide(world: World, random: Random) -> None:
    """Stop a wider scope, in every book."""
    if not world.setting.is_restricted:
        return
    what = PlaceWideHold(scope=_scope(random), text="look into it", until=_until(world, random))
    propose(world, what, None, operator=random.choice(operators_of(world)))


def release_wide(world: World, random: Random) -> None:
    """Let a hold of the house go."""
    holds = list(world.facts.house.holds)
    if holds:
        order(world, random, ReleaseWideHold(hold=random.choice(holds)), None)


def hopeless(world: World, random: Random) -> None:
    """Place a hold that is over, and release what is not there, or through another book."""
    over = world.clock.now(-1000.0)
    instrument = random.choice(list(ISINS))
    propose(world, PlaceHold(instrument=instrument, text="too late", until=over), instrument)
    propose(world, PlaceWideHold(scope=Everything(), text="too late", until=over), None)
    propose(world, ReleaseWideHold(hold="0" * 64), None)
    held = [hold for found in world.instruments.values() for hold in found.holds]
    if held:
        propose(world, ReleaseHold(instrument=instrument, hold=random.choice(held)), instrument)


def _until(world: World, random: Random) -> str | None:
    seconds = random.choice((None, 5, 20, 60))
    return None if seconds is None else instants.whole_second(world.clock.now(seconds))


def _scope(random: Random) -> Scope:
    client, (chain, other) = random.choice(house.CLIENTS), random.sample(list(DECIMALS), 2)
    place = random.choice(((house.SERVICER, house.BACKING), (house.SERVICER, house.TREASURY)))
    return random.choice(
        (
            Everything(),
            OnChain(chain=chain),
            OnLane(source=chain, destination=other),
            OnClient(client=client),
            OnWallet(chain=chain, address=house.wallet_of(client, chain)),
            OnCustodyAccount(servicer=place[0], account=place[1]),
            OnCustodyAccount(servicer=place[0], account=place[1]),
        )
    )
