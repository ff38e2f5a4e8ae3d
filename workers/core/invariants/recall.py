"""INV-003 reopened mints, INV-015 cancellations, INV-018 recalls: who is asked to stop, once, and when."""

from collections.abc import Iterator

from schemas import amounts
from schemas.canonical import digest, encode
from schemas.events import (
    BridgeFinalityContradicted,
    BridgeMintRecallRequested,
    CancellationRefused,
    CancellationRepeated,
    FinalityContradicted,
    HoldPlaced,
    IssuanceCancelled,
    IssuanceExpired,
    MessageSetAside,
    MintRecallRequested,
    OperationReopened,
    TickRecorded,
    WorkPostponed,
)
from schemas.messages import CancellationRequested, FinalitySeenContradicted, RecordName
from schemas.registry import Event
from schemas.streams import transactions_book
from workers.core.invariants import claims
from workers.core.invariants.facts import Claim, Facts, InstrumentFacts, MintFacts
from workers.core.invariants.holds import bridge_is_held, covers_lot, covers_mint
from workers.core.invariants.predicate import Predicate, Record

Contradicted = FinalityContradicted | BridgeFinalityContradicted


def recall_has_its_cause(facts: Facts, record: Record, event: MintRecallRequested) -> Iterator[str]:
    """An open mint is asked back once: while a hold stands, or when its issuance is cancelled."""
    found = facts.instruments[event.instrument]
    mint = found.open_mints.get(event.mint)
    if mint is None or mint.event.issuance != event.issuance or mint.recalled:
        yield f"mint {event.mint} is not open, or was asked back before"
        return
    issuance = found.issuances.get(event.issuance)
    cancelled = issuance is not None and issuance.ended == "cancelled"
    if not (_is_held(facts, record, mint) if event.cause == "hold" else cancelled):
        yield f"mint {event.mint} is asked back for a {event.cause} that is not there"


def bridge_recall_has_its_cause(
    facts: Facts, record: Record, event: BridgeMintRecallRequested
) -> Iterator[str]:
    """A bridge's open mint is asked back once, while a hold stands."""
    found = facts.instruments[event.instrument]
    mint = found.open_bridge_mints.get(event.mint)
    if mint is None or mint.bridge != event.bridge or event.mint in found.recalled_bridge_mints:
        yield f"mint {event.mint} is not open, or was asked back before"
    bridge = found.bridges.get(event.bridge)
    if not found.holds and (bridge is None or not bridge_is_held(facts, record.book, bridge)):
        yield f"mint {event.mint} is asked back for a hold that is not there"


def _is_held(facts: Facts, record: Record, mint: MintFacts) -> bool:
    event = mint.event
    if facts.instruments[event.instrument].holds:
        return True
    return any(
        covers_mint(wide.scope, event.chain, event.recipient, mint.client)
        or any(covers_lot(wide.scope, lot) for lot in mint.lots.values())
        for wide in facts.books[record.book].rules.holds.values()
    )


def cancellation_was_asked(facts: Facts, record: Record, event: IssuanceCancelled) -> Iterator[str]:
    """Only its own client takes an open issuance back."""
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is None or issuance.ended is not None:
        yield f"issuance {event.issuance} is not open"
    if event.issuance != _named(record):
        yield f"nobody cancelled issuance {event.issuance}"


def cancellation_has_one_answer(
    facts: Facts, record: Record, event: CancellationRefused | CancellationRepeated
) -> Iterator[str]:
    """What is cancelled is not refused to be, and nothing is said to be cancelled that is not."""
    asked: CancellationRequested | None = record.body("cancellation_requested")
    if asked is None or event.process != _named(record):
        yield f"nobody cancelled {event.process}"
        return
    found = facts.instruments[asked.instrument]
    if isinstance(event, CancellationRepeated):
        if event.process not in found.cancelled:
            yield f"{event.process} was not cancelled before"
        return
    is_open = _stands(found, event.process)
    if event.process in found.cancelled or (is_open and event.refusal.code != "time_jump"):
        yield f"the cancellation of {event.process} was refused as {event.refusal.code}"


def _stands(found: InstrumentFacts, process: str) -> bool:
    """Return whether a process can be taken back by its client."""
    issuance, redemption = found.issuances.get(process), found.redemptions.get(process)
    if issuance is not None:
        return issuance.ended is None
    return redemption is not None and redemption.stage == "accepted"


def contradicted_was_final(facts: Facts, record: Record, event: Contradicted) -> Iterator[str]:
    """Only a final mint opens again, as it was, because its own account says so."""
    found = facts.instruments[event.instrument]
    mint = found.final_authorization_of(event.mint)
    if mint is None or facts.mints.get(event.mint) != "finalized":
        yield f"mint {event.mint} is {facts.mints.get(event.mint, 'unknown')}, not final"
        return
    final = (event.chain, event.transaction, amounts.parse(event.units))
    if facts.finalized.get(event.mint) != final or event.block_hash == event.hash_now:
        yield f"mint {event.mint} was not final like this"
    seen: FinalitySeenContradicted | None = record.body("finality_contradicted")
    message = None if record.input is None else record.input.message
    if seen is None or message is None or seen.operation != event.mint or message.sender != mint.account:
        yield f"its account does not say that the finality of mint {event.mint} is contradicted"
        return
    yield from _account_says_so(facts, record, event, seen.record, mint.account)


def _account_says_so(
    facts: Facts, record: Record, event: Contradicted, named: RecordName, account: str
) -> Iterator[str]:
    if named.book != transactions_book(account) or named.seq != event.account_seq:
        yield f"{named.book} seq {named.seq} has no say in mint {event.mint}"
        return
    said = (event.mint, event.block_height, event.block_hash, event.hash_now)

    def stands(events: tuple[Event, ...]) -> Iterator[str]:
        for other in events:
            if isinstance(other, OperationReopened):
                was = (other.operation, other.block_height, other.block_hash, other.hash_now)
                if was == said:
                    return
        yield f"{named.book} seq {named.seq} does not say so of mint {event.mint}"

    claim = Claim("INV-003", "contradicted_was_final", record.book, record.seq, named.sha256, stands)
    yield from claims.make(facts, named.book, named.seq, claim)


def recalls_are_not_forgotten(facts: Facts, record: Record) -> Iterator[str]:
    """Who places a hold or cancels asks for every open mint that is to stop, as far as one decision may.

    A decision that raised leaves that to ticks, and a tick leaves nothing undone where it did nothing.
    """
    events = record.events
    if any(isinstance(event, MintRecallRequested | BridgeMintRecallRequested) for event in events):
        return  # how many is policy's; that they end is the simulator's to see
    raised = any(isinstance(event, MessageSetAside) and event.code == "decision_raised" for event in events)
    for event in events:
        if isinstance(event, HoldPlaced | IssuanceCancelled) and not raised:
            yield from _unasked(event.instrument, facts.instruments[event.instrument])
        elif isinstance(event, TickRecorded) and event.accepted:
            for instrument in facts.books[record.book].instruments:
                yield from _unasked(instrument, facts.instruments[instrument])


def ended_gives_back(facts: Facts, record: Record) -> Iterator[str]:
    """What was reserved for an issuance goes back when it ends, or a tick is asked to go on with that."""
    if any(isinstance(event, WorkPostponed) for event in record.events):
        return
    for event in record.events:
        if isinstance(event, IssuanceCancelled | IssuanceExpired):
            issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
            if issuance is not None and issuance.reserved:
                reserved = amounts.text(issuance.reserved)
                yield f"issuance {event.issuance} ended, {reserved} shares are reserved for it"


RECORD_CHECKS = (("INV-018", recalls_are_not_forgotten), ("INV-015", ended_gives_back))
"""Checked after every record of the ledger."""


def _unasked(instrument: str, found: InstrumentFacts) -> Iterator[str]:
    if not found.holds and not found.cancelling:
        return
    for name, mint in found.open_mints.items():
        if not mint.recalled and (found.holds or mint.event.issuance in found.cancelling):
            yield f"{instrument}: mint {name} is to stop, and nobody asks its account"
            return
    bridged = found.open_bridge_mints.keys() - found.recalled_bridge_mints
    if found.holds and bridged:
        yield f"{instrument}: mint {min(bridged)} is to stop, and nobody asks its account"


def _named(record: Record) -> str | None:
    """Return the issuance or redemption that a cancellation names, derived from what it says."""
    asked: CancellationRequested | None = record.body("cancellation_requested")
    if asked is None:
        return None
    return digest(encode([asked.kind, asked.client, asked.instrument, asked.client_request_id]))


PREDICATES = (
    Predicate("INV-018", MintRecallRequested, recall_has_its_cause),
    Predicate("INV-015", IssuanceCancelled, cancellation_was_asked),
    Predicate("INV-015", CancellationRefused, cancellation_has_one_answer),
    Predicate("INV-015", CancellationRepeated, cancellation_has_one_answer),
    Predicate("INV-018", BridgeMintRecallRequested, bridge_recall_has_its_cause),
    Predicate("INV-003", FinalityContradicted, contradicted_was_final),
    Predicate("INV-003", BridgeFinalityContradicted, contradicted_was_final),
)
