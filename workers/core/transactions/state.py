"""The state of a signing account's book: what it took on, and what became of every transaction of it."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from schemas.events import (
    FeedRead,
    FeedReopened,
    OperationClosed,
    OperationConfirmed,
    OperationTaken,
    SightingContradicted,
    UnitsBridgedOut,
    UnitsBurned,
    UnitsReceived,
)
from schemas.events.transactions import Purpose
from schemas.registry import Event

AttemptStatus = Literal["signed", "sent", "included", "reverted", "dead"]


@dataclass(frozen=True, slots=True)
class Work:
    """An authorized operation and the transaction that was signed for it."""

    operation: OperationTaken
    transaction: str
    data: str
    valid_until: int | None


@dataclass(frozen=True, slots=True)
class Recall:
    """An operation that the ledger asks back, taken on or not."""

    operation: OperationTaken


@dataclass(frozen=True, slots=True)
class Observation:
    """What the owner did or saw; it is recorded where it is news."""

    event: Event


Sighting = UnitsReceived | UnitsBurned | UnitsBridgedOut


@dataclass(frozen=True, slots=True)
class Reading:
    """What a token's feed told, and up to where; an event may be told twice."""

    sightings: tuple[Sighting, ...]
    mark: FeedRead


@dataclass(frozen=True, slots=True)
class Rereading:
    """What a token's feed had told and is not on the chain any more, and from where it is read again."""

    gone: tuple[SightingContradicted, ...]
    mark: FeedReopened


@dataclass(slots=True)
class Attempt:
    """One transaction: its exact bytes (hexadecimal), and what is known of it."""

    purpose: Purpose
    transaction: str
    data: str
    valid_until: int | None
    status: AttemptStatus = "signed"
    block_hash: str | None = None

    @property
    def over(self) -> bool:
        """Return whether it provably does nothing any more."""
        return self.status in ("reverted", "dead")


@dataclass(slots=True)
class OpenOperation:
    """An operation that this account took on and that is not closed."""

    taken: OperationTaken
    attempts: list[Attempt] = field(default_factory=list)
    recalled: bool = False
    reopened: bool = False

    @property
    def wanted(self) -> Purpose | None:
        """Return what may be signed next for it, when nothing of that purpose is alive.

        Once it was asked back, or was final before, it is never made to act again.
        """
        if self.recalled:
            return "cancel"
        return None if self.reopened else "act"

    def goes_on(self, attempt: Attempt) -> bool:
        """Return whether this transaction is still to be handed to the node."""
        return not attempt.over and attempt.purpose == self.wanted

    def idle(self, purpose: Purpose) -> bool:
        """Return whether no transaction of this purpose can still do anything."""
        return all(each.over for each in self.attempts if each.purpose == purpose)


@dataclass(slots=True)
class ReadFeed:
    """How far a token's feed is read, and what is looked at again there, in case a finality does not hold.

    `sightings` are the latest, `marks` the latest blocks that it was read through. Whatever stands at or
    below the height `forgotten` is not looked at again.
    """

    read_through: int = 0
    sightings: OrderedDict[str, Sighting] = field(default_factory=OrderedDict)
    marks: OrderedDict[int, str] = field(default_factory=OrderedDict)
    forgotten: int = 0

    @property
    def blocks(self) -> dict[int, str]:
        """Return the blocks that are known to have stood above `forgotten`, by height."""
        told = {each.block_height: each.block_hash for each in self.sightings.values()}
        return {height: hash_ for height, hash_ in (told | self.marks).items() if height > self.forgotten}


@dataclass(slots=True)
class State:
    """One signing account's book. `outcomes` keeps the last word on every closed operation.

    `final` keeps the operations that were confirmed last, and `closed` those that were closed by a block, in
    case a finality does not hold.
    `feeds` says by (chain, token) how far a feed is read.
    """

    open: dict[str, OpenOperation] = field(default_factory=dict)
    outcomes: dict[str, OperationConfirmed | OperationClosed] = field(default_factory=dict)
    feeds: dict[tuple[str, str], ReadFeed] = field(default_factory=dict)
    final: OrderedDict[str, OpenOperation] = field(default_factory=OrderedDict)
    closed: OrderedDict[str, OpenOperation] = field(default_factory=OrderedDict)

    def knows(self, operation: str) -> bool:
        """Return whether the operation was taken on before."""
        return operation in self.open or operation in self.outcomes
