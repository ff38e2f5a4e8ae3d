"""What records say of one another across books, checked as soon as both are known, in whatever order."""

from collections.abc import Iterator

from schemas.events import (
    BridgeMintRecallRequested,
    ClosureReopened,
    HouseRuleDecided,
    MintRecallRequested,
    OperationClosed,
    OperationConfirmed,
    OperationReopened,
    SightingContradicted,
    UnitsBridgedOut,
    UnitsBurned,
    UnitsReceived,
)
from schemas.events.operations import AUTHORIZES
from schemas.registry import Event
from workers.core.invariants.facts import Claim, Facts, Named
from workers.core.invariants.predicate import Record, Violation

NAMED = (
    HouseRuleDecided,
    *AUTHORIZES,
    MintRecallRequested,
    BridgeMintRecallRequested,
    OperationClosed,
    OperationConfirmed,
    OperationReopened,
    ClosureReopened,
    UnitsBurned,
    UnitsReceived,
    UnitsBridgedOut,
    SightingContradicted,
)


def keep_named(facts: Facts, record: Record) -> None:
    """Remember the record where others may name it."""
    meant = tuple(event for event in record.events if isinstance(event, NAMED))
    if meant:
        facts.named[record.book, record.seq] = Named(record.sha256, meant)


def make(facts: Facts, book: str, seq: int, claim: Claim) -> Iterator[str]:
    """Check a claim about the record of this place, or keep it until the record is there."""
    if seq <= facts.books[book].seq:
        yield from _check(facts.named.get((book, seq)), book, seq, claim)
    else:
        facts.claims[book, seq].append(claim)


def settle(facts: Facts, record: Record) -> Iterator[Violation]:
    """Check the claims that waited for this record."""
    key = (record.book, record.seq)
    for claim in facts.claims.pop(key, ()):
        for text in _check(facts.named.get(key), record.book, record.seq, claim):
            yield _violation(claim, text)


def open_claims(facts: Facts) -> Iterator[Violation]:
    """Yield the claims about records that never came."""
    for (book, seq), claims in facts.claims.items():
        for claim in claims:
            yield _violation(claim, f"it names {book} seq {seq}, which does not exist")


def _check(named: Named | None, book: str, seq: int, claim: Claim) -> Iterator[str]:
    events: tuple[Event, ...] = () if named is None else named.events
    if named is not None and named.sha256 != claim.sha256:
        yield f"it names {book} seq {seq} by another digest"
        return
    yield from claim.check(events)


def _violation(claim: Claim, text: str) -> Violation:
    return Violation(claim.number, claim.book, claim.seq, text, claim.predicate)
