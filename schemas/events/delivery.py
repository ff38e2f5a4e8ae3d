"""Events of instructed deliveries: shares behind burned units leave custody, and only those (INV-005)."""

from schemas.amounts import Amount
from schemas.confirmation import SettledAmount
from schemas.counters import Ordinal
from schemas.house import DeliveryKind
from schemas.identifiers import Digest, Name, SettlementReference, Text
from schemas.tagged import tagged


@tagged()
class DeliveryInstructed:
    """The servicer is to deliver promised shares, free or against payment, under `settlement_reference`."""

    instrument: Name
    redemption: Digest
    delivery: Digest
    attempt: Ordinal
    settlement_reference: SettlementReference
    kind: DeliveryKind
    servicer: Text
    account: Text
    counterparty: Text
    counterparty_account: Text
    shares: Amount


@tagged()
class DeliverySettled:
    """A confirmed delivery took so many of the instructed shares, which are promised no more."""

    instrument: Name
    redemption: Digest
    delivery: Digest
    confirmation: Digest
    shares: Amount
    proceeds: SettledAmount | None


@tagged()
class DeliveryRestored:
    """A confirmed delivery was undone: its shares are in custody again, and promised again."""

    instrument: Name
    redemption: Digest
    delivery: Digest
    confirmation: Digest
    shares: Amount


@tagged()
class DeliveryCancelled:
    """Two operators say that the servicer cancelled what is left of an instruction.

    Its reference links nothing any more, and `shares` are instructed anew, as another attempt.
    """

    instrument: Name
    redemption: Digest
    delivery: Digest
    shares: Amount
