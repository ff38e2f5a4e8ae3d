"""INV-011 a signing account's book: it takes on what was authorized, signs one at a time, and stops."""

from collections.abc import Callable, Iterator
from typing import Any

from schemas import instants
from schemas.canonical import digest
from schemas.envelope import InboxSource
from schemas.events import (
    BridgeMintRecallRequested,
    ClosureReopened,
    MintRecallRequested,
    OperationClosed,
    OperationConfirmed,
    OperationRecalled,
    OperationReopened,
    OperationTaken,
    OwnerStarted,
    TransactionDead,
    TransactionIncluded,
    TransactionReorganized,
    TransactionReverted,
    TransactionSent,
    TransactionSigned,
)
from schemas.events.operations import AUTHORIZES
from schemas.messages import RecordName
from schemas.registry import Event
from schemas.streams import is_ledger, transactions_book
from workers.core.invariants import claims, units
from workers.core.invariants.account_facts import AttemptFacts, TakenFacts
from workers.core.invariants.facts import Claim, Facts
from workers.core.invariants.predicate import Predicate, Record

_RECALLING: dict[type, str] = {MintRecallRequested: "mint", BridgeMintRecallRequested: "mint"}
"""What asks an operation back: the field that holds its id."""
_AS_AUTHORIZED = ("chain", "token", "units", "decimals", "deadline")


def source_fits(_facts: Facts, record: Record) -> Iterator[str]:
    """A record of a signing account takes a ledger record's work, or is its owner's own observation."""
    takes = any(isinstance(event, OperationTaken) or _takes_back(event) for event in record.events)
    if isinstance(record.source, InboxSource) or takes != isinstance(record.source, RecordName):
        yield f"its source is {record.source}"
    if not record.events:
        yield "it says nothing"
    if any(isinstance(event, OwnerStarted) for event in record.events) and len(record.events) > 1:
        yield "an owner's start stands with other events"


def work_was_authorized(facts: Facts, record: Record, event: OperationTaken) -> Iterator[str]:
    """An operation is taken on once, and its source authorized exactly that for this account."""
    book = facts.books[record.book]
    if event.operation in book.taken or event.operation in book.never_signed:
        yield f"operation {event.operation} was taken on before, or closed"
    if not isinstance(record.source, RecordName) or not is_ledger(record.source.book):
        yield f"no ledger record authorized operation {event.operation}"
        return

    def authorizes(events: tuple[Event, ...]) -> Iterator[str]:
        if not any(_authorizes(other, event, record.book) for other in events):
            place = f"{source.book} seq {source.seq}"
            yield f"{place} does not authorize operation {event.operation} for {record.book}"

    source = record.source
    claim = Claim("INV-011", "work_was_authorized", record.book, record.seq, source.sha256, authorizes)
    yield from claims.make(facts, source.book, source.seq, claim)


def one_attempt_is_alive(facts: Facts, record: Record, event: TransactionSigned) -> Iterator[str]:
    """A transaction is signed when every earlier one of its operation provably does nothing any more."""
    taken = facts.books[record.book].taken.get(event.operation)
    if taken is None or taken.closed:
        yield f"operation {event.operation} is not on this account's way"
        return
    alive = [each for each in taken.attempts if each.purpose == event.purpose and not each.over]
    if alive or event.attempt != len(taken.attempts) + 1:
        yield f"attempt {event.attempt} of operation {event.operation} was signed while another is alive"
    if event.transaction in facts.signed:
        yield f"transaction {event.transaction} was signed before"


def nothing_acts_after_a_recall(facts: Facts, record: Record, event: TransactionSigned) -> Iterator[str]:
    """An operation that was asked back, or was final before, is not made to act; only that is cancelled."""
    taken = facts.books[record.book].taken.get(event.operation)
    if taken is None:
        return
    if event.purpose == "act" and (taken.recalled or taken.reopened):
        yield f"operation {event.operation} was signed again after it was to stop"
    if event.purpose == "cancel" and not taken.recalled:
        yield f"operation {event.operation} is cancelled, and nobody asked it back"


def recall_was_requested(
    facts: Facts, record: Record, event: OperationRecalled | OperationClosed
) -> Iterator[str]:
    """Behind what an account takes back stands the ledger's record that asks for it."""
    if not _takes_back(event):
        return
    if not isinstance(record.source, RecordName) or not is_ledger(record.source.book):
        yield f"no ledger record asks operation {event.operation} back"
        return

    def asks(events: tuple[Event, ...]) -> Iterator[str]:
        if not any(_asked(other) == event.operation for other in events):
            yield f"{source.book} seq {source.seq} does not ask operation {event.operation} back"

    source = record.source
    claim = Claim("INV-011", "recall_was_requested", record.book, record.seq, source.sha256, asks)
    yield from claims.make(facts, source.book, source.seq, claim)


def recalled_is_open(facts: Facts, record: Record, event: OperationRecalled) -> Iterator[str]:
    """What is stopped is on the account's way, and is stopped once."""
    taken = facts.books[record.book].taken.get(event.operation)
    if taken is None or taken.closed or taken.recalled:
        yield f"operation {event.operation} is not on this account's way, or was asked back before"


def reopened_was_confirmed(facts: Facts, record: Record, event: OperationReopened) -> Iterator[str]:
    """Only what was confirmed opens again, and only where another block is final at that height."""
    taken = facts.books[record.book].taken.get(event.operation)
    was = None if taken is None or not taken.closed else taken.confirmed
    said = (event.transaction, event.block_height, event.block_hash)
    if was is None or (was.transaction, was.block_height, was.block_hash) != said:
        yield f"operation {event.operation} was not confirmed by {event.transaction} in {event.block_hash}"
    if event.hash_now == event.block_hash:
        yield f"operation {event.operation} is in the block that it was in"


def reopened_was_closed(facts: Facts, record: Record, event: ClosureReopened) -> Iterator[str]:
    """Only what a block closed opens again, and only where another block is final at that height."""
    taken = facts.books[record.book].taken.get(event.operation)
    was = None if taken is None or not taken.closed else taken.proof
    said = (event.kind, event.proof, event.block_height, event.block_hash)
    if was is None or (was.kind, was.proof, was.block_height, was.block_hash) != said:
        yield f"operation {event.operation} was not closed by {event.proof} in {event.block_hash}"
    if event.hash_now == event.block_hash:
        yield f"operation {event.operation} is proved by the block that it was proved by"


def transaction_is_alive(facts: Facts, record: Record, event: Any) -> Iterator[str]:  # noqa: ANN401
    """What is said of a transaction is said of one that was signed, and that can still act."""
    attempt = _attempt(facts, record, event)
    if attempt is None or attempt.over:
        yield f"{event.type} of {event.transaction}, which is {'over' if attempt else 'not signed'}"


def operation_is_closed_once(
    facts: Facts, record: Record, event: OperationConfirmed | OperationClosed
) -> Iterator[str]:
    """An operation has one last word; what was never signed was never taken on."""
    book = facts.books[record.book]
    taken = book.taken.get(event.operation)
    if isinstance(event, OperationClosed) and event.proof == "never_signed":
        if taken is not None or event.operation in book.never_signed:
            yield f"operation {event.operation} was taken on or closed before, and is called never signed"
        return
    if taken is None or taken.closed:
        yield f"operation {event.operation} is not on this account's way"


def confirmed_is_what_was_taken(facts: Facts, record: Record, event: OperationConfirmed) -> Iterator[str]:
    """The guard did what was authorized; `adopted` says that none of this book's transactions did."""
    taken = facts.books[record.book].taken.get(event.operation)
    if taken is None:
        return
    if (event.kind, event.units) != (taken.event.kind, taken.event.units):
        authorized = f"{taken.event.kind} of {taken.event.units}"
        yield f"operation {event.operation} is a {event.kind} of {event.units}, authorized was a {authorized}"
    own = any(attempt.transaction == event.transaction for attempt in taken.attempts)
    if own == event.adopted:
        said = "adopted" if event.adopted else "not adopted"
        yield f"operation {event.operation} by {event.transaction} is {said}"


def closed_is_past_the_deadline(facts: Facts, record: Record, event: OperationClosed) -> Iterator[str]:
    """An operation that no guard closed may act until its deadline: only a later final block closes it."""
    taken = facts.books[record.book].taken.get(event.operation)
    if taken is None:
        return
    if event.kind != taken.event.kind:
        yield f"operation {event.operation} is a {taken.event.kind}, not a {event.kind}"
    if event.proof != "deadline_passed":
        return
    if (event.block_time or "") <= instants.whole_second(taken.event.deadline):
        deadline = taken.event.deadline
        yield f"operation {event.operation} may act until {deadline}, the block is of {event.block_time}"


def fold(facts: Facts, record: Record, event: Any) -> None:  # noqa: ANN401 - any event
    """Take an event of a signing account's book into the facts."""
    handler = _FOLD.get(type(event))
    if handler is not None:
        handler(facts, record, event)


def _operation_taken(facts: Facts, record: Record, event: OperationTaken) -> None:
    facts.books[record.book].taken.setdefault(event.operation, TakenFacts(event))


def _transaction_signed(facts: Facts, record: Record, event: TransactionSigned) -> None:
    taken = facts.books[record.book].taken.get(event.operation)
    if taken is not None:
        taken.attempts.append(AttemptFacts(event.transaction, event.purpose))
        facts.signed[event.transaction] = (digest(bytes.fromhex(event.data)), taken.event)


def _over(facts: Facts, record: Record, event: TransactionReverted | TransactionDead) -> None:
    attempt = _attempt(facts, record, event)
    if attempt is not None:
        attempt.over = True


def _closed(facts: Facts, record: Record, event: OperationConfirmed | OperationClosed) -> None:
    book = facts.books[record.book]
    taken = book.taken.get(event.operation)
    if taken is None:
        book.never_signed.add(event.operation)
        return
    taken.closed = True
    taken.confirmed = event if isinstance(event, OperationConfirmed) else None
    taken.proof = event if isinstance(event, OperationClosed) else None


def _recalled(facts: Facts, record: Record, event: OperationRecalled) -> None:
    taken = facts.books[record.book].taken.get(event.operation)
    if taken is not None:
        taken.recalled = True


def _reopened(facts: Facts, record: Record, event: OperationReopened | ClosureReopened) -> None:
    taken = facts.books[record.book].taken.get(event.operation)
    if taken is None:
        return
    taken.closed, taken.reopened, taken.confirmed, taken.proof = False, True, None, None
    for attempt in taken.attempts:  # what was said of them at the finality that broke is not known now
        attempt.over = False


def _attempt(facts: Facts, record: Record, event: Any) -> AttemptFacts | None:  # noqa: ANN401
    taken = facts.books[record.book].taken.get(event.operation)
    attempts = [] if taken is None or taken.closed else taken.attempts
    return next((each for each in attempts if each.transaction == event.transaction), None)


def _takes_back(event: Event) -> bool:
    never_signed = isinstance(event, OperationClosed) and event.proof == "never_signed"
    return never_signed or isinstance(event, OperationRecalled)


def _asked(event: Event) -> str | None:
    name = _RECALLING.get(type(event))
    return None if name is None else getattr(event, name)


def _authorizes(event: Event, taken: OperationTaken, book: str) -> bool:
    kind = AUTHORIZES.get(type(event))
    if kind is None or transactions_book(event.account) != book:
        return False
    operation = (kind, getattr(event, kind), getattr(event, "recipient", None))
    if operation != (taken.kind, taken.operation, taken.recipient):
        return False
    return all(getattr(event, name) == getattr(taken, name) for name in _AS_AUTHORIZED)


_FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    OperationTaken: _operation_taken,
    TransactionSigned: _transaction_signed,
    TransactionReverted: _over,
    TransactionDead: _over,
    OperationConfirmed: _closed,
    OperationClosed: _closed,
    OperationRecalled: _recalled,
    OperationReopened: _reopened,
    ClosureReopened: _reopened,
    **units.TRANSACTIONS_FOLD,
}

PREDICATES = (
    *units.TRANSACTIONS_PREDICATES,
    Predicate("INV-011", OperationTaken, work_was_authorized),
    Predicate("INV-011", TransactionSigned, one_attempt_is_alive),
    Predicate("INV-011", TransactionSigned, nothing_acts_after_a_recall),
    Predicate("INV-011", OperationRecalled, recall_was_requested),
    Predicate("INV-011", OperationRecalled, recalled_is_open),
    Predicate("INV-011", OperationClosed, recall_was_requested),
    Predicate("INV-003", OperationReopened, reopened_was_confirmed),
    Predicate("INV-003", ClosureReopened, reopened_was_closed),
    Predicate("INV-011", TransactionSent, transaction_is_alive),
    Predicate("INV-011", TransactionIncluded, transaction_is_alive),
    Predicate("INV-011", TransactionReorganized, transaction_is_alive),
    Predicate("INV-011", TransactionReverted, transaction_is_alive),
    Predicate("INV-011", TransactionDead, transaction_is_alive),
    Predicate("INV-003", OperationConfirmed, operation_is_closed_once),
    Predicate("INV-003", OperationClosed, operation_is_closed_once),
    Predicate("INV-004", OperationConfirmed, confirmed_is_what_was_taken),
    Predicate("INV-003", OperationClosed, closed_is_past_the_deadline),
)
