"""What an account saw and the ledger has not decided: told by each owner, once."""

from collections.abc import Iterator
from typing import Any

from schemas.envelope import Message
from schemas.events import UnitsBurned, UnitsReceived
from schemas.messages import RecordName, UnitsBurnedSeen, UnitsReceivedSeen
from schemas.registry import Event

Reportable = UnitsReceived | UnitsBurned


class Sightings:
    """One owner's list, derived from the book as read back and from the ledger."""

    def __init__(self) -> None:
        self._owed: dict[str, tuple[Reportable, RecordName]] = {}
        self._told: set[str] = set()

    def recorded(self, event: Event, record: RecordName) -> None:
        """Take up an event of the account's book."""
        if isinstance(event, Reportable):
            self._owed[event.sighting] = (event, record)

    def owed(self, decided: set[str]) -> Iterator[tuple[Reportable, RecordName]]:
        """Yield what this owner has to tell, each once, and forget what the ledger decided."""
        for sighting in [each for each in self._owed if each in decided]:
            del self._owed[sighting]
        for sighting, (event, record) in self._owed.items():
            if sighting not in self._told:
                self._told.add(sighting)
                yield event, record


def sighting_message(
    event: Reportable, *, account: str, instrument: str, record: RecordName, received_at: str
) -> Message:
    """Return the inbox message that tells the ledger of a sighting."""
    seen: dict[str, Any] = {
        "sighting": event.sighting,
        "account": account,
        "chain": event.chain,
        "token": event.token,
        "units": event.units,
        "transaction": event.transaction,
        "index": event.index,
        "block_height": event.block_height,
        "block_hash": event.block_hash,
        "record": record,
    }
    if isinstance(event, UnitsBurned):
        name = "units_burned_seen"
        body: UnitsBurnedSeen | UnitsReceivedSeen = UnitsBurnedSeen(**seen, holder=event.holder)
    else:
        name, body = "units_received_seen", UnitsReceivedSeen(**seen, sender=event.sender)
    return Message(
        type=name,
        received_at=received_at,
        sender=account,
        instrument=instrument,
        evidence=None,
        reader=None,
        body=body,
    )
