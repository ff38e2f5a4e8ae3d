"""Events that let a signing account act on units that exist already, or on those that a bridge brings.

Each is of one kind of operation, and its id stands in the field that is named as the kind. The id digests all
but account and deadline, so that a used guard proves what was done.
"""

from typing import Literal

from schemas.amounts import Amount
from schemas.counters import Decimals, Ordinal
from schemas.events.minting import MintAuthorized
from schemas.events.transactions import OperationKind
from schemas.identifiers import Digest, Name, SigningAccount, Text
from schemas.instants import Instant
from schemas.tagged import tagged


@tagged()
class BurnAuthorized:
    """The account may burn `units` of its own holding, received for this redemption, until the deadline."""

    burn: Digest
    redemption: Digest
    instrument: Name
    attempt: Ordinal
    chain: Name
    token: Text
    units: Amount
    decimals: Decimals
    account: SigningAccount
    deadline: Instant


@tagged()
class ReturnAuthorized:
    """The account may send `units` of its own holding back, until the deadline, for this `cause`.

    A redemption returns what is beyond its increment; tokens that nobody asked for return to their sender.
    """

    transfer: Digest
    cause: Digest
    instrument: Name
    attempt: Ordinal
    chain: Name
    token: Text
    recipient: Text
    units: Amount
    decimals: Decimals
    account: SigningAccount
    deadline: Instant


@tagged()
class BridgeMintAuthorized:
    """The account may mint `units` that were burned for this bridge, until the deadline.

    `destination` mints where they shall be; `refund` mints where they were, when the other can never happen.
    """

    mint: Digest
    bridge: Digest
    instrument: Name
    leg: Literal["destination", "refund"]
    attempt: Ordinal
    chain: Name
    token: Text
    recipient: Text
    units: Amount
    decimals: Decimals
    multiplier: Amount
    account: SigningAccount
    deadline: Instant


Authorization = MintAuthorized | BurnAuthorized | ReturnAuthorized | BridgeMintAuthorized
"""An event that lets a signing account act."""

AUTHORIZES: dict[type, OperationKind] = {
    MintAuthorized: "mint",
    BurnAuthorized: "burn",
    ReturnAuthorized: "transfer",
    BridgeMintAuthorized: "mint",
}
"""The kind of operation that each of them lets happen."""
