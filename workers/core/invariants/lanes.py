"""INV-021 lanes: what one lets go fits its bucket, in the order of the burns; what waits has a cause.

A bucket is kept here as what is left in it, where the decider keeps what was spent.
"""

from collections.abc import Iterator

from schemas import amounts, instants
from schemas.events import BridgeMintAuthorized, BridgeQueued, BridgeReleased
from schemas.house import HouseRule, SetLane
from workers.core.invariants.bridge_facts import BucketFacts
from workers.core.invariants.facts import BookFacts, Facts, HouseFacts
from workers.core.invariants.holds import bridge_is_held
from workers.core.invariants.predicate import Predicate, Record


def lane_lets_go_what_fits(facts: Facts, record: Record, event: BridgeReleased) -> Iterator[str]:
    """An open lane lets go no more than it has; more than its capacity, only when it is full."""
    book = facts.books[record.book]
    rule = _rule(book.rules, event.instrument, event.source, event.destination)
    if rule is None or not rule.open:
        yield f"the lane from {event.source} to {event.destination} is {'closed' if rule else 'not known'}"
        return
    left, units = _left(book, event.instrument, rule), amounts.parse(event.units)
    if units > left and left < amounts.parse(rule.capacity_units):
        yield f"{event.units} units went where {amounts.text(left)} of {rule.capacity_units} were left"
    if max(0, left) != amounts.parse(event.available):
        yield f"{event.available} units are said to be left, by the events it is {amounts.text(left)}"


def lane_keeps_its_order(facts: Facts, record: Record, event: BridgeReleased) -> Iterator[str]:
    """First in, first out, each once, with what it carries; what a hold stops lets others pass."""
    bridges = facts.instruments[event.instrument].bridges
    bridge = bridges.get(event.bridge)
    if bridge is None or bridge.released or bridge.turned_back:
        yield f"bridge {event.bridge} does not wait for a lane"
        return
    if (event.source, event.destination) != bridge.lane or amounts.parse(event.units) != bridge.carried:
        yield f"bridge {event.bridge} carries {amounts.text(bridge.carried)} by {bridge.lane}"
    before = (
        each
        for each in bridges.values()
        if each.waits and each.lane == bridge.lane and not bridge_is_held(facts, record.book, each)
    )
    first = next(before, bridge)
    if first is not bridge:
        yield f"bridge {event.bridge} overtook {first.event.bridge}"


def queued_waits_for_a_reason(facts: Facts, record: Record, event: BridgeQueued) -> Iterator[str]:
    """What is queued has no mint on its way, is said once, and the reason that is given stands."""
    found, book = facts.instruments[event.instrument], facts.books[record.book]
    bridge = found.bridges.get(event.bridge)
    if bridge is None or bridge.queued or bridge.mint is not None:
        yield f"bridge {event.bridge} is not one that begins to wait"
        return
    source, destination = bridge.lane
    rule = _rule(book.rules, event.instrument, source, destination)
    left = 0 if rule is None else max(0, _left(book, event.instrument, rule))
    if (amounts.parse(event.units), amounts.parse(event.available)) != (bridge.carried, left):
        yield f"bridge {event.bridge} carries {amounts.text(bridge.carried)}, {amounts.text(left)} are left"
    stands = {
        "held": bool(found.holds) or bridge_is_held(facts, record.book, bridge),
        "lane_unknown": rule is None,
        "lane_closed": rule is not None and not rule.open,
        "lane_limited": left < bridge.carried,
        "behind_others": any(
            each.waits and each.lane == bridge.lane and each is not bridge for each in found.bridges.values()
        )
        or any(isinstance(each, BridgeMintAuthorized) for each in record.events),
    }
    if not stands[event.why]:
        yield f"bridge {event.bridge} waits because {event.why}, which is not so"


def let_go(facts: Facts, record: Record, event: BridgeReleased) -> None:
    """Take what goes out of its bucket, and put it into the opposite one."""
    book = facts.books[record.book]
    for source, destination, units in (
        (event.source, event.destination, -amounts.parse(event.units)),
        (event.destination, event.source, amounts.parse(event.units)),
    ):
        rule = _rule(book.rules, event.instrument, source, destination)
        if rule is not None and book.time is not None:
            capacity = amounts.parse(rule.capacity_units)
            left = min(capacity, _left(book, event.instrument, rule) + units)
            book.buckets[event.instrument, source, destination] = BucketFacts(left, book.time)


def rule_changes(book: BookFacts, rule: HouseRule) -> None:
    """Fill the buckets by the terms that end now; a new capacity keeps what was spent of the old one."""
    if not isinstance(rule, SetLane) or book.time is None:
        return
    for (instrument, source, destination), _ in list(book.buckets.items()):
        before = _rule(book.rules, instrument, source, destination)
        is_this = (source, destination) == (rule.source, rule.destination)
        if not is_this or before is None or rule.instrument not in (None, instrument):
            continue
        left = _left(book, instrument, before)
        # A rule of all changes nothing where the instrument has one of its own.
        after = before if before.instrument is not None and rule.instrument is None else rule
        change = amounts.parse(after.capacity_units) - amounts.parse(before.capacity_units)
        book.buckets[instrument, source, destination] = BucketFacts(left + change, book.time)


def _left(book: BookFacts, instrument: str, rule: SetLane) -> int:
    """Return what is left by now; less than nothing after more than the capacity went."""
    capacity = amounts.parse(rule.capacity_units)
    bucket = book.buckets.get((instrument, rule.source, rule.destination))
    if bucket is None or book.time is None:
        return capacity
    seconds = instants.seconds_between(bucket.at, book.time)
    return min(capacity, bucket.left + seconds * amounts.parse(rule.refill_units_per_second))


def _rule(rules: HouseFacts, instrument: str, source: str, destination: str) -> SetLane | None:
    own = rules.lanes.get((instrument, source, destination))
    return own if own is not None else rules.lanes.get((None, source, destination))


PREDICATES = (
    Predicate("INV-021", BridgeReleased, lane_lets_go_what_fits),
    Predicate("INV-021", BridgeReleased, lane_keeps_its_order),
    Predicate("INV-021", BridgeQueued, queued_waits_for_a_reason),
)
