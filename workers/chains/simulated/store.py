"""How the simulated chain is kept: a change at a time, stored before it is applied.

StoreError
|-- StoreBusy       another process runs this chain
|-- StoreDamaged    what is stored is not a chain
`-- StoreUnusable   the file cannot be opened, or is another chain's
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from workers.chains.base import ChainError
from workers.chains.simulated.blocks import Quiet, Sealed
from workers.chains.simulated.transactions import Transaction


class StoreError(ChainError):
    """What is wrong with the stored chain, in one sentence."""


class StoreBusy(StoreError):  # noqa: N818 - the tree above reads as findings
    """Another process runs this chain."""


class StoreDamaged(StoreError):  # noqa: N818
    """What is stored is not a chain."""


class StoreUnusable(StoreError):  # noqa: N818
    """The file cannot be opened, or is another chain's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step of the network, whole: applied in the order of the fields.

    `dropped_after`: drop the blocks above this height. `sealed`: then append this block. `quiet`: what
    follows the last sealed block now. `removed` and `added`: the mempool. `final_height` and `branch`: as
    they are afterwards.
    """

    dropped_after: int | None = None
    sealed: Sealed | None = None
    quiet: Quiet | None = None
    removed: tuple[str, ...] = ()
    added: tuple[Transaction, ...] = ()
    final_height: int
    branch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A chain as it was kept; `blocks` start after the genesis block, whose tokens and time stand here."""

    name: str
    tokens: tuple[str, ...]
    timestamp: int
    genesis_quiet: Quiet
    blocks: Iterator[tuple[Sealed, Quiet]]
    mempool: tuple[Transaction, ...]
    final_height: int
    branch: int


class Store(Protocol):
    """Where changes are kept."""

    def load(self) -> Stored | None:
        """Return what is kept, or None where nothing is."""
        ...

    def create(self, name: str, tokens: tuple[str, ...], timestamp: int) -> None:
        """Keep a new chain's beginning."""
        ...

    def write(self, change: Change) -> None:
        """Keep a change, all of it or nothing; a killed process loses none that returned."""
        ...

    def close(self) -> None:
        """Release what is open."""
        ...
