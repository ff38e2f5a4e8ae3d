"""What of one instrument is between two chains: its bridges, their queues, and what nobody could carry.

Amounts are units of 10^-18.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from schemas.events.bridge import Leg
from schemas.events.recall import RecallCause
from workers.core.ledger.rules import Rules

Lane = tuple[str, str]
"""From one chain to another."""


@dataclass(slots=True)
class Bridge:
    """Units that were burned to be elsewhere, until they are minted there, or again where they were.

    `units` were burned, by `transaction`, and `carried` travel: less what is a remainder, with what was one.
    `attempts` counts the mints of this leg, `mint` is the one on its way, `queued` why it had to wait at
    first. One that is `voided` was never burned, as far as is known now, and can be minted no more.
    """

    bridge: str
    source: str
    holder: str
    destination: str
    recipient: str
    units: int
    carried: int
    multiplier: str
    transaction: str
    leg: Leg = "destination"
    attempts: int = 0
    mint: str | None = None
    queued: str | None = None
    voided: bool = False

    @property
    def lane(self) -> Lane:
        """Return where it goes from and to."""
        return self.source, self.destination


def covering(rules: Rules, bridge: Bridge) -> list[str]:
    """Return the wide holds that stop a bridge: of where it goes next, of its lane, of either wallet."""
    back = bridge.leg == "refund"
    chain, recipient = (bridge.source, bridge.holder) if back else (bridge.destination, bridge.recipient)
    lane = None if back else bridge.lane
    found = rules.covering(chain=chain, wallet=(chain, recipient), lane=lane)
    return found or rules.covering(wallet=(bridge.source, bridge.holder))


@dataclass(slots=True)
class BridgeMint:
    """An authorized mint of one leg of a bridge; `recall` where its account was asked to stop it."""

    mint: str
    bridge: str
    leg: Leg
    attempt: int
    chain: str
    account: str
    units: int
    recall: RecallCause | None = None


@dataclass(frozen=True, slots=True)
class FinalBridgeMint:
    """A mint that became final lately, its bridge, and the block that made it so, which may not hold."""

    mint: BridgeMint
    bridge: Bridge
    transaction: str
    block_height: int
    block_hash: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What a lane has let go and not got back by then; it may be more than its capacity."""

    units: int
    at: str


@dataclass(slots=True)
class InFlight:
    """An instrument's bridges. `units` are on no chain; `remainder` sums what owners have on (chain, holder).

    `queues` hold the bridges that their lane has not let go yet, in order; `ready` those that may be minted
    and are not yet, or not any more. `unasked` names the open mints that nobody asked back, `contradicted`
    the bridges, over or not, whose burn is not on its chain any more.
    """

    units: int = 0
    remainder: int = 0
    remainders: dict[tuple[str, str], int] = field(default_factory=dict)
    bridges: dict[str, Bridge] = field(default_factory=dict)
    queues: dict[Lane, dict[str, None]] = field(default_factory=dict)
    ready: dict[str, None] = field(default_factory=dict)
    mints: dict[str, BridgeMint] = field(default_factory=dict)
    unasked: dict[str, None] = field(default_factory=dict)
    final_mints: OrderedDict[str, FinalBridgeMint] = field(default_factory=OrderedDict)
    spent: dict[Lane, Spent] = field(default_factory=dict)
    contradicted: dict[str, Bridge] = field(default_factory=dict)

    def dequeue(self, bridge: Bridge) -> None:
        """Take a bridge out of its lane's queue, if it is there."""
        queue = self.queues.get(bridge.lane, {})
        queue.pop(bridge.bridge, None)
        if not queue:
            self.queues.pop(bridge.lane, None)
