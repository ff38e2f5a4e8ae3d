"""Blocks and their history.

A segment is one sealed block and the quiet blocks after it: blocks without transactions, one each step. They
are a number, not objects, so that a chain on which nothing happens costs nothing, however short its block
time. Their hashes are digests of the sealed block's hash, their place and their time.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from schemas import canonical
from workers.chains.base import Block
from workers.chains.simulated.transactions import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A block with what it includes; `time_milliseconds` since 1970-01-01.

    `branch` counts the reorganisations before it, so that what replaces a dropped block never equals it.
    """

    height: int
    parent: str
    time_milliseconds: int
    branch: int
    transactions: tuple[Transaction, ...]
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        content = {
            "branch": self.branch,
            "height": self.height,
            "parent": self.parent,
            "time_milliseconds": self.time_milliseconds,
            "transactions": [transaction.hash for transaction in self.transactions],
        }
        object.__setattr__(self, "hash", canonical.digest(canonical.encode(content)))

    def block(self) -> Block:
        """Return the block as clients see it."""
        return Block(height=self.height, hash=self.hash, timestamp=self.time_milliseconds // 1000)


@dataclass(frozen=True, slots=True)
class Quiet:
    """So many blocks without transactions after a sealed one, each `step_milliseconds` after the last."""

    count: int
    step_milliseconds: int


@dataclass(slots=True)
class Segment:
    """A sealed block and the quiet blocks after it."""

    sealed: Sealed
    quiet: Quiet = Quiet(0, 0)

    @property
    def last_height(self) -> int:
        """Return the height of its last block."""
        return self.sealed.height + self.quiet.count

    def time_milliseconds(self, height: int) -> int:
        """Return the time of one of its blocks."""
        return self.sealed.time_milliseconds + (height - self.sealed.height) * self.quiet.step_milliseconds

    def block(self, height: int) -> Block:
        """Return one of its blocks."""
        if height == self.sealed.height:
            return self.sealed.block()
        time_milliseconds = self.time_milliseconds(height)
        content = f"{self.sealed.hash}/{height}/{time_milliseconds}"
        return Block(
            height=height, hash=canonical.digest(content.encode()), timestamp=time_milliseconds // 1000
        )


class History:
    """The canonical blocks from height 0 on."""

    def __init__(self, first: Sealed) -> None:
        self._segments = [Segment(first)]

    @property
    def last(self) -> Segment:
        """Return the last segment."""
        return self._segments[-1]

    def tip(self) -> Block:
        """Return the newest block."""
        return self.last.block(self.last.last_height)

    def tip_milliseconds(self) -> int:
        """Return the newest block's time."""
        return self.last.time_milliseconds(self.last.last_height)

    def block(self, height: int) -> Block:
        """Return the block at a height that exists."""
        after = bisect_right(self._segments, height, key=lambda segment: segment.sealed.height)
        return self._segments[after - 1].block(height)

    def append(self, sealed: Sealed) -> None:
        """Append a sealed block at the next height."""
        tip = self.tip()
        if (sealed.height, sealed.parent) != (tip.height + 1, tip.hash):
            raise ValueError(f"block {sealed.height} {sealed.hash} does not follow {tip}")
        self._segments.append(Segment(sealed))

    def extend(self, quiet: Quiet) -> None:
        """Say how many quiet blocks follow the last sealed one by now."""
        self.last.quiet = quiet

    def drop_after(self, height: int) -> None:
        """Drop every block above the height."""
        while self.last.sealed.height > height:
            self._segments.pop()
        if self.last.last_height > height:
            self.last.quiet = Quiet(height - self.last.sealed.height, self.last.quiet.step_milliseconds)

    def sealed(self) -> list[Sealed]:
        """Return all sealed blocks, lowest first."""
        return [segment.sealed for segment in self._segments]
