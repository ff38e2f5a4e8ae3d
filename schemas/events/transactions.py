"""Events of a signing account's book: the life of its transactions.

pending -> signed -> sent -> included -> finalized

An operation that the ledger asks back is never signed again; what cancels its guard is, until a last word.
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

Purpose = Literal["act", "cancel"]
"""What a transaction of an operation is for."""


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
class OperationRecalled:
    """The ledger asks the operation back; the record's source names where. It is not signed any more."""

    operation: Digest


@tagged()
class TransactionSigned:
    """Exactly these bytes may be broadcast, once this record is read back.

    `purpose`: `act` does what was authorized, `cancel` uses the guard of a recalled operation up.
    """

    operation: Digest
    purpose: Purpose
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
    """The operation can never act: its guard is cancelled in a final block, or unused past the deadline.

    One that was recalled before it was taken on was `never_signed`, and has no block.
    """

    operation: Digest
    kind: OperationKind
    proof: Literal["never_signed", "deadline_passed", "guard_cancelled"]
    block_height: Height | None
    block_hash: Text | None
    block_time: Instant | None


@tagged()
class ClosureReopened:
    """The block that proved that the operation cannot act is gone: `hash_now` is final there.

    It is open again and never made to act again; the guard, read at finality, has the next last word.
    """

    operation: Digest
    kind: OperationKind
    proof: Literal["deadline_passed", "guard_cancelled"]
    block_height: Height
    block_hash: Text
    hash_now: Text


@tagged()
class OperationReopened:
    """The block in which the operation was confirmed is gone: `hash_now` is final there. Never signed again.

    Its transactions may act or not; the guard, read at finality, has the next last word.
    """

    operation: Digest
    kind: OperationKind
    transaction: Text
    block_height: Height
    block_hash: Text
    hash_now: Text
