"""Events of a signing account's book: the life of its transactions.

pending -> signed -> sent -> included -> finalized
"""

from typing import Annotated, Literal

import msgspec
from pydantic import StringConstraints

from schemas.amounts import Amount
from schemas.counters import Decimals, Height, Ordinal
from schemas.identifiers import Digest, Name, Text
from schemas.instants import Instant
from schemas.tagged import tagged

_HEX = r"^([0-9a-f]{2})+"
HexBytes = Annotated[str, StringConstraints(pattern=_HEX + "$"), msgspec.Meta(pattern=_HEX + r"\Z")]
"""Bytes in lower-case hexadecimal."""

OperationKind = Literal["mint", "burn", "transfer"]
"""What an operation does to units: makes them, or takes them out of the account's own holding."""


@tagged()
class OperationTaken:
    """The account took an authorized operation on; the record's source names the authorization.

    `recipient` is null for a burn, which takes from the account's own holding, as a transfer does.
    """

    operation: Digest
    kind: OperationKind
    chain: Name
    token: Text
    recipient: Text | None
    units: Amount
    decimals: Decimals
    deadline: Instant


@tagged()
class TransactionSigned:
    """Exactly these bytes may be broadcast, once this record is read back."""

    operation: Digest
    attempt: Ordinal
    transaction: Text
    data: HexBytes
    valid_until: Height | None


@tagged()
class TransactionSent:
    """The bytes were handed to a node; its answer decides nothing."""

    operation: Digest
    transaction: Text
    answer: Literal["accepted", "refused", "unavailable"]


@tagged()
class TransactionIncluded:
    """Seen in a block that is not final."""

    operation: Digest
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class TransactionReorganized:
    """Its block is gone; it is sent again, the same bytes."""

    operation: Digest
    transaction: Text


@tagged()
class TransactionReverted:
    """Final in a block, and without effect."""

    operation: Digest
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class TransactionDead:
    """It provably can never be included any more; the operation may be signed again."""

    operation: Digest
    transaction: Text
    final_height: Height


@tagged()
class OperationConfirmed:
    """The guard says at finality that the operation id was used: `adopted` if by none of this book."""

    operation: Digest
    kind: OperationKind
    transaction: Text
    units: Amount
    adopted: bool
    block_height: Height
    block_hash: Text


@tagged()
class OperationClosed:
    """A final block is past the deadline and the guard is unused there (or it was cancelled)."""

    operation: Digest
    kind: OperationKind
    proof: Literal["deadline_passed", "guard_cancelled"]
    block_height: Height
    block_hash: Text
    block_time: Instant
