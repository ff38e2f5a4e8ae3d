"""Events of the multiplier, shares per unit: the ledger's own fact, changed by compare-and-set."""

from schemas.amounts import Amount
from schemas.counters import Ordinal
from schemas.identifiers import Digest, Name
from schemas.instants import Instant
from schemas.tagged import tagged


@tagged()
class MultiplierChangeScheduled:
    """From here on nothing new is authorized; the multiplier is `after` from its activation on."""

    change: Digest
    instrument: Name
    nonce: Ordinal
    before: Amount
    after: Amount
    activates_at: Instant


@tagged()
class MultiplierWaits:
    """Its time has come, and mints or burns are on their way: it activates when none is."""

    change: Digest
    instrument: Name
    open_operations: Ordinal


@tagged()
class MultiplierActivated:
    """The multiplier is `after` from this record on; nothing is on its way."""

    change: Digest
    instrument: Name
    nonce: Ordinal
    before: Amount
    after: Amount


@tagged()
class MultiplierChangeCancelled:
    """Two operators took the change back before it activated; its nonce is used."""

    change: Digest
    instrument: Name
    nonce: Ordinal
