"""Limits: operators set and lift them, and two of them approve what is large."""

from random import Random

from schemas.house import ApproveIssuance, SetLimits
from schemas.limits import Limits
from tests.simulation.operators import order
from tests.simulation.world import ISINS, World


def set_limits(world: World, random: Random) -> None:
    """Replace an instrument's limits, or everybody's; now and then of what is no instrument."""
    if not world.setting.is_restricted:
        return
    instrument = random.choice((*ISINS, *ISINS, None, "GHOST"))
    order(world, random, SetLimits(instrument=instrument, limits=_limits(random)), None)


def approve(world: World, random: Random) -> None:
    """Approve an issuance that waits for it, mostly."""
    every = [each for found in world.instruments.values() for each in found.issuances.values()]
    waiting = [each for each in every if each.approve_by is not None and not each.approved]
    among = waiting if random.random() < 0.85 else every
    if among:
        asked = random.choice(among).event
        what = ApproveIssuance(instrument=asked.instrument, issuance=asked.issuance)
        order(world, random, what, asked.instrument)


def _limits(random: Random) -> Limits:
    return Limits(
        mint_shares_max=random.choice((None, None, "8", "50", "99.5")),
        instrument_day_shares_max=random.choice((None, None, "11", "70")),
        client_day_shares_max=random.choice((None, None, "12", "60")),
        approval_threshold_shares=random.choice((None, None, "20", "0.75")),
        approval_expiry_seconds=random.choice((20, 60, 600)),
    )
