"""The multiplier: operators change it, take a change back, and try what does not follow."""

from random import Random

from schemas import amounts, instants
from schemas.house import CancelMultiplierChange, ChangeMultiplier, ReleaseHold
from tests.simulation.operators import order, propose
from tests.simulation.world import ISINS, World
from workers.core.invariants.facts import InstrumentFacts


def change(world: World, random: Random) -> None:
    """Change an instrument's multiplier, now and then with a nonce or a value that does not follow."""
    if not world.setting.is_restricted:
        return
    instrument = _with_much_to_lose(world, random)
    found = world.instruments[instrument]
    if not found.multiplier:
        return
    what = ChangeMultiplier(
        instrument=instrument,
        nonce=found.nonce + random.choice((1, 1, 1, 1, 1, 2)),
        before=random.choice((*[amounts.text(found.multiplier)] * 6, "7.5")),
        after=amounts.text(_after(found, random)),
        activates_at=instants.whole_second(world.clock.now(random.choice((-5.0, -5.0, 2.0, 10.0, 40.0)))),
    )
    order(world, random, what, instrument)


def cancel(world: World, random: Random) -> None:
    """Take a change back, or one that is not pending, or release its hold."""
    pending = [name for name, found in world.instruments.items() if found.change is not None]
    instrument = random.choice(pending or list(ISINS))
    found = world.instruments[instrument]
    holds = [hold for hold, placed in found.holds.items() if placed.reason == "multiplier_pending"]
    if holds and random.random() < 0.4:
        propose(world, ReleaseHold(instrument=instrument, hold=holds[0]), instrument)
        return
    what = CancelMultiplierChange(instrument=instrument, nonce=max(1, found.nonce))
    order(world, random, what, instrument)


def _with_much_to_lose(world: World, random: Random) -> str:
    """Return an instrument that has something on its way, or units, or any."""
    found = world.instruments
    on_their_way = [name for name in ISINS if found[name].open_mints or found[name].open_operations]
    with_units = [name for name in ISINS if found[name].units]
    return random.choice(random.choice((on_their_way, with_units, [])) or list(ISINS))


def _after(found: InstrumentFacts, random: Random) -> int:
    """Return a lower multiplier, all that the pool covers, or more than that."""
    covered = found.pool * amounts.ONE // found.units if found.units else found.multiplier
    lower = max(1, found.multiplier * random.choice((99, 90, 50)) // 100)
    return random.choice((lower, lower, covered, covered + 1, covered * 2, covered * 2, 0))
