"""What a worker's books look like at a moment, in numbers; nothing here changes once it is made."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inbox:
    """One topic of a book's inbox: how much is decided, how much waits, and how long the oldest does."""

    topic: str
    decided: int
    waiting: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Holds:
    """How many holds of one scope and reason stand."""

    scope: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class LedgerFigures:
    """What is in a ledger book: its inbox, its deficits (instrument and shares in 10^-18), its holds."""

    inboxes: tuple[Inbox, ...]
    deficits: tuple[tuple[str, int], ...]
    holds: tuple[Holds, ...]


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """What a signing account still has to do, and how much of it is past its deadline."""

    open: int
    past_deadline: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What the book says, read to its end: the same for every reader."""

    records: int
    voids: int
    takeovers: int
    of: LedgerFigures | AccountFigures


@dataclass(frozen=True, slots=True)
class Readbacks:
    """How long records took to come back: numbers by bound, as they are counted, and the sum."""

    counts: tuple[int, ...]
    sum_seconds: float


@dataclass(frozen=True, slots=True)
class BookFigures:
    """One book in this process; `contents` is None until it was read to its end for the first time."""

    book: str
    owned: bool
    doubts: int
    appended: int
    pending: int
    readbacks: Readbacks
    contents: Contents | None


@dataclass(frozen=True, slots=True)
class Published:
    """All figures of a process, taken at one moment of its monotonic clock; `books` are all of its role."""

    at: float
    books: tuple[str, ...]
    figures: tuple[BookFigures, ...]


class Board:
    """Where the working thread puts figures and others read them: one reference, replaced whole."""

    def __init__(self, role: str, program: str, *, started_at: float) -> None:
        self.role = role
        self.program = program
        self.latest = Published(started_at, (), ())

    def publish(self, at: float, books: Sequence[str], figures: Sequence[BookFigures]) -> None:
        """Replace what is there."""
        self.latest = Published(at, tuple(books), tuple(figures))
