"""INV-003 closures that are contradicted: what may act is open again, or counted beside what replaced it."""

from collections.abc import Callable, Iterator
from typing import Any

from schemas import amounts, instants
from schemas.events import (
    BridgeMintAuthorized,
    BurnAuthorized,
    ClosureContradicted,
    ClosureReopened,
    DoubleClosed,
    DoubleFinalized,
    DoubleReopened,
    DoubleResumed,
    LastWordWithdrawn,
    OperationClosed,
    OperationConfirmed,
    OperationReopened,
    ReturnAuthorized,
)
from schemas.events.operations import AUTHORIZES, Authorization
from schemas.messages import (
    ClosureSeenContradicted,
    FinalitySeenContradicted,
    OperationSeenClosed,
    OperationSeenFinal,
)
from workers.core.invariants.burning import claim_last_word
from workers.core.invariants.facts import Facts, InstrumentFacts
from workers.core.invariants.folding_redemption import operation_owner
from workers.core.invariants.predicate import Predicate, Record

Double = DoubleFinalized | DoubleClosed | DoubleReopened
Contradicted = ClosureSeenContradicted | FinalitySeenContradicted


def contradicted_was_closed(facts: Facts, record: Record, event: ClosureContradicted) -> Iterator[str]:
    """Only what a block closed may act again, because its own account says that the block is gone."""
    found = facts.instruments[event.instrument]
    closed = found.closures.get(event.operation)
    if closed is None or facts.mints.get(event.operation) != "failed" or event.block_hash == event.hash_now:
        yield f"operation {event.operation} is {facts.mints.get(event.operation, 'unknown')}, not closed"
        return
    if (event.kind, event.chain, event.units) != (AUTHORIZES[type(closed)], closed.chain, closed.units):
        yield f"operation {event.operation} was authorized otherwise"
    seen: ClosureSeenContradicted | None = record.body("closure_contradicted")
    if seen is None or (seen.operation, seen.record.seq) != (event.operation, event.account_seq):
        yield f"nobody says that the closure of operation {event.operation} is contradicted"
        return
    what = (event.operation, event.block_height, event.block_hash)
    yield from claim_last_word(facts, record, closed, seen.record, (ClosureReopened, what))


def place_is_free_or_taken(facts: Facts, _record: Record, event: ClosureContradicted) -> Iterator[str]:
    """An operation is open again where nothing took its place, and counted beside that otherwise."""
    found = facts.instruments[event.instrument]
    closed = found.closures.get(event.operation)
    if closed is not None and (event.outcome == "reopened") != place_is_free(found, closed):
        yield f"operation {event.operation} is called {event.outcome}"


def place_is_free(found: InstrumentFacts, closed: Authorization) -> bool:
    """Return whether nothing acts for what an operation was authorized for."""
    if isinstance(closed, BurnAuthorized):
        redemption = found.redemptions.get(closed.redemption)
        return redemption is not None and redemption.stage == "received" and redemption.open is None
    if isinstance(closed, ReturnAuthorized):
        returned = found.returns.get(closed.cause)
        units = amounts.parse(closed.units)
        return returned is not None and returned.open is None and returned.units == units
    if not isinstance(closed, BridgeMintAuthorized):
        return False
    bridge = found.bridges.get(closed.bridge)
    if bridge is None or bridge.mint is not None:
        return False
    same_leg = bridge.turned_back == (closed.leg == "refund")
    return same_leg and bridge.carried == amounts.parse(closed.units)


def resumed_has_its_place(facts: Facts, _record: Record, event: DoubleResumed) -> Iterator[str]:
    """What is doubled has its place again where nothing acts there: as it was authorized, once."""
    found = facts.instruments[event.instrument]
    doubled = found.doubled.get(event.operation) or found.final_doubles.get(event.operation)
    if doubled is None or not place_is_free(found, doubled):
        yield f"operation {event.operation} is not doubled, or something acts in its place"
        return
    said, authorized = (event.kind, event.chain, event.units), AUTHORIZES[type(doubled)]
    if said != (authorized, doubled.chain, doubled.units):
        yield f"operation {event.operation} was authorized otherwise"


def withdrawn_is_open(facts: Facts, record: Record, event: LastWordWithdrawn) -> Iterator[str]:
    """Only of what is open a word is taken back unheard, because its own account says so."""
    authorized = facts.instruments[event.instrument].open_authorization(event.operation)
    if authorized is None or event.block_hash == event.hash_now:
        yield f"operation {event.operation} is {facts.mints.get(event.operation, 'unknown')}, not open"
        return
    said = (event.kind, event.chain, event.units)
    if said != (AUTHORIZES[type(authorized)], authorized.chain, authorized.units):
        yield f"operation {event.operation} was authorized otherwise"
    seen: Contradicted | None = record.body("closure_contradicted") or record.body("finality_contradicted")
    if seen is None or (seen.operation, seen.record.seq) != (event.operation, event.account_seq):
        yield f"nobody takes a word on operation {event.operation} back"
        return
    word = ClosureReopened if isinstance(seen, ClosureSeenContradicted) else OperationReopened
    what = (event.operation, event.block_height, event.block_hash)
    yield from claim_last_word(facts, record, authorized, seen.record, (word, what))


def nothing_else_acts(
    facts: Facts, _record: Record, event: BurnAuthorized | ReturnAuthorized | BridgeMintAuthorized
) -> Iterator[str]:
    """Nothing is authorized for a place while another operation may act for it, or has."""
    found = facts.instruments[event.instrument]
    for name, other in (*found.doubled.items(), *found.final_doubles.items()):
        if _place_of(other) == _place_of(event):
            yield f"operation {name} of the same place may act, or has"


def doubled_has_no_free_place(found: InstrumentFacts) -> Iterator[str]:
    """What acts for a place, or has acted for it, has it where it is free."""
    for name, other in (*found.doubled.items(), *found.final_doubles.items()):
        if place_is_free(found, other):
            yield f"the place of operation {name} is free, and it is counted beside it"


def _place_of(authorized: Authorization) -> tuple[str, ...]:
    if isinstance(authorized, BurnAuthorized):
        return ("burn", authorized.redemption)
    if isinstance(authorized, ReturnAuthorized):
        return ("return", authorized.cause, authorized.units)
    if isinstance(authorized, BridgeMintAuthorized):
        return ("bridge", authorized.bridge, authorized.leg, authorized.units)
    return ("mint", authorized.mint)


def double_has_its_word(facts: Facts, record: Record, event: Double) -> Iterator[str]:
    """A doubled operation acts or closes by its own account's word, as it was authorized."""
    found = facts.instruments[event.instrument]
    doubled = (found.final_doubles if isinstance(event, DoubleReopened) else found.doubled).get(
        event.operation
    )
    if doubled is None or event.kind != AUTHORIZES[type(doubled)]:
        yield f"operation {event.operation} is {facts.mints.get(event.operation, 'unknown')}, not doubled"
        return
    if not isinstance(event, DoubleClosed) and (event.chain, event.units) != (doubled.chain, doubled.units):
        yield f"operation {event.operation} acted otherwise than authorized"
    kind, word = _WORDS[type(event)]
    seen: OperationSeenFinal | OperationSeenClosed | FinalitySeenContradicted | None = record.body(kind)
    if seen is None or (seen.kind, seen.operation) != (event.kind, event.operation):
        yield f"no message says so of operation {event.operation}"
        return
    if isinstance(seen, OperationSeenClosed) and seen.proof == "deadline_passed":
        deadline = instants.whole_second(doubled.deadline)
        if (seen.block_time or "") <= deadline:
            yield f"operation {event.operation} may act until {deadline}, the block is of {seen.block_time}"
    what = (event.operation, event.block_height, event.block_hash)
    yield from claim_last_word(facts, record, doubled, seen.record, (word, what))


_WORDS: dict[type, tuple[str, type]] = {
    DoubleFinalized: ("operation_seen_final", OperationConfirmed),
    DoubleClosed: ("operation_seen_closed", OperationClosed),
    DoubleReopened: ("finality_contradicted", OperationReopened),
}


def _closure_contradicted(facts: Facts, _record: Record, event: ClosureContradicted) -> None:
    found = facts.instruments[event.instrument]
    closed = found.closures.pop(event.operation, None)
    if closed is None:
        return
    facts.mints[event.operation] = event.outcome
    if event.outcome == "doubled":
        found.doubled[event.operation] = closed
    else:
        _take_place(found, event.operation, closed)


def _take_place(found: InstrumentFacts, name: str, authorized: Authorization) -> None:
    if isinstance(authorized, BridgeMintAuthorized):
        found.open_bridge_mints[name] = authorized
        bridge = found.bridges.get(authorized.bridge)
        if bridge is not None:
            bridge.mint, bridge.released = name, True
    elif isinstance(authorized, BurnAuthorized | ReturnAuthorized):
        found.open_operations[name] = authorized
        opened = operation_owner(found, authorized)
        if opened is not None:
            opened.open = name


def _double_finalized(facts: Facts, _record: Record, event: DoubleFinalized) -> None:
    found, units = facts.instruments[event.instrument], amounts.parse(event.units)
    doubled = found.doubled.pop(event.operation, None)
    if doubled is None:
        return
    facts.mints[event.operation] = "finalized"
    facts.finalized[event.operation] = (event.chain, event.transaction, units)
    found.final_doubles[event.operation] = doubled
    found.double_words[event.operation] = (event.transaction, event.block_height, event.block_hash)
    found.supply[event.chain] += _supplied(event, units)


def _double_reopened(facts: Facts, _record: Record, event: DoubleReopened) -> None:
    found, units = facts.instruments[event.instrument], amounts.parse(event.units)
    doubled = found.final_doubles.pop(event.operation, None)
    if doubled is None:
        return
    facts.mints[event.operation] = "doubled"
    facts.finalized.pop(event.operation, None)
    found.doubled[event.operation] = doubled
    found.double_words.pop(event.operation, None)
    found.supply[event.chain] -= _supplied(event, units)


def _double_resumed(facts: Facts, _record: Record, event: DoubleResumed) -> None:
    found, units = facts.instruments[event.instrument], amounts.parse(event.units)
    final = found.final_doubles.pop(event.operation, None)
    doubled = final or found.doubled.pop(event.operation, None)
    if doubled is None:
        return
    facts.mints[event.operation] = "resumed"
    if final is not None:
        facts.finalized.pop(event.operation, None)
        found.supply[event.chain] -= _supplied(event, units)
    _take_place(found, event.operation, doubled)


def _double_closed(facts: Facts, _record: Record, event: DoubleClosed) -> None:
    found = facts.instruments[event.instrument]
    doubled = found.doubled.pop(event.operation, None)
    if doubled is not None:
        facts.mints[event.operation] = "failed"
        found.closures[event.operation] = doubled


def _supplied(event: DoubleFinalized | DoubleReopened | DoubleResumed, units: int) -> int:
    """Return what an operation adds to the supply of its chain."""
    return {"mint": units, "burn": -units, "transfer": 0}[event.kind]


FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    ClosureContradicted: _closure_contradicted,
    DoubleFinalized: _double_finalized,
    DoubleReopened: _double_reopened,
    DoubleClosed: _double_closed,
    DoubleResumed: _double_resumed,
}

PREDICATES = (
    Predicate("INV-003", ClosureContradicted, contradicted_was_closed),
    Predicate("INV-003", ClosureContradicted, place_is_free_or_taken),
    Predicate("INV-003", DoubleFinalized, double_has_its_word),
    Predicate("INV-003", DoubleClosed, double_has_its_word),
    Predicate("INV-003", DoubleReopened, double_has_its_word),
    Predicate("INV-003", DoubleResumed, resumed_has_its_place),
    Predicate("INV-003", LastWordWithdrawn, withdrawn_is_open),
    Predicate("INV-003", BurnAuthorized, nothing_else_acts),
    Predicate("INV-003", ReturnAuthorized, nothing_else_acts),
    Predicate("INV-003", BridgeMintAuthorized, nothing_else_acts),
)
STANDING = (("INV-003", doubled_has_no_free_place),)
