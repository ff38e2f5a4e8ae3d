"""INV-003 a mint id is used once, INV-004 what it consumes, INV-012 its rounding."""

from collections.abc import Iterator

from schemas import amounts, instants
from schemas.canonical import digest, encode
from schemas.events import (
    BridgeMintFailed,
    BridgeMintFinalized,
    MintAuthorized,
    MintFailed,
    MintFinalized,
    OperationClosed,
    OperationConfirmed,
)
from schemas.messages import OperationSeenClosed, OperationSeenFinal
from schemas.registry import Event
from schemas.streams import transactions_book
from workers.core.invariants import claims
from workers.core.invariants.facts import Claim, Facts
from workers.core.invariants.house_facts import token_of
from workers.core.invariants.predicate import Predicate, Record

Finalized = MintFinalized | BridgeMintFinalized
Failed = MintFailed | BridgeMintFailed


def mint_is_authorized_once(facts: Facts, _record: Record, event: MintAuthorized) -> Iterator[str]:
    """A mint id is authorized once, and only when the attempt before it failed."""
    if event.mint in facts.mints:
        yield f"mint {event.mint} was {facts.mints[event.mint]} before"
    found = facts.instruments[event.instrument]
    if any(
        (m.event.issuance, m.event.part) == (event.issuance, event.part) for m in found.open_mints.values()
    ):
        yield f"part {event.part} of issuance {event.issuance} is on its way already"
    issuance = found.issuances.get(event.issuance)
    before = 0 if issuance is None else issuance.attempts.get(event.part, 0)
    if event.attempt != before + 1:
        yield f"attempt {event.attempt} of part {event.part} follows attempt {before}"


def mint_id_is_its_digest(_facts: Facts, _record: Record, event: MintAuthorized) -> Iterator[str]:
    """A used guard proves what was minted."""
    said = ["mint", event.issuance, event.part, event.attempt]
    what = [event.chain, event.token, event.recipient, event.units]
    if event.mint != digest(encode([*said, *what])):
        yield f"mint {event.mint} is not the digest of what it mints"


def lots_are_eligible(facts: Facts, _record: Record, event: MintAuthorized) -> Iterator[str]:
    """Every lot is there, named once, reserved for this issuance, and they sum to `shares_in`."""
    found = facts.instruments[event.instrument]
    if len(set(event.lots)) != len(event.lots):
        yield f"mint {event.mint} names a lot twice"
    for name in event.lots:
        lot = found.lots.get(name)
        if lot is None:
            yield f"lot {name} is not there, or was consumed"
        elif lot.state != "reserved" or lot.issuance != event.issuance:
            yield f"lot {name} is {lot.state} for {lot.issuance}, not for {event.issuance}"
    total = sum(found.lots[name].shares for name in event.lots if name in found.lots)
    if total != amounts.parse(event.shares_in):
        yield f"the lots of mint {event.mint} sum to {amounts.text(total)}, not to {event.shares_in}"


def units_follow_from_shares(_facts: Facts, _record: Record, event: MintAuthorized) -> Iterator[str]:
    """`units` is the largest number in the token's precision that `shares_in` backs."""
    units, multiplier = amounts.parse(event.units), amounts.parse(event.multiplier)
    shares, step = amounts.parse(event.shares_in) * amounts.ONE, 10 ** (amounts.PLACES - event.decimals)
    if units <= 0 or units % step:
        yield f"{event.units} units are none of {event.decimals} places"
    if shares >= (units + step) * multiplier:
        yield f"{event.shares_in} shares are worth more than {event.units} units"


def rounding_favours_backing(_facts: Facts, _record: Record, event: MintAuthorized) -> Iterator[str]:
    """What rounding leaves over is dust in the pool, never a unit without its shares."""
    units, multiplier = amounts.parse(event.units), amounts.parse(event.multiplier)
    if units * multiplier > amounts.parse(event.shares_in) * amounts.ONE:
        yield f"{event.units} units are worth more than {event.shares_in} shares"


def mint_is_as_registered(facts: Facts, record: Record, event: MintAuthorized) -> Iterator[str]:
    """Multiplier, token, precision and account are the instrument's, the recipient is the issuance's."""
    rules = facts.books[record.book].rules
    token = token_of(rules, event.instrument, event.chain)
    if token is None:
        yield f"{event.instrument} has no token on {event.chain}"
        return
    multiplier = amounts.text(facts.instruments[event.instrument].multiplier)
    registered = (multiplier, token.token, token.decimals, token.account)
    if registered != (event.multiplier, event.token, event.decimals, event.account):
        yield f"mint {event.mint} is not in the terms of {event.instrument}"
    time = facts.books[record.book].time
    if time is None or event.deadline <= time:
        yield f"the deadline {event.deadline} is not after {time}"


def issuance_is_open_for_mints(facts: Facts, _record: Record, event: MintAuthorized) -> Iterator[str]:
    """Only an accepted issuance is minted for, in parts only if it says so, never beyond what it asked."""
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is None or issuance.ended is not None:
        yield f"issuance {event.issuance} is not open"
        return
    accepted = issuance.event
    if (event.chain, event.recipient) != (accepted.chain, accepted.recipient):
        yield f"mint {event.mint} goes to {event.recipient} on {event.chain}, not as accepted"
    if accepted.partial == "wait" and not issuance.funded:
        yield f"issuance {event.issuance} waits for all its shares"
    if issuance.in_pool + amounts.parse(event.shares_in) > issuance.shares:
        yield f"issuance {event.issuance} asked for {accepted.shares} shares"


def final_mint_was_open(facts: Facts, _record: Record, event: MintFinalized) -> Iterator[str]:
    """A mint is finalized once, as it was authorized, never after it failed."""
    mint = facts.instruments[event.instrument].open_mints.get(event.mint)
    if mint is None:
        yield f"mint {event.mint} is {facts.mints.get(event.mint, 'unknown')}, not open"
        return
    authorized = mint.event
    if (event.units, event.chain, event.issuance) != (
        authorized.units,
        authorized.chain,
        authorized.issuance,
    ):
        yield f"mint {event.mint} became final otherwise than authorized"


def failed_mint_was_open(facts: Facts, _record: Record, event: MintFailed) -> Iterator[str]:
    """A mint fails once, and never after it was final."""
    mint = facts.instruments[event.instrument].open_mints.get(event.mint)
    if mint is None or mint.event.issuance != event.issuance:
        yield f"mint {event.mint} is {facts.mints.get(event.mint, 'unknown')}, not open"


def final_mint_was_confirmed(facts: Facts, record: Record, event: Finalized) -> Iterator[str]:
    """Behind a final mint stands the record in which its account saw the guard used, at finality."""
    acted = facts.instruments[event.instrument].resumed_as(event.mint)
    if acted is not None:  # its word was heard while it was doubled
        if (event.transaction, event.block_height, event.block_hash) != acted:
            yield f"mint {event.mint} became final otherwise than it acted"
        return
    seen: OperationSeenFinal | None = record.body("operation_seen_final")
    if seen is None or (seen.kind, seen.operation, seen.transaction) != (
        "mint",
        event.mint,
        event.transaction,
    ):
        yield f"no message says that mint {event.mint} is final"
        return
    yield from _claim(facts, record, event, seen, "final_mint_was_confirmed")


def failed_mint_was_closed(facts: Facts, record: Record, event: Failed) -> Iterator[str]:
    """Behind a failed mint stands the record in which its account saw that it can never happen."""
    seen: OperationSeenClosed | None = record.body("operation_seen_closed")
    if seen is None or (seen.kind, seen.operation) != ("mint", event.mint):
        yield f"no message says that mint {event.mint} is closed"
        return
    found = facts.instruments[event.instrument]
    mint = found.authorization_of(event.mint)
    deadline = "" if mint is None else mint.deadline
    if seen.proof == "never_signed" and mint is not None and not found.was_recalled(event.mint):
        yield f"nobody asked mint {event.mint} back"
    if seen.proof == "deadline_passed" and (seen.block_time or "") <= instants.whole_second(deadline):
        yield f"mint {event.mint} may act until {deadline}, the block is of {seen.block_time}"
    yield from _claim(facts, record, event, seen, "failed_mint_was_closed")


def receipt_is_the_accounts(facts: Facts, record: Record, event: Finalized | Failed) -> Iterator[str]:
    """Only the signing account speaks of its mints: an effect on a chain is its owner's word."""
    if facts.instruments[event.instrument].resumed_as(event.mint) is not None:
        return
    mint = facts.instruments[event.instrument].authorization_of(event.mint)
    message = None if record.input is None else record.input.message
    if mint is not None and message is not None and message.sender != mint.account:
        yield f"{message.sender} spoke of mint {event.mint} of {mint.account}"


def _claim(
    facts: Facts,
    record: Record,
    event: Finalized | Failed,
    seen: OperationSeenFinal | OperationSeenClosed,
    predicate: str,
) -> Iterator[str]:
    kind = OperationConfirmed if isinstance(event, Finalized) else OperationClosed
    said = (event.mint, event.block_height, event.block_hash)

    def stands(events: tuple[Event, ...]) -> Iterator[str]:
        for other in events:
            if isinstance(other, kind) and (other.operation, other.block_height, other.block_hash) == said:
                return
        yield f"{named.book} seq {named.seq} does not say so of mint {event.mint}"

    named = seen.record
    mint = facts.instruments[event.instrument].authorization_of(event.mint)
    if mint is not None and named.book != transactions_book(mint.account):
        yield f"{named.book} has no say in mint {event.mint}"
        return
    claim = Claim("INV-003", predicate, record.book, record.seq, named.sha256, stands)
    yield from claims.make(facts, named.book, named.seq, claim)


PREDICATES = (
    Predicate("INV-003", MintAuthorized, mint_is_authorized_once),
    Predicate("INV-003", MintFinalized, final_mint_was_open),
    Predicate("INV-003", MintFinalized, final_mint_was_confirmed),
    Predicate("INV-003", MintFailed, failed_mint_was_open),
    Predicate("INV-003", MintFailed, failed_mint_was_closed),
    Predicate("INV-003", MintFinalized, receipt_is_the_accounts),
    Predicate("INV-003", MintFailed, receipt_is_the_accounts),
    Predicate("INV-004", MintAuthorized, mint_id_is_its_digest),
    Predicate("INV-004", MintAuthorized, lots_are_eligible),
    Predicate("INV-004", MintAuthorized, units_follow_from_shares),
    Predicate("INV-004", MintAuthorized, mint_is_as_registered),
    Predicate("INV-012", MintAuthorized, rounding_favours_backing),
    Predicate("INV-015", MintAuthorized, issuance_is_open_for_mints),
)
