"""INV-003 burns and returns happen once, INV-012 what a burn promises."""

from collections.abc import Iterator
from typing import Any

from schemas import amounts, instants
from schemas.canonical import digest, encode
from schemas.events import (
    BurnAuthorized,
    BurnFailed,
    BurnFinalized,
    BurnReopened,
    OperationClosed,
    OperationConfirmed,
    OperationReopened,
    ReturnAuthorized,
    ReturnFailed,
    ReturnFinalized,
    ReturnReopened,
)
from schemas.events.operations import AUTHORIZES, Authorization
from schemas.messages import FinalitySeenContradicted, OperationSeenClosed, OperationSeenFinal, RecordName
from schemas.registry import Event
from schemas.streams import transactions_book
from workers.core.invariants import claims
from workers.core.invariants.facts import Claim, Facts
from workers.core.invariants.folding_redemption import operation_named
from workers.core.invariants.house_facts import token_of
from workers.core.invariants.predicate import Predicate, Record
from workers.core.invariants.redemption_facts import Authorized

Final = BurnFinalized | ReturnFinalized
Failed = BurnFailed | ReturnFailed
Reopened = BurnReopened | ReturnReopened
LastWord = tuple[type, tuple[Any, ...]]
"""What a signing account's book must hold: the event's type, its operation, and the block that it names."""


def burn_follows_its_tokens(facts: Facts, _record: Record, event: BurnAuthorized) -> Iterator[str]:
    """What is burned was received for its redemption, and no other burn of it can still happen."""
    redemption = facts.instruments[event.instrument].redemptions.get(event.redemption)
    if redemption is None or redemption.stage != "received" or redemption.open is not None:
        yield f"redemption {event.redemption} has nothing to burn"
        return
    terms = redemption.event
    if (event.units, event.chain, event.attempt) != (
        terms.burn_units,
        terms.chain,
        redemption.attempts + 1,
    ):
        yield f"redemption {event.redemption} burns {terms.burn_units}, not {event.units} in {event.attempt}"
    said = ["burn", event.redemption, event.attempt, event.chain, event.token, event.units]
    if event.burn != digest(encode(said)):
        yield f"burn {event.burn} is not the digest of what it burns"


def return_is_owed(facts: Facts, _record: Record, event: ReturnAuthorized) -> Iterator[str]:
    """Only what is to go back goes, to whom it is to go, and no other transfer of it can still happen."""
    owed = facts.instruments[event.instrument].returns.get(event.cause)
    if owed is None or owed.open is not None:
        yield f"nothing of {event.cause} is to be returned"
        return
    said = (event.chain, event.recipient, amounts.parse(event.units), event.attempt)
    if said != (owed.chain, owed.recipient, owed.units, owed.attempts + 1):
        yield f"{amounts.text(owed.units)} of {event.cause} go to {owed.recipient}, not {event.units}"
    what = [event.chain, event.token, event.recipient, event.units]
    if event.transfer != digest(encode(["transfer", event.cause, event.attempt, *what])):
        yield f"transfer {event.transfer} is not the digest of what it sends"


def operation_is_as_registered(facts: Facts, record: Record, event: Authorized) -> Iterator[str]:
    """An operation is authorized once, of the instrument's token, at its account, until a later deadline."""
    operation = operation_named(event)
    if operation in facts.mints:
        yield f"operation {operation} was {facts.mints[operation]} before"
    token = token_of(facts.books[record.book].rules, event.instrument, event.chain)
    registered = None if token is None else (token.token, token.decimals, token.account)
    if registered != (event.token, event.decimals, event.account):
        yield f"operation {operation} is not in the terms of {event.instrument}"
    time = facts.books[record.book].time
    if time is None or event.deadline <= time:
        yield f"the deadline {event.deadline} is not after {time}"


def final_operation_was_confirmed(facts: Facts, record: Record, event: Final) -> Iterator[str]:
    """An operation is final once, as authorized, and its account's book holds that it saw the guard used."""
    authorized, operation = _open(facts, event), operation_named(event)
    if authorized is None:
        yield f"operation {operation} is {facts.mints.get(operation, 'unknown')}, not open"
        return
    if (event.units, event.chain) != (authorized.units, authorized.chain):
        yield f"operation {operation} became final otherwise than authorized"
    acted = facts.instruments[event.instrument].resumed_as(operation)
    if acted is not None:  # its word was heard while it was doubled
        if (event.transaction, event.block_height, event.block_hash) != acted:
            yield f"operation {operation} became final otherwise than it acted"
        return
    seen: OperationSeenFinal | None = record.body("operation_seen_final")
    said = None if seen is None else (seen.kind, seen.operation, seen.transaction)
    if seen is None or said != (AUTHORIZES[type(authorized)], operation, event.transaction):
        yield f"no message says that operation {operation} is final"
        return
    what = (operation, event.block_height, event.block_hash)
    yield from claim_last_word(facts, record, authorized, seen.record, (OperationConfirmed, what))


def failed_operation_was_closed(facts: Facts, record: Record, event: Failed) -> Iterator[str]:
    """An operation fails once, never after it was final, and its account's book proves that it cannot act."""
    authorized, operation = _open(facts, event), operation_named(event)
    if authorized is None:
        yield f"operation {operation} is {facts.mints.get(operation, 'unknown')}, not open"
        return
    seen: OperationSeenClosed | None = record.body("operation_seen_closed")
    if seen is None or (seen.kind, seen.operation) != (AUTHORIZES[type(authorized)], operation):
        yield f"no message says that operation {operation} is closed"
        return
    if seen.proof == "never_signed":
        yield f"nobody asked operation {operation} back"
    deadline = instants.whole_second(authorized.deadline)
    if seen.proof == "deadline_passed" and (seen.block_time or "") <= deadline:
        yield f"operation {operation} may act until {deadline}, the block is of {seen.block_time}"
    what = (operation, event.block_height, event.block_hash)
    yield from claim_last_word(facts, record, authorized, seen.record, (OperationClosed, what))


def reopened_was_final(facts: Facts, record: Record, event: Reopened) -> Iterator[str]:
    """Only a final operation opens again, as it was, because its own account says so."""
    found, operation = facts.instruments[event.instrument], operation_named(event)
    authorized = found.final_operations.get(operation)
    final = (event.chain, event.transaction, amounts.parse(event.units))
    if authorized is None or facts.finalized.get(operation) != final or event.block_hash == event.hash_now:
        yield f"operation {operation} is {facts.mints.get(operation, 'unknown')}, not final like this"
        return
    seen: FinalitySeenContradicted | None = record.body("finality_contradicted")
    if seen is None or (seen.operation, seen.record.seq) != (operation, event.account_seq):
        yield f"nobody says that the finality of operation {operation} is contradicted"
        return
    what = (operation, event.block_height, event.block_hash)
    yield from claim_last_word(facts, record, authorized, seen.record, (OperationReopened, what))


def burn_promises_what_it_was_worth(facts: Facts, _record: Record, event: BurnFinalized) -> Iterator[str]:
    """Promised is what the units were worth, down to the increment, once; owed is what the pool had not."""
    found = facts.instruments[event.instrument]
    redemption = found.redemptions.get(event.redemption)
    if redemption is None or amounts.text(found.multiplier) != event.multiplier:
        yield f"burn {event.burn} is of no redemption at {event.multiplier}"
        return
    shares, pool, owed = (amounts.parse(each) for each in (event.shares, event.pool, event.owed))
    increment = amounts.parse(redemption.event.increment)
    worth = amounts.parse(event.units) * amounts.parse(event.multiplier)
    in_all = redemption.promised + shares
    short_of_one_more = worth < (in_all + increment) * amounts.ONE
    if in_all % increment or in_all * amounts.ONE > worth or not short_of_one_more:
        yield f"{event.units} units promise {event.shares} shares, {amounts.text(in_all)} in all"
    if shares != pool + owed or (owed and pool != found.pool):
        yield f"{event.pool} of the pool's {amounts.text(found.pool)} shares and {event.owed} owed"


def _open(facts: Facts, event: Final | Failed) -> Authorized | None:
    return facts.instruments[event.instrument].open_operations.get(operation_named(event))


def claim_last_word(
    facts: Facts, record: Record, authorized: Authorization, named: RecordName, last_word: LastWord
) -> Iterator[str]:
    """Yield why a message is not the word of the operation's account, and hold it to what that recorded."""
    kind, said = last_word
    message = None if record.input is None else record.input.message
    if message is None or message.sender != authorized.account:
        yield f"{message.sender if message else 'nobody'} spoke of operation {said[0]}"
    if named.book != transactions_book(authorized.account):
        yield f"{named.book} has no say in operation {said[0]}"
        return

    def stands(events: tuple[Event, ...]) -> Iterator[str]:
        for other in events:
            if isinstance(other, kind) and _said(other) == said:
                return
        yield f"{named.book} seq {named.seq} does not say so of operation {said[0]}"

    claim = Claim("INV-003", "operation_is_its_accounts", record.book, record.seq, named.sha256, stands)
    yield from claims.make(facts, named.book, named.seq, claim)


def _said(event: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a signing account's last word, or its contradiction
    return event.operation, event.block_height, event.block_hash


PREDICATES = (
    Predicate("INV-003", BurnAuthorized, burn_follows_its_tokens),
    Predicate("INV-003", BurnAuthorized, operation_is_as_registered),
    Predicate("INV-003", ReturnAuthorized, return_is_owed),
    Predicate("INV-003", ReturnAuthorized, operation_is_as_registered),
    Predicate("INV-003", BurnFinalized, final_operation_was_confirmed),
    Predicate("INV-003", ReturnFinalized, final_operation_was_confirmed),
    Predicate("INV-003", BurnFailed, failed_operation_was_closed),
    Predicate("INV-003", ReturnFailed, failed_operation_was_closed),
    Predicate("INV-003", BurnReopened, reopened_was_final),
    Predicate("INV-003", ReturnReopened, reopened_was_final),
    Predicate("INV-012", BurnFinalized, burn_promises_what_it_was_worth),
)
