"""Intake: bytes from outside become evidence first, then a meaning, then messages in the right inboxes.

`submit`, the drop folder and the demo all come in here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from schemas import canonical
from schemas.confirmation import Reason
from schemas.envelope import Evidence, Message, NotAMessage, Reader, decode_message, encode_message
from schemas.house import INSTRUMENT_ORDERS
from schemas.messages import (
    BODIES,
    Body,
    CancellationRequested,
    EvidenceParked,
    InformationReceived,
    IssuanceRequested,
    OrderConfirmed,
    OrderProposed,
    RedemptionRequested,
)
from schemas.statement import Statement
from schemas.streams import inbox_stream, partition_of
from workers.house_view import HouseView
from workers.ingest import registry
from workers.ingest.profiles import Profiles
from workers.ingest.reading import Reading, Unreadable, parked
from workers.log.engine import Engine

WHY_CHARACTERS_MAX = 300


@dataclass(frozen=True, slots=True)
class Placed:
    """One message that was read from evidence: where it belongs, its bytes and their digest."""

    reading: Reading
    evidence: str
    stream: str
    data: bytes
    sha256: str


class Intake:
    """Reads evidence and routes what it says, by the house rules of the log."""

    def __init__(
        self, engine: Engine, *, partitions: int, profiles: Profiles, now: Callable[[], str]
    ) -> None:
        self._engine = engine
        self._partitions = partitions
        self._profiles = profiles
        self._now = now
        self._house = HouseView(engine)
        self._profile_sha256: str | None = None

    def ready(self) -> bool:
        """Return whether every book knows that the log was created before it sees what is appended now."""
        return self._house.rules.number > 0 or self._house.advance().number > 0

    def take(self, items: list[tuple[bytes, str]]) -> list[list[Placed]]:
        """Keep the bytes of each (bytes, sender) as evidence, durably, and return their messages.

        Nothing is appended yet: the caller appends `data` to `stream`, together with what else it has.
        """
        self._keep_profile()
        digests = self._engine.keep_all_evidence(data for data, _ in items)
        self._house.advance()
        return [
            [
                self._place(reading, Evidence(sha256=sha256, index=index), sender)
                for index, reading in enumerate(registry.read(data, profiles=self._profiles))
            ]
            for (data, sender), sha256 in zip(items, digests, strict=True)
        ]

    def _keep_profile(self) -> None:
        """Keep the profiles that readings depend on, so that they can be read again in years."""
        if self._profile_sha256 is None and self._profiles.profiles:
            self._profile_sha256 = self._engine.keep_evidence(canonical.encode(self._profiles.profiles))

    def _place(self, reading: Reading, evidence: Evidence, sender: str) -> Placed:
        try:
            return self._placed(reading, evidence, sender)
        except (UnicodeEncodeError, NotAMessage) as error:
            # What a file says may be no text, or longer than any message: its bytes are kept all the same.
            why = f"What it says does not fit into a message: {error}"[:WHY_CHARACTERS_MAX]
            why = why.encode("utf-8", "backslashreplace").decode()
            unfit = parked(
                Unreadable("malformed", why), reader=reading.reader, version=reading.reader_version
            )
            return self._placed(unfit, evidence, sender)

    def _placed(self, reading: Reading, evidence: Evidence, sender: str) -> Placed:
        name, body = _message(reading)
        instrument = self._instrument(body, reading)
        data = encode_message(
            Message(
                type=name,
                received_at=self._now(),
                sender=sender,
                instrument=instrument,
                evidence=evidence,
                reader=Reader(
                    name=reading.reader,
                    version=reading.reader_version,
                    profile_sha256=self._profile_sha256,
                ),
                body=body,
            )
        )
        decode_message(data)  # what could not be read back is never appended
        partition = self._partition(body, instrument, evidence.sha256)
        stream = inbox_stream(BODIES[name][1], partition)
        return Placed(reading, evidence.sha256, stream, data, canonical.digest(data))

    def _instrument(self, body: Body, reading: Reading) -> str | None:
        """Return the instrument that the message is about, by the aliases of the day that it speaks of."""
        if reading.confirmation is not None:
            found = reading.confirmation
            return self._house.rules.resolve(found.security, found.servicer, found.settled_on)
        if isinstance(body, IssuanceRequested | RedemptionRequested | CancellationRequested | OrderConfirmed):
            return body.instrument
        if isinstance(body, OrderProposed) and isinstance(body.order, INSTRUMENT_ORDERS):
            return body.order.instrument
        return None

    def _partition(self, body: Body, instrument: str | None, sha256: str) -> int:
        if isinstance(body, Statement | OrderProposed | OrderConfirmed) and instrument is None:
            return 0
        return partition_of(instrument or sha256, self._partitions)


def _message(reading: Reading) -> tuple[str, Body]:
    if reading.confirmation is not None:
        return reading.confirmation.kind, reading.confirmation
    if reading.statement is not None:
        return "holdings_statement_received", reading.statement
    if isinstance(reading.order, IssuanceRequested):
        return "issuance_requested", reading.order
    if isinstance(reading.order, RedemptionRequested):
        return "redemption_requested", reading.order
    if isinstance(reading.order, CancellationRequested):
        return "cancellation_requested", reading.order
    if isinstance(reading.order, OrderProposed):
        return "order_proposed", reading.order
    if isinstance(reading.order, OrderConfirmed):
        return "order_confirmed", reading.order
    reason = reading.reason or Reason(code="malformed", text="The reader gave no reason.", where=None)
    if reading.outcome == "information":
        return "information_received", InformationReceived(dialect=reading.dialect, reason=reason)
    return "evidence_parked", EvidenceParked(dialect=reading.dialect, reason=reason)
