"""Events of minting: what a signing account may do, and what the chain made of it."""

from typing import Annotated, Literal

import msgspec
from pydantic import Field

from schemas.amounts import Amount
from schemas.counters import Decimals, Height, Ordinal
from schemas.identifiers import Digest, Name, SigningAccount, Text
from schemas.instants import Instant
from schemas.tagged import tagged


@tagged()
class MintAuthorized:
    """The named lots dissolve into the pool, and the account may mint `units` until the deadline.

    `mint` digests issuance, part, attempt, chain, token, recipient and units: a used guard proves what was
    minted. `units` is floor(shares_in / multiplier) in the token's precision.
    """

    mint: Digest
    issuance: Digest
    instrument: Name
    part: Ordinal
    attempt: Ordinal
    chain: Name
    token: Text
    recipient: Text
    units: Amount
    decimals: Decimals
    multiplier: Amount
    lots: Annotated[tuple[Digest, ...], Field(min_length=1), msgspec.Meta(min_length=1)]
    shares_in: Amount
    account: SigningAccount
    deadline: Instant


@tagged()
class MintFinalized:
    """The units exist: final on the chain under this transaction."""

    mint: Digest
    issuance: Digest
    instrument: Name
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class MintFailed:
    """The mint provably did not happen and never will: its lots come back in the same record.

    The block is the final one that proves it; none where the account never signed.
    """

    mint: Digest
    issuance: Digest
    instrument: Name
    proof: Literal["never_signed", "deadline_passed", "guard_cancelled"]
    block_height: Height | None
    block_hash: Text | None


@tagged()
class ReceiptRepeated:
    """The chain's word on an operation that was closed by the same word before."""

    operation: Digest
