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


@tagged()
class MintTaken:
    """The account took an authorized mint on; the record's source names the authorization."""

    mint: Digest
    chain: Name
    token: Text
    recipient: Text
    units: Amount
    decimals: Decimals
    deadline: Instant


@tagged()
class TransactionSigned:
    """Exactly these bytes may be broadcast, once this record is read back."""

    mint: Digest
    attempt: Ordinal
    transaction: Text
    data: HexBytes
    valid_until: Height | None


@tagged()
class TransactionSent:
    """The bytes were handed to a node; its answer decides nothing."""

    mint: Digest
    transaction: Text
    answer: Literal["accepted", "refused", "unavailable"]


@tagged()
class TransactionIncluded:
    """Seen in a block that is not final."""

    mint: Digest
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class TransactionReorganized:
    """Its block is gone; it is sent again, the same bytes."""

    mint: Digest
    transaction: Text


@tagged()
class TransactionReverted:
    """Final in a block, and without effect."""

    mint: Digest
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class TransactionDead:
    """It provably can never be included any more; the mint may be signed again."""

    mint: Digest
    transaction: Text
    final_height: Height


@tagged()
class MintConfirmed:
    """The guard says at finality that the mint id was used: `adopted` if by none of this book."""

    mint: Digest
    transaction: Text
    units: Amount
    adopted: bool
    block_height: Height
    block_hash: Text


@tagged()
class MintClosed:
    """A final block is past the deadline and the guard is unused there (or it was cancelled)."""

    mint: Digest
    proof: Literal["deadline_passed", "guard_cancelled"]
    block_height: Height
    block_hash: Text
    block_time: Instant
