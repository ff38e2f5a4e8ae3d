"""What an account saw, or saw no more, and the ledger has not decided: told by each owner, once."""

from collections.abc import Iterator
from typing import Any

from schemas.envelope import Message
from schemas.events import SightingContradicted, UnitsBridgedOut, UnitsBurned, UnitsReceived
from schemas.messages import (
    RecordName,
    SightingSeenContradicted,
    UnitsBridgedOutSeen,
    UnitsBurnedSeen,
    UnitsReceivedSeen,
)
from schemas.registry import Event

Reportable = UnitsReceived | UnitsBurned | UnitsBridgedOut
Told = Reportable | SightingContradicted
Seen = UnitsReceivedSeen | UnitsBurnedSeen | UnitsBridgedOutSeen | SightingSeenContradicted


class Sightings:
    """One owner's list, derived from the book as read back and from the ledger."""

    def __init__(self) -> None:
        self._owed: dict[str, tuple[Reportable, RecordName]] = {}
        self._gone: dict[tuple[str, str], tuple[SightingContradicted, RecordName]] = {}
        self._told: set[tuple[str, int, int]] = set()

    def recorded(self, event: Event, record: RecordName) -> None:
        """Take up an event of the account's book."""
        if isinstance(event, Reportable):
            self._owed[event.sighting] = (event, record)
        elif isinstance(event, SightingContradicted):
            self._owed.pop(event.sighting, None)
            self._gone[event.sighting, event.block_hash] = (event, record)

    def owed(self, decided: dict[str, str], known: int) -> Iterator[tuple[Told, RecordName]]:
        """Yield what this owner has to tell, each once, and forget what the ledger decided.

        `decided` is the block, by sighting, that the ledger believes it to be in. What is gone is told while
        the ledger believes it. `known` grows with each contradiction that the ledger decided: what was told
        before one may have been left to people for it, and is told again.
        """
        for sighting in [name for name, (event, _) in self._owed.items() if _is_known(event, decided)]:
            del self._owed[sighting]
        gone = [each for each in self._gone.values() if _is_known(each[0], decided)]
        owed = [each for name, each in self._owed.items() if name not in decided]
        for event, record in (*gone, *owed):
            said = (event.sighting, record.seq, known)
            if said not in self._told:
                self._told.add(said)
                yield event, record


def _is_known(event: Told, decided: dict[str, str]) -> bool:
    return decided.get(event.sighting) == event.block_hash


def sighting_message(
    event: Told, *, account: str, instrument: str, record: RecordName, received_at: str
) -> Message:
    """Return the inbox message that tells the ledger of a sighting, or that it is contradicted."""
    seen: dict[str, Any] = {
        "sighting": event.sighting,
        "account": account,
        "chain": event.chain,
        "token": event.token,
        "transaction": event.transaction,
        "block_height": event.block_height,
        "block_hash": event.block_hash,
        "record": record,
    }
    name, body = _body(event, seen)
    return Message(
        type=name,
        received_at=received_at,
        sender=account,
        instrument=instrument,
        evidence=None,
        reader=None,
        body=body,
    )


def _body(event: Told, seen: dict[str, Any]) -> tuple[str, Seen]:
    """Return the message's type and body: what every sighting says, and what is of its kind alone."""
    if isinstance(event, SightingContradicted):
        return "sighting_contradicted", SightingSeenContradicted(**seen, hash_now=event.hash_now)
    seen |= {"units": event.units, "index": event.index}
    if isinstance(event, UnitsBurned):
        return "units_burned_seen", UnitsBurnedSeen(**seen, holder=event.holder)
    if isinstance(event, UnitsReceived):
        return "units_received_seen", UnitsReceivedSeen(**seen, sender=event.sender)
    body = UnitsBridgedOutSeen(
        **seen, holder=event.holder, destination=event.destination, recipient=event.recipient
    )
    return "units_bridged_out_seen", body
