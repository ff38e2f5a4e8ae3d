"""Movements that others told of, as far as they are compared, undone, waited with or still taken."""

from dataclasses import dataclass, field
from typing import Literal

from schemas.confirmation import SettledAmount
from schemas.events.custody import Undoing
from workers.core.ledger.in_flight import Bridge


@dataclass(slots=True)
class Seen:
    """One confirmed movement, as far as another message is compared with it or undoes it.

    `made` is the lot, delivery or undoing that it made; `place` is (servicer, account).
    """

    made: str
    identity: str
    movement: Literal["receive", "deliver"]
    place: tuple[str, str]
    shares: int
    settled_total: int
    settlement: str
    message_id: str | None
    flagged: bool
    reference: str | None
    proceeds: SettledAmount | None = None
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A movement that cannot be accounted for yet."""

    what: Literal["delivered"] | Undoing
    seen: Seen
    previous_confirmation_id: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Taking:
    """What a delivery or an undoing is still to take."""

    cause: str
    undone: str | None
    reference: str | None
    shares: int


@dataclass(frozen=True, slots=True)
class ParkedReceipt:
    """Tokens that arrived without a request."""

    chain: str
    sender: str
    units: int
    transaction: str


@dataclass(slots=True)
class FinalSighting:
    """A holder's burn, an arrival or a bridge's burn, in the block that made it final, which may not hold.

    `shares` became unclaimed with a burn, and left the pool `at` these custody accounts. `cause` is what
    tokens that arrived are burned or returned for: a redemption, or the sighting that they were parked as.
    """

    chain: str
    units: int
    transaction: str
    block_height: int
    block_hash: str
    shares: int = 0
    at: dict[tuple[str, str], int] = field(default_factory=dict)
    cause: str | None = None
    bridge: Bridge | None = None
