"""What a signing account's book says, folded for the predicates alone."""

from dataclasses import dataclass, field

from schemas.events import OperationClosed, OperationConfirmed, OperationTaken


@dataclass(slots=True)
class AttemptFacts:
    """One signed transaction of a mint; `over` when it provably does nothing any more."""

    transaction: str
    purpose: str
    over: bool = False


@dataclass(slots=True)
class TakenFacts:
    """An operation that an account took on; `proof` is what closed it, `confirmed` that it acted."""

    event: OperationTaken
    attempts: list[AttemptFacts] = field(default_factory=list)
    closed: bool = False
    recalled: bool = False
    confirmed: OperationConfirmed | None = None
    proof: OperationClosed | None = None
    reopened: bool = False


@dataclass(frozen=True, slots=True)
class Sighted:
    """A sighting in an account's book: the feed, (chain, token), that told it, and its block."""

    feed: tuple[str, str]
    block_height: int
    block_hash: str
