"""What an executor and an observer need of a chain, whatever its kind.

    ChainError
    |-- ChainUnavailable    no answer, or none that can be believed now; ask again later
    `-- ChainRefused        the node understood and will never do this; the sentence says why

What a broadcast answers decides nothing. Only `fate` and `guard`, read at finality, decide.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from schemas.events.transactions import OperationKind


class ChainError(Exception):
    """What the chain or its node said, and what to do."""


class ChainUnavailable(ChainError):  # noqa: N818 - the tree above reads as findings
    """No answer that can be believed now; nothing is known."""


class ChainRefused(ChainError):  # noqa: N818
    """The node understood and will never do this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block: `timestamp` in whole seconds since 1970-01-01."""

    height: int
    hash: str
    timestamp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MintCall:
    """What the chain is asked to do; the guard is keyed by `operation`, and a second use is refused there.

    `base_amount` counts the token's smallest unit; `deadline` is the last block timestamp (seconds) at which
    the call may still act.
    """

    operation: str
    token: str
    recipient: str
    base_amount: int
    deadline: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnCall:
    """Burn from the signing account's own holding; guard, `base_amount` and `deadline` as in `MintCall`."""

    operation: str
    token: str
    base_amount: int
    deadline: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCall:
    """Send from the signing account's own holding; guard, `base_amount` and `deadline` as in `MintCall`."""

    operation: str
    token: str
    recipient: str
    base_amount: int
    deadline: int


Call = MintCall | BurnCall | TransferCall


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTransaction:
    """Exact bytes, ready to broadcast, and the hash that they will be found under.

    `valid_until` is the last block height that may include it (Solana's lastValidBlockHeight, Tron's
    expiration as a height), or None where a nonce decides that (EVM).
    """

    hash: str
    data: bytes
    valid_until: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of one transaction.

    `unknown`: not seen, and it may still be included. `included`: in `block`, not final yet. `finalized`:
    in `block`, final, and it acted. `reverted`: in `block`, final, and it did not act. `dead`: it provably
    can never be included any more (final chain past `valid_until` without it). `detail` is a sentence.
    """

    state: Literal["unknown", "included", "finalized", "reverted", "dead"]
    block: Block | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """The guard of one operation id, as the chain has it at finality; `at` is the final block that was read.

    `done`: used by `transaction`, an operation of this `kind` and `base_amount` in `block`. `cancelled`: used
    up without an effect. `unused`: neither, up to and including `at`.
    """

    state: Literal["unused", "done", "cancelled"]
    at: Block
    kind: OperationKind | None
    transaction: str | None
    base_amount: int | None
    block: Block | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a final event stands: EVM's block, transaction hash and log index in the block."""

    block: Block
    transaction: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Units came into the account's holding out of `sender`'s, who is not the account."""

    place: Place
    sender: str
    base_amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Burned:
    """`holder` burned units of their own: no operation of a signing account did."""

    place: Place
    holder: str
    base_amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgedOut:
    """`holder` burned units of their own, for `recipient` to have on the chain `destination`, as they wrote.

    Neither text was checked by anybody.
    """

    place: Place
    holder: str
    base_amount: int
    destination: str
    recipient: str


FeedEvent = Received | Burned | BridgedOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """All events in the final blocks after the height asked for up to `through`, in the chain's order.

    A node may tell one of them twice.
    """

    events: tuple[FeedEvent, ...]
    through: Block


class Chain(Protocol):
    """One chain, as one signing account sees it through its node."""

    name: str

    def finalized(self) -> Block:
        """Return the newest final block."""
        ...

    def sign(self, account: str, call: Call) -> SignedTransaction:
        """Sign the call as this account, fresh on each call; nothing is sent."""
        ...

    def sign_cancel(self, account: str, operation: str) -> SignedTransaction:
        """Sign the using-up of an operation id's guard without effect; nothing is sent."""
        ...

    def broadcast(self, data: bytes) -> None:
        """Hand signed bytes to the node; sending the same bytes again is harmless. The answer is advice."""
        ...

    def fate(self, transaction: SignedTransaction) -> Fate:
        """Return what became of it; `finalized`, `reverted` and `dead` are said at finality only."""
        ...

    def guard(self, operation: str) -> Guard:
        """Return the guard of an operation id as of the newest final block."""
        ...

    def block(self, height: int) -> Block:
        """Return the final block at a height; `ChainUnavailable` where none is final there yet."""
        ...

    def feed(self, account: str, token: str, *, after_height: int, blocks_max: int) -> Feed | None:
        """Return what happened to a token's units without us: to the account, or by a holder's burn.

        At most `blocks_max` final blocks are searched; None where none is final after that height. Each
        event's block, and the last one searched, is read again by its height: what does not agree is
        `ChainUnavailable`, and nothing of the answer is believed.
        """
        ...

    def supply(self, token: str) -> int:
        """Return the token's supply in its smallest unit, as of the newest final block."""
        ...
