"""Collateral rules: operators set and lift them, and try some that no pool could keep."""

from random import Random

from schemas.collateral import CollateralRules, CustodyPlace
from schemas.house import SetCollateralRules
from tests.simulation import house
from tests.simulation.operators import order
from tests.simulation.world import ISINS, World

PLACES = (
    CustodyPlace(servicer=house.SERVICER, account=house.BACKING),
    CustodyPlace(servicer=house.SERVICER, account=house.TREASURY),
    CustodyPlace(servicer=house.BROKER, account=house.AT_BROKER),
)


def set_rules(world: World, random: Random) -> None:
    """Replace an instrument's collateral rules, or lift them."""
    if not world.setting.is_restricted:
        return
    instrument = random.choice((*ISINS, *ISINS, "GHOST"))
    rules = None if random.random() < 0.3 else _rules(random)
    order(world, random, SetCollateralRules(instrument=instrument, rules=rules), None)


def _rules(random: Random) -> CollateralRules:
    nowhere = CustodyPlace(servicer=house.SERVICER, account="NOBODY-1")
    return CollateralRules(
        eligible=random.choice((PLACES, PLACES, PLACES[:2], PLACES[:1], (*PLACES, nowhere))),
        ratio_min=random.choice(("1", "1", "1.05", "0.9")),
        custodian_share_max=random.choice((None, None, "0.8", "1", "1.5")),
        statement_age_seconds_max=random.choice((None, None, 15, 60, 86_400)),
    )
