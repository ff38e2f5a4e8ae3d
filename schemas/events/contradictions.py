"""Events of finality that is contradicted under what others did: what was made of it is undone.

Each names the sighting, the final block that is gone, and by `hash_now` the one that stands there. What the
account told before record `account_seq` of its book is old. The same transaction may be seen again in another
block, at another place there: what it made is restored, not made twice.
"""

from typing import Literal

from schemas.amounts import Amount
from schemas.counters import Height, Ordinal
from schemas.events.transactions import OperationKind
from schemas.identifiers import Digest, Name, Text
from schemas.tagged import tagged

ClosureOutcome = Literal["reopened", "doubled"]
ReceiptOutcome = Literal["forgotten", "awaited", "missing"]


@tagged()
class HolderBurnContradicted:
    """The units that a holder burned exist again, and the `shares` that were unclaimed are behind them."""

    sighting: Digest
    instrument: Name
    chain: Name
    units: Amount
    shares: Amount
    transaction: Text
    block_height: Height
    block_hash: Text
    hash_now: Text
    account_seq: Ordinal


@tagged()
class ReceiptContradicted:
    """Tokens that had come are not there.

    `forgotten`: they were parked, or to be returned. `awaited`: their redemption waits for tokens again.
    `missing`: operations were authorized with them. Nothing more is, and what is burned or sent on is owed to
    those whose tokens went instead, until the tokens are there after all.
    """

    sighting: Digest
    instrument: Name
    chain: Name
    units: Amount
    redemption: Digest | None
    outcome: ReceiptOutcome
    transaction: Text
    block_height: Height
    block_hash: Text
    hash_now: Text
    account_seq: Ordinal


@tagged()
class ReceiptRestored:
    """Tokens that were sent back as `returned`, and had turned out never to have come, came after all."""

    sighting: Digest
    returned: Digest
    instrument: Name
    chain: Name
    sender: Text
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class BridgeContradicted:
    """The units of a bridge were never burned: they exist at the source. Nothing of it is minted any more.

    What was minted of it, or may still be, exists twice; a deficit says so.
    """

    sighting: Digest
    bridge: Digest
    instrument: Name
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text
    hash_now: Text
    account_seq: Ordinal


@tagged()
class BridgeVoided:
    """No mint of a contradicted bridge can act: its `units` are in flight no more.

    `remainder` is its owner's from now on, `before` was: what the bridge kept or took of it is undone, but
    for what another bridge has carried since.
    """

    bridge: Digest
    instrument: Name
    chain: Name
    holder: Text
    units: Amount
    before: Amount
    remainder: Amount


@tagged()
class BridgeRestored:
    """A contradicted bridge's units were burned after all: it goes on where it was, or from its burn on."""

    sighting: Digest
    bridge: Digest
    instrument: Name
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class ClosureContradicted:
    """The block that proved that an operation cannot act is gone: it may act, or have acted.

    `reopened`: nothing took its place, and it is open again as it was. `doubled`: it is tried again, or its
    shares were given back. What it may have made or sent is counted once more, and a deficit says so.
    """

    operation: Digest
    kind: OperationKind
    instrument: Name
    chain: Name
    units: Amount
    outcome: ClosureOutcome
    block_height: Height
    block_hash: Text
    hash_now: Text
    account_seq: Ordinal


@tagged()
class DoubleFinalized:
    """A doubled operation acted after all: the units exist without shares, or are gone a second time."""

    operation: Digest
    kind: OperationKind
    instrument: Name
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text


@tagged()
class DoubleClosed:
    """A doubled operation provably cannot act, as had been said: nothing of it is counted any more."""

    operation: Digest
    kind: OperationKind
    instrument: Name
    block_height: Height
    block_hash: Text


@tagged()
class DoubleReopened:
    """The block in which a doubled operation acted is gone: it may act, as before it did."""

    operation: Digest
    kind: OperationKind
    instrument: Name
    chain: Name
    units: Amount
    transaction: Text
    block_height: Height
    block_hash: Text
    hash_now: Text
    account_seq: Ordinal


@tagged()
class DoubleResumed:
    """What had taken a doubled operation's place is closed: the operation has its place again.

    It is the open attempt there, as it was authorized. Where it acted meanwhile, the event of its finality
    follows in the same record: what it did stands for the place, and nothing is gone twice any more.
    """

    operation: Digest
    kind: OperationKind
    instrument: Name
    chain: Name
    units: Amount


@tagged()
class LastWordWithdrawn:
    """A signing account takes back a last word on an operation that is open here: it had not been heard.

    Whatever the account said of the operation before record `account_seq` of its book is old.
    """

    operation: Digest
    kind: OperationKind
    instrument: Name
    chain: Name
    units: Amount
    block_height: Height
    block_hash: Text
    hash_now: Text
    account_seq: Ordinal
