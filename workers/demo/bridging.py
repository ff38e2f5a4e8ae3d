"""The demo's bridge: a holder takes units from one chain to another while the first one reorganises."""

from dataclasses import dataclass

from schemas import amounts, canonical
from schemas.dialects import IssuanceFile
from schemas.house import SetLane
from workers.chains.simulated.acts import BridgeOut
from workers.demo.market import CHAINS, CLIENTS, INSTRUMENTS, address
from workers.demo.mishaps import Delivery

CLIENT, SOURCE, DESTINATION = CLIENTS[1], "ethereum", "solana"
INSTRUMENT = INSTRUMENTS[1][0]
UNITS = "7.123456789123456789"
"""More places than the destination's token has: what it cannot carry stays the holder's."""


@dataclass(frozen=True, slots=True)
class Bridging:
    """The tokens that are issued first, and the holder's burn to have them elsewhere."""

    issuance: Delivery
    burn: BridgeOut


def lanes() -> list[SetLane]:
    """Return the lanes between the two chains, one each way."""
    return [
        SetLane(
            source=source,
            destination=destination,
            instrument=None,
            capacity_units="1000",
            refill_units_per_second="0.1",
            open=True,
        )
        for source, destination in ((SOURCE, DESTINATION), (DESTINATION, SOURCE))
    ]


def make_bridging() -> Bridging:
    """Return the bridge."""
    issuance = IssuanceFile(
        dialect="tallystick.request",
        v=1,
        type="issuance",
        client=CLIENT,
        client_request_id="to-be-bridged",
        instrument=INSTRUMENT,
        shares="20",
        chain=SOURCE,
        wallet=address(CLIENT, SOURCE),
        funding="treasury",
    )
    burn = BridgeOut(
        holder=address(CLIENT, SOURCE),
        token=f"{INSTRUMENT}@{SOURCE}",
        base_amount=str(amounts.base_amount(amounts.parse(UNITS), CHAINS[SOURCE])),
        destination=DESTINATION,
        recipient=address(CLIENT, DESTINATION),
    )
    return Bridging((CLIENT, canonical.encode(issuance)), burn)
