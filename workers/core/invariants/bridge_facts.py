"""Bridges and their lanes, as the events say, for the predicates alone; amounts are integers of 10^-18."""

from collections import Counter
from dataclasses import dataclass, field

from schemas.events import BridgeStarted


@dataclass(slots=True)
class BridgeFacts:
    """A bridge: what it carries, what its lane and its legs did, and what arrived by leg.

    The burn of one that is `contradicted` is not there; one that is `voided` can be minted no more.
    """

    event: BridgeStarted
    carried: int
    queued: bool = False
    released: bool = False
    turned_back: bool = False
    mint: str | None = None
    contradicted: bool = False
    voided: bool = False
    attempts: Counter[str] = field(default_factory=Counter)
    arrived: Counter[str] = field(default_factory=Counter)

    @property
    def lane(self) -> tuple[str, str]:
        """Return where it goes from and to."""
        return self.event.chain, self.event.destination

    @property
    def waits(self) -> bool:
        """Return whether its lane is still to let it go."""
        return not self.released and not self.turned_back


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """What is left of a lane's units at a time; less than nothing after more than the capacity went."""

    left: int
    at: str
