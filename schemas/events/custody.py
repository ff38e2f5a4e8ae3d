"""Events of custody: lots, and what state their shares are in."""

from dataclasses import dataclass
from typing import Literal

from schemas.amounts import Amount
from schemas.identifiers import Digest, Name, Text
from schemas.tagged import STRICT, tagged

LotState = Literal["free", "unassigned", "reserved", "provisional"]
MoveCause = Literal["settlement_reference", "treasury", "assignment", "release", "expiry", "cancellation"]


@tagged()
class LotReceived:
    """A confirmation brought shares: the lot, and the state that they are in.

    `identity` digests what tells movements apart, `settlement` every settlement field; a second message of
    the same identity is compared with them. `reference` is the owner's, which may be an issuance's
    settlement reference. `why` says why the lot is provisional.
    """

    instrument: Name
    lot: Digest
    servicer: Text
    account: Text
    shares: Amount
    state: Literal["free", "unassigned", "provisional"]
    reference: Text | None
    identity: Digest
    settlement: Digest
    message_id: Text | None
    flagged: bool
    why: Literal["identity_shared", "no_reference"] | None


@tagged()
class ConfirmationRepeated:
    """The same movement, told again: it brought no shares. `lot` is what the first one brought."""

    instrument: Name
    lot: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPart:
    """One part of a lot that was split."""

    __pydantic_config__ = STRICT

    lot: Digest
    shares: Amount


@tagged()
class LotSplit:
    """A lot became parts that sum to it and are in its state; it exists no more."""

    instrument: Name
    lot: Digest
    parts: tuple[LotPart, LotPart]


@tagged()
class LotMoved:
    """The lot's shares went from one state to another; `issuance` where the new one is reserved."""

    instrument: Name
    lot: Digest
    from_state: LotState
    to_state: LotState
    issuance: Digest | None
    cause: MoveCause
