"""Events of custody: lots, and what state their shares are in."""

from dataclasses import dataclass
from typing import Literal

from schemas.amounts import Amount
from schemas.confirmation import SettledAmount
from schemas.identifiers import Digest, Name, Text
from schemas.tagged import STRICT, tagged

LotState = Literal["free", "unassigned", "reserved", "provisional"]
MoveCause = Literal["settlement_reference", "treasury", "assignment", "release", "expiry", "cancellation"]
TakenFrom = LotState | Literal["pool", "owed"]
Undoing = Literal["reversed", "withdrawn"]
Doubt = Literal["identity_shared", "no_reference", "after_reversal"]
WaitingReason = Doubt | Literal["unmatched"]


@tagged()
class LotReceived:
    """A confirmation brought shares: the lot, and the state that they are in.

    `identity` digests what tells movements apart and `settled_total` (previously settled and this) what tells
    the partials of one apart; `settlement` digests every settlement field. A second message of the same
    movement is compared with them. `reference` is the owner's, which may be an issuance's settlement
    reference. `why` says why the lot is provisional.
    """

    instrument: Name
    lot: Digest
    servicer: Text
    account: Text
    shares: Amount
    state: Literal["free", "unassigned", "provisional"]
    reference: Text | None
    identity: Digest
    settled_total: Amount
    settlement: Digest
    message_id: Text | None
    flagged: bool
    why: Doubt | None


@tagged()
class ConfirmationRepeated:
    """The same message or movement, told again: it moved nothing. `first` is what the first one made.

    That is a lot, a delivery, or an undoing.
    """

    instrument: Name
    first: Digest


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


@tagged()
class DeliveryConfirmed:
    """Shares left custody. They settle what is `instructed`, as far as that goes; others are taken."""

    instrument: Name
    delivery: Digest
    servicer: Text
    account: Text
    shares: Amount
    reference: Text | None
    instructed: Digest | None
    identity: Digest
    settled_total: Amount
    settlement: Digest
    message_id: Text | None
    flagged: bool


@tagged()
class MovementUndone:
    """A custodian reversed a movement, or withdrew what it had said of it.

    `undone` is what the movement made, a lot or a delivery; `movement` is the direction that is undone.
    """

    instrument: Name
    undoing: Digest
    undone: Digest
    undone_identity: Digest
    how: Undoing
    movement: Literal["receive", "deliver"]
    servicer: Text
    account: Text
    shares: Amount
    identity: Digest
    settled_total: Amount
    settlement: Digest
    message_id: Text | None
    flagged: bool


@tagged()
class MovementWaits:
    """A fact that cannot be accounted for yet: its instrument is held until it can, or operators decide.

    An undoing whose movement is not known (`unmatched`) waits for that; a delivery, or a second undoing, that
    may be one told twice waits for two operators, who accept or dismiss it.
    """

    instrument: Name
    waiting: Digest
    what: Literal["delivered", "reversed", "withdrawn"]
    movement: Literal["receive", "deliver"]
    servicer: Text
    account: Text
    shares: Amount
    reference: Text | None
    identity: Digest
    settled_total: Amount
    settlement: Digest
    message_id: Text | None
    flagged: bool
    previous_confirmation_id: Text | None
    proceeds: SettledAmount | None
    why: WaitingReason


@tagged()
class MovementAccepted:
    """Two operators accepted a movement that waited: it takes effect as what it says."""

    instrument: Name
    waiting: Digest


@tagged()
class MovementDismissed:
    """Two operators found that a movement that waited did not happen, or was told before."""

    instrument: Name
    waiting: Digest


@tagged()
class SharesTaken:
    """A delivery or an undoing (`cause`) took shares: a whole lot, part of an open mint's lot, pool, or owed.

    `mint` is given where the lot is one that an open mint consumed: it comes back without these shares.
    `reference` is the settlement reference whose issuance is short of them, where they came out of the pool.
    """

    instrument: Name
    cause: Digest
    state: TakenFrom
    lot: Digest | None
    mint: Digest | None
    reference: Text | None
    shares: Amount


@tagged()
class TakingPostponed:
    """One decision was long enough: the rest is owed until a tick takes it."""

    instrument: Name
    cause: Digest
    undone: Digest | None
    reference: Text | None
    shares: Amount


@tagged()
class SharesReturned:
    """A delivery was undone: its shares are back where they came from, those of lots as a new lot."""

    instrument: Name
    cause: Digest
    delivery: Digest
    state: Literal["unassigned", "free", "pool", "owed"]
    lot: Digest | None
    servicer: Text
    account: Text
    reference: Text | None
    shares: Amount


@tagged()
class SharesCovered:
    """A whole lot went to fill what is short: the pool, then what is owed.

    By `resettlement` where it settled under the reference of the shares that were taken, else by an `order`.
    """

    instrument: Name
    lot: Digest
    cause: Literal["resettlement", "order"]
    pool: Amount
    owed: Amount


@tagged()
class DeficitOpened:
    """The pool is smaller than what it backs, by `shares`. Either of the cures closes it.

    `cure_shares` is what would have to come into the pool, `cure_units` what would have to be burned.
    """

    instrument: Name
    shares: Amount
    cure_shares: Amount
    cure_units: Amount


@tagged()
class DeficitChanged:
    """The deficit is of another size by now."""

    instrument: Name
    shares: Amount
    cure_shares: Amount
    cure_units: Amount


@tagged()
class DeficitClosed:
    """The pool is as large again as what it backs; the deficit's hold is released in the same record."""

    instrument: Name
