"""What of the records that were read back becomes spans."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.envelope import InboxSource
from schemas.events import (
    OperationClosed,
    OperationConfirmed,
    TransactionIncluded,
    TransactionSent,
    TransactionSigned,
)
from workers.authorizations import Authorizations
from workers.core.ledger import Given
from workers.loop import Settled
from workers.runner import Told
from workers.tracing.spans import Attributes, Spans

_STEPS: dict[type, str] = {
    TransactionSigned: "sign",
    TransactionSent: "broadcast",
    TransactionIncluded: "include",
    OperationConfirmed: "finalize",
    OperationClosed: "close",
}


class BookTraces:
    """Traces of the books that one process owns; only what this owner decided itself becomes a span."""

    def __init__(self, spans: Spans, now: Callable[[], str]) -> None:
        self._spans = spans
        self._now = now

    def of_ledger(self) -> Told:
        """Return what takes the records of ledger books."""

        def told(book: str, settled: Sequence[Settled[Any]]) -> None:
            read_at = self._now()
            for each in settled:
                if each.own and isinstance(each.record.source, InboxSource):
                    self._decided(book, each, each.record.source, read_at)

        return told

    def of_account(self, authorizations: Authorizations) -> Told:
        """Return what takes the records of one signing account."""
        return AccountTrace(self._spans, authorizations).told

    def _decided(self, book: str, each: Settled[Given], message: InboxSource, read_at: str) -> None:
        record, given = each.record, each.given
        body = None if given is None else given.message
        received_at = record.recorded_at if body is None else body.received_at
        facts: dict[str, str | int] = {
            **_record(book, each),
            "message.topic": message.topic,
            "message.partition": message.partition,
            "message.offset": message.offset,
            "message.sha256": message.sha256 or "",
            "message.type": "" if body is None else body.type,
            "instrument": "" if body is None else body.instrument or "",
        }
        self._spans.first(message, "message", received_at, read_at, facts)
        self._spans.further(message, "wait for the decision", received_at, record.recorded_at, {})
        self._spans.further(message, "append and read back", record.recorded_at, read_at, _record(book, each))


@dataclass(slots=True)
class _Way:
    """The message that an operation came of, and when its last step was recorded."""

    message: InboxSource
    at: str


class AccountTrace:
    """One account's operations on their way; each step's span begins where the last one ended."""

    def __init__(self, spans: Spans, authorizations: Authorizations) -> None:
        self._spans = spans
        self._authorizations = authorizations
        self._ways: dict[str, _Way] = {}

    def told(self, book: str, settled: Sequence[Settled[Any]]) -> None:
        """Take records that were read back; those of earlier owners say when the next step began."""
        for each in settled:
            for event in each.record.events:
                if type(event) in _STEPS:
                    self._step(book, each, event)

    def _step(self, book: str, each: Settled[Any], event: Any) -> None:  # noqa: ANN401 - one of the steps
        way = self._way(event.operation)
        if way is None:
            return
        recorded_at = each.record.recorded_at
        if each.own:
            facts: dict[str, str | int] = {**_record(book, each), "operation": event.operation}
            transaction = getattr(event, "transaction", None)
            if transaction is not None:
                facts["transaction"] = transaction
            self._spans.further(way.message, _STEPS[type(event)], way.at, recorded_at, facts)
        way.at = recorded_at
        if isinstance(event, OperationConfirmed | OperationClosed):
            del self._ways[event.operation]

    def _way(self, operation: str) -> _Way | None:
        """Return an operation's way; what the ledger closed long ago has none, and nobody asks for it."""
        if operation not in self._ways:
            found = self._authorizations.find(operation)
            if found is None or found.message is None:
                return None
            self._ways[operation] = _Way(found.message, found.authorized_at)
        return self._ways[operation]


def _record(book: str, each: Settled[Any]) -> Attributes:
    record = each.record
    return {
        "book": book,
        "seq": record.seq,
        "sha256": record.sha256,
        "events": ", ".join(event.type for event in record.events),
    }
