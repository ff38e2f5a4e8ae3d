"""What the demo's custodians send: a movement, told in the dialect that its custodian speaks."""

from random import Random

from workers.demo import fin, journal, sese
from workers.demo.movement import Movement

_DIALECTS = {"iso20022": sese.told, "mt": fin.told, "alpaca": journal.told}


def told(movement: Movement, chance: Random) -> bytes:
    """Return the message in the custodian's dialect."""
    return _DIALECTS[movement.custodian.dialect](movement, chance)
