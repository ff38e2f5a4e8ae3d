"""INV-015 the stages of an issuance: none is skipped, and none is said before it is so."""

from collections.abc import Iterator

from schemas import amounts
from schemas.canonical import digest, encode
from schemas.events import (
    IssuanceAccepted,
    IssuanceClosed,
    IssuanceCompleted,
    IssuanceExpired,
    IssuanceFunded,
    IssuanceRefused,
    IssuanceRepeated,
    IssuanceUnfunded,
)
from schemas.messages import IssuanceRequested
from workers.core.invariants.facts import Facts, IssuanceFacts
from workers.core.invariants.house_facts import token_of
from workers.core.invariants.predicate import Predicate, Record


def request_is_new(facts: Facts, record: Record, event: IssuanceAccepted) -> Iterator[str]:
    """A request is accepted once, as it was made, and never after it was refused."""
    found = facts.instruments[event.instrument]
    if event.issuance in found.requests:
        yield f"issuance {event.issuance} was answered before"
    if event.settlement_reference in found.references:
        yield f"the settlement reference {event.settlement_reference} is another issuance's"
    asked: IssuanceRequested | None = record.body("issuance_requested")
    if asked is None:
        yield f"nobody requested issuance {event.issuance}"
        return
    accepted = (event.client, event.client_request_id, event.instrument, event.shares, event.chain)
    if accepted != (asked.client, asked.client_request_id, asked.instrument, asked.shares, asked.chain):
        yield f"issuance {event.issuance} is not what was requested"
    if (event.recipient, event.funding, event.partial) != (asked.wallet, asked.funding, asked.partial):
        yield f"issuance {event.issuance} is not what was requested"


def client_may_ask(facts: Facts, record: Record, event: IssuanceAccepted) -> Iterator[str]:
    """Only an eligible client's request for a registered token to an approved wallet is accepted."""
    rules = facts.books[record.book].rules
    if not rules.clients.get(event.client, False):
        yield f"{event.client} may not ask"
    if token_of(rules, event.instrument, event.chain) is None:
        yield f"{event.instrument} has no token on {event.chain}"
    if (event.client, event.chain, event.recipient) not in rules.wallets:
        yield f"{event.recipient} is no wallet of {event.client} on {event.chain}"
    if amounts.parse(event.shares) == 0:
        yield f"issuance {event.issuance} is of nothing"


def treasury_is_promised_once(facts: Facts, _record: Record, event: IssuanceAccepted) -> Iterator[str]:
    """A treasury issuance is accepted only where free shares, promised to nobody, are there for it."""
    found = facts.instruments[event.instrument]
    free = found.by_state["free"] - found.owed_from_treasury
    if event.funding == "treasury" and amounts.parse(event.shares) > free:
        yield f"{event.shares} shares are promised from treasury, {amounts.text(free)} are there"


def unfunded_lost_shares(facts: Facts, _record: Record, event: IssuanceUnfunded) -> Iterator[str]:
    """An issuance is funded no more where shares were taken from it, and only then."""
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is None or not issuance.funded or issuance.missing == 0:
        yield f"issuance {event.issuance} misses nothing: {_describe(issuance)}"


def repetition_has_one_answer(
    facts: Facts, record: Record, event: IssuanceRepeated | IssuanceRefused
) -> Iterator[str]:
    """The same request is answered as it was; the same id with another body is refused."""
    asked: IssuanceRequested | None = record.body("issuance_requested")
    if asked is None:
        yield f"nobody requested issuance {event.issuance}"
        return
    request = digest(encode(asked))
    first = facts.instruments[asked.instrument].requests.get(event.issuance)
    if isinstance(event, IssuanceRepeated):
        if first != request:
            yield f"issuance {event.issuance} was not requested like this before"
    elif (event.refusal.code == "request_id_reused") != (first is not None):
        yield f"issuance {event.issuance} was refused as {event.refusal.code}"


def funded_is_all_there(facts: Facts, _record: Record, event: IssuanceFunded) -> Iterator[str]:
    """Funded means that all shares are reserved or in the pool."""
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is None or issuance.ended is not None or issuance.funded or issuance.missing != 0:
        yield f"issuance {event.issuance} is not funded now: {_describe(issuance)}"


def expired_was_due(facts: Facts, record: Record, event: IssuanceExpired) -> Iterator[str]:
    """Only what is not funded, or not approved, expires, when its time has come."""
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    time = facts.books[record.book].time or ""
    ends = [] if issuance is None or issuance.ended is not None else _ends(issuance)
    if not any(end <= time for end in ends):
        yield f"issuance {event.issuance} does not expire at {time}: {_describe(issuance)}"


def _ends(issuance: IssuanceFacts) -> list[str]:
    unfunded = None if issuance.funded else issuance.event.expires_at
    unapproved = None if issuance.approved else issuance.approve_by
    return [end for end in (unfunded, unapproved) if end is not None]


def completed_is_final(facts: Facts, _record: Record, event: IssuanceCompleted) -> Iterator[str]:
    """Complete means that everything asked for was funded, and every mint of it is final."""
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is None or not issuance.funded:
        yield f"issuance {event.issuance} was not funded: {_describe(issuance)}"


def over_is_counted(
    facts: Facts, _record: Record, event: IssuanceCompleted | IssuanceClosed
) -> Iterator[str]:
    """Nothing of an issuance that is over is on its way, and it says what became of it."""
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is None or issuance.open_parts or issuance.in_pool != issuance.minted_shares:
        yield f"issuance {event.issuance} is not over: {_describe(issuance)}"
        return
    if issuance.reserved:
        yield f"issuance {event.issuance} ended with reserved shares: {_describe(issuance)}"
    said = (amounts.parse(event.units), amounts.parse(event.shares))
    if said != (issuance.minted_units, issuance.minted_shares):
        yield f"issuance {event.issuance} minted otherwise: {_describe(issuance)}"


def closed_had_ended(facts: Facts, _record: Record, event: IssuanceClosed) -> Iterator[str]:
    """Closed is how an expired or cancelled issuance ends."""
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is None or issuance.ended is None:
        yield f"issuance {event.issuance} did neither expire nor was it cancelled"


def _describe(issuance: IssuanceFacts | None) -> str:
    if issuance is None:
        return "it is not open"
    shares, reserved, in_pool = (
        amounts.text(each) for each in (issuance.shares, issuance.reserved, issuance.in_pool)
    )
    return (
        f"{shares} asked for, {reserved} reserved, {in_pool} in the pool, "
        f"parts {sorted(issuance.open_parts)} open, "
        f"funded {issuance.funded}, ended {issuance.ended}"
    )


PREDICATES = (
    Predicate("INV-015", IssuanceAccepted, request_is_new),
    Predicate("INV-001", IssuanceAccepted, treasury_is_promised_once),
    Predicate("INV-015", IssuanceAccepted, client_may_ask),
    Predicate("INV-015", IssuanceUnfunded, unfunded_lost_shares),
    Predicate("INV-015", IssuanceRefused, repetition_has_one_answer),
    Predicate("INV-015", IssuanceRepeated, repetition_has_one_answer),
    Predicate("INV-015", IssuanceFunded, funded_is_all_there),
    Predicate("INV-015", IssuanceExpired, expired_was_due),
    Predicate("INV-015", IssuanceCompleted, completed_is_final),
    Predicate("INV-015", IssuanceCompleted, over_is_counted),
    Predicate("INV-015", IssuanceClosed, over_is_counted),
    Predicate("INV-015", IssuanceClosed, closed_had_ended),
)
