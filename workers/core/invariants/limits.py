"""INV-019 limits and approvals: no more than the limits on a day, nothing large without two operators."""

from collections.abc import Iterator

from schemas import amounts, instants
from schemas.events import ApprovalRequired, IssuanceApproved, IssuanceWaits, MintAuthorized
from schemas.house import ApproveIssuance
from schemas.limits import Limits
from workers.core.invariants.facts import BookFacts, Facts, IssuanceFacts
from workers.core.invariants.house_facts import limits_of
from workers.core.invariants.predicate import Predicate, Record

OF_LIMITS = ("mint_limit", "instrument_day_limit", "client_day_limit")


def mint_is_within_limits(facts: Facts, record: Record, event: MintAuthorized) -> Iterator[str]:
    """A mint is no larger than allowed, and fits into its day, the instrument's and the client's."""
    shares = amounts.parse(event.shares_in)
    for name, room in _room(facts, record, event.instrument, event.issuance).items():
        if shares > room:
            yield f"mint {event.mint} is of {event.shares_in} shares, {name} leaves {amounts.text(room)}"


def large_issuance_is_approved(facts: Facts, record: Record, event: MintAuthorized) -> Iterator[str]:
    """An issuance above the threshold is minted only after two operators approved it."""
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is None or issuance.approved:
        return
    threshold = _threshold(facts, record, event.instrument)
    if issuance.approve_by is not None or (threshold is not None and issuance.shares > threshold):
        yield f"issuance {event.issuance} of {amounts.text(issuance.shares)} shares was not approved"


def approval_is_ordered(facts: Facts, record: Record, event: IssuanceApproved) -> Iterator[str]:
    """An approval is two operators' order about this issuance, which needs it."""
    ordered = facts.books[record.book].ordered
    approved = isinstance(ordered, ApproveIssuance) and (ordered.instrument, ordered.issuance)
    if approved != (event.instrument, event.issuance):
        yield f"two operators did not approve issuance {event.issuance}"
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is None or issuance.ended is not None or issuance.approved or issuance.approve_by is None:
        yield f"issuance {event.issuance} waits for no approval"


def approval_is_needed(facts: Facts, record: Record, event: ApprovalRequired) -> Iterator[str]:
    """An approval is required once, of what is above the threshold, until the deadline of the limits."""
    issuance = facts.instruments[event.instrument].issuances.get(event.issuance)
    if issuance is None or issuance.ended is not None or issuance.approve_by is not None:
        yield f"issuance {event.issuance} cannot come to need an approval now"
        return
    limits = limits_of(facts.books[record.book].rules, event.instrument)
    threshold, time = _threshold(facts, record, event.instrument), facts.books[record.book].time
    if threshold is None or issuance.shares <= threshold or limits is None or time is None:
        yield f"issuance {event.issuance} of {amounts.text(issuance.shares)} shares needs no approval"
    elif event.expires_at != instants.plus(time, limits.approval_expiry_seconds):
        yield f"an approval required at {time} is due at {event.expires_at}"


def waiting_has_its_numbers(facts: Facts, record: Record, event: IssuanceWaits) -> Iterator[str]:
    """What is said to wait is above the limit that is named, by the numbers that are named."""
    if event.why not in OF_LIMITS:
        return
    room = _room(facts, record, event.instrument, event.issuance).get(event.why)
    if room is None or event.needed is None or amounts.parse(event.needed) <= room:
        yield f"issuance {event.issuance} need not wait for {event.why}"
    elif event.available != amounts.text(max(0, room)):
        yield f"{event.why} leaves {amounts.text(room)} shares, not {event.available}"


def _room(facts: Facts, record: Record, instrument: str, name: str) -> dict[str, int]:
    issuance = facts.instruments[instrument].issuances.get(name)
    return {} if issuance is None else room_for(facts, facts.books[record.book], issuance)


def room_for(facts: Facts, book: BookFacts, issuance: IssuanceFacts) -> dict[str, int]:
    """Return what each limit leaves for a mint of this issuance now."""
    instrument, client = issuance.event.instrument, issuance.event.client
    limits: Limits | None = limits_of(book.rules, instrument)
    if limits is None or book.time is None:
        return {}
    of_day = facts.instruments[instrument].minted_on[instants.day(book.time)]
    limited = (
        ("mint_limit", limits.mint_shares_max, 0),
        ("instrument_day_limit", limits.instrument_day_shares_max, sum(of_day.values())),
        ("client_day_limit", limits.client_day_shares_max, of_day[client]),
    )
    return {why: amounts.parse(limit) - used for why, limit, used in limited if limit is not None}


def _threshold(facts: Facts, record: Record, instrument: str) -> int | None:
    limits = limits_of(facts.books[record.book].rules, instrument)
    threshold = None if limits is None else limits.approval_threshold_shares
    return None if threshold is None else amounts.parse(threshold)


PREDICATES = (
    Predicate("INV-019", MintAuthorized, mint_is_within_limits),
    Predicate("INV-019", MintAuthorized, large_issuance_is_approved),
    Predicate("INV-019", IssuanceApproved, approval_is_ordered),
    Predicate("INV-019", ApprovalRequired, approval_is_needed),
    Predicate("INV-019", IssuanceWaits, waiting_has_its_numbers),
)
