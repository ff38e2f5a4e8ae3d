"""Events of taking a mint back: what its signing account is asked, and a finality that did not hold."""

from typing import Literal

from schemas.amounts import Amount
from schemas.counters import Height, Ordinal
from schemas.identifiers import Digest, Name, Text
from schemas.tagged import tagged

RecallCause = Literal["hold", "cancellation"]


@tagged()
class MintRecallRequested:
    """The account that holds this open mint is asked to stop it; its lots stay in the pool until it did.

    Asked once. The mint is open until the account says that it is final, or that it can never be.
    """

    mint: Digest
    issuance: Digest
    instrument: Name
    cause: RecallCause


@tagged()
class FinalityContradicted:
    """The block that made a mint final is gone: its units are authorized again, and still backed.

    `hash_now` is the final block at `block_height`. The mint is open for its account's next last word: what
    the account said before record `account_seq` of its book is not that.
    """

    mint: Digest
    issuance: Digest
    instrument: Name
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text
    hash_now: Text
    account_seq: Ordinal
