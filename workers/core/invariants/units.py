"""Units that others moved: each sighting counts once, stands in its account's book, and moves what it must.

INV-002 what burned units release, INV-003 once each, INV-011 nothing without the record of who saw it.
"""

from collections.abc import Callable, Iterator
from typing import Any

from schemas import amounts
from schemas.canonical import digest, encode
from schemas.events import (
    BridgeRestored,
    BridgeStarted,
    BurnRecorded,
    FeedRead,
    FeedReopened,
    ReceiptParked,
    ReceiptRestored,
    SightingContradicted,
    SightingRepeated,
    TokensReceived,
    UnitsBridgedOut,
    UnitsBurned,
    UnitsReceived,
)
from schemas.registry import Event
from schemas.streams import transactions_book
from workers.core.invariants import claims
from workers.core.invariants.account_facts import Sighted
from workers.core.invariants.facts import Claim, Facts, leave_pool
from workers.core.invariants.house_facts import token_of
from workers.core.invariants.predicate import Predicate, Record

Recorded = BurnRecorded | ReceiptParked | ReceiptRestored | TokensReceived | BridgeStarted | BridgeRestored
Sighting = UnitsReceived | UnitsBurned | UnitsBridgedOut

_MEANT: dict[type, tuple[str, type[Sighting]]] = {
    BurnRecorded: ("units_burned_seen", UnitsBurned),
    ReceiptParked: ("units_received_seen", UnitsReceived),
    ReceiptRestored: ("units_received_seen", UnitsReceived),
    BridgeStarted: ("units_bridged_out_seen", UnitsBridgedOut),
    BridgeRestored: ("units_bridged_out_seen", UnitsBridgedOut),
    TokensReceived: ("units_received_seen", UnitsReceived),
}
_AS_SEEN = ("sighting", "chain", "units", "transaction", "block_height", "block_hash")


def sighting_counts_once(facts: Facts, record: Record, event: Recorded) -> Iterator[str]:
    """What happened on a chain once is in the ledger once, until it is contradicted and then told anew."""
    if event.sighting in facts.sightings:
        yield f"sighting {event.sighting} was recorded before"
    seen = record.body(_MEANT[type(event)][0])
    if seen is not None and seen.record.seq <= facts.contradicted.get(event.sighting, 0):
        yield f"sighting {event.sighting} is recorded by what was said before it was contradicted"


def repeated_was_known(facts: Facts, _record: Record, event: SightingRepeated) -> Iterator[str]:
    """Only what was recorded is a repetition."""
    if event.sighting not in facts.sightings.keys() | facts.contradicted.keys():
        yield f"sighting {event.sighting} was never recorded"


def sighting_is_its_accounts(facts: Facts, record: Record, event: Recorded) -> Iterator[str]:
    """The account that signs for the token said so, and its book holds the same as final."""
    kind, meant = _MEANT[type(event)]
    seen, message = record.body(kind), None if record.input is None else record.input.message
    if seen is None or message is None or any(getattr(seen, n) != getattr(event, n) for n in _AS_SEEN):
        yield f"no message says so of sighting {event.sighting}"
        return
    token = token_of(facts.books[record.book].rules, event.instrument, event.chain)
    if token is None or (token.token, token.account) != (seen.token, message.sender):
        yield f"{message.sender} does not sign for {seen.token} of {event.instrument} on {event.chain}"
        return

    def stands(events: tuple[Event, ...]) -> Iterator[str]:
        for other in events:
            if isinstance(other, meant) and all(getattr(other, n) == getattr(event, n) for n in _AS_SEEN):
                return
        yield f"{seen.record.book} seq {seen.record.seq} has no such sighting {event.sighting}"

    if seen.record.book != transactions_book(token.account):
        yield f"{seen.record.book} has no say in sighting {event.sighting}"
        return
    named = seen.record
    claim = Claim("INV-011", "sighting_is_its_accounts", record.book, record.seq, named.sha256, stands)
    yield from claims.make(facts, named.book, named.seq, claim)


def burn_releases_what_nothing_needs(facts: Facts, record: Record, event: BurnRecorded) -> Iterator[str]:
    """The shares behind burned units are unclaimed: all that the pool can spare, and not one more."""
    found, terms = facts.instruments[event.instrument], facts.books[record.book].rules.instruments
    if event.instrument not in terms:
        yield f"{event.instrument} has no units"
        return
    units, shares = amounts.parse(event.units), amounts.parse(event.shares)
    # In 10^-36, exact; the remaining units include those that are authorized.
    behind, needed = units * found.multiplier, (found.units - units) * found.highest_multiplier

    def spared(given: int) -> bool:
        return given * amounts.ONE <= behind and (found.pool - given) * amounts.ONE >= needed

    if (shares and not spared(shares)) or spared(shares + 1):
        pool = amounts.text(found.pool)
        yield f"{event.units} units were burned, {event.shares} of the pool's {pool} shares were released"


def feed_is_read_on(facts: Facts, record: Record, event: FeedRead) -> Iterator[str]:
    """A feed is read from where it was read to: nothing twice, nothing left out."""
    read = facts.books[record.book].read_through[event.chain, event.token]
    if event.after_height != read or event.block_height <= event.after_height:
        yield f"{event.token} was read up to {read}, then after {event.after_height} to {event.block_height}"


def sighting_is_of_its_feed(facts: Facts, record: Record, event: Sighting) -> Iterator[str]:
    """A sighting is named by its place, stands in the blocks that its record read, and stands once."""
    if event.sighting != digest(encode(["sighting", event.chain, event.transaction, event.index])):
        yield f"sighting {event.sighting} is not the digest of its place"
    if event.sighting in facts.books[record.book].sighted:
        yield f"sighting {event.sighting} was recorded before"
    if not any(isinstance(mark, FeedRead) and _covers(mark, event) for mark in record.events):
        yield f"sighting {event.sighting} in block {event.block_height} is outside of what was read"


def feed_goes_back_with_all_it_told(facts: Facts, record: Record, event: FeedReopened) -> Iterator[str]:
    """A feed is read again from a block on only where all that it told after that is taken back."""
    book, feed = facts.books[record.book], (event.chain, event.token)
    if event.after_height >= book.read_through[feed] or event.block_hash == event.hash_now:
        read = book.read_through[feed]
        yield f"{event.token} was read up to {read}, and is read after {event.after_height}"
    for name, told in book.sighted.items():
        if told.feed == feed and told.block_height > event.after_height:
            yield f"sighting {name} in block {told.block_height} would be read twice"


def contradicted_sighting_stood(facts: Facts, record: Record, event: SightingContradicted) -> Iterator[str]:
    """Only what was seen is taken back, with its feed, and where another block is final at that height."""
    told = facts.books[record.book].sighted.get(event.sighting)
    if told != Sighted((event.chain, event.token), event.block_height, event.block_hash):
        yield f"sighting {event.sighting} was not seen in {event.block_hash}"
    if event.hash_now == event.block_hash:
        yield f"sighting {event.sighting} is in the block that it was in"
    goes_back = (each for each in record.events if isinstance(each, FeedReopened))
    if all((each.chain, each.token) != (event.chain, event.token) for each in goes_back):
        yield f"sighting {event.sighting} is taken back, and its feed is not read again"


def _covers(mark: FeedRead, event: Sighting) -> bool:
    same = (mark.chain, mark.token) == (event.chain, event.token)
    return same and mark.after_height < event.block_height <= mark.block_height


def _recorded(facts: Facts, _record: Record, event: Any) -> None:  # noqa: ANN401 - a burn or a receipt
    """Take a sighting that the ledger recorded into the facts."""
    units = amounts.parse(event.units)
    facts.sightings[event.sighting] = (event.chain, event.transaction, event.type, units)
    if isinstance(event, ReceiptParked):
        facts.instruments[event.instrument].parked[event.sighting] = event
        facts.instruments[event.instrument].arrivals[event.sighting] = event.sighting
    elif isinstance(event, BurnRecorded):
        found = facts.instruments[event.instrument]
        shares = amounts.parse(event.shares)
        found.supply[event.chain] -= units
        found.released[event.sighting] = leave_pool(found, shares)
        found.unclaimed += shares


def _sighted(facts: Facts, record: Record, event: Sighting) -> None:
    told = Sighted((event.chain, event.token), event.block_height, event.block_hash)
    facts.books[record.book].sighted[event.sighting] = told


def _taken_back(facts: Facts, record: Record, event: SightingContradicted) -> None:
    facts.books[record.book].sighted.pop(event.sighting, None)


def _feed_reopened(facts: Facts, record: Record, event: FeedReopened) -> None:
    facts.books[record.book].read_through[event.chain, event.token] = event.after_height


def _feed_read(facts: Facts, record: Record, event: FeedRead) -> None:
    facts.books[record.book].read_through[event.chain, event.token] = event.block_height


LEDGER_FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    BurnRecorded: _recorded,
    ReceiptParked: _recorded,
}
TRANSACTIONS_FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    UnitsReceived: _sighted,
    UnitsBurned: _sighted,
    UnitsBridgedOut: _sighted,
    SightingContradicted: _taken_back,
    FeedRead: _feed_read,
    FeedReopened: _feed_reopened,
}

LEDGER_PREDICATES = (
    Predicate("INV-003", BurnRecorded, sighting_counts_once),
    Predicate("INV-003", ReceiptParked, sighting_counts_once),
    Predicate("INV-003", TokensReceived, sighting_counts_once),
    Predicate("INV-003", SightingRepeated, repeated_was_known),
    Predicate("INV-011", BurnRecorded, sighting_is_its_accounts),
    Predicate("INV-011", ReceiptParked, sighting_is_its_accounts),
    Predicate("INV-011", TokensReceived, sighting_is_its_accounts),
    Predicate("INV-002", BurnRecorded, burn_releases_what_nothing_needs),
)
TRANSACTIONS_PREDICATES = (
    Predicate("INV-003", FeedRead, feed_is_read_on),
    Predicate("INV-003", UnitsReceived, sighting_is_of_its_feed),
    Predicate("INV-003", UnitsBurned, sighting_is_of_its_feed),
    Predicate("INV-003", UnitsBridgedOut, sighting_is_of_its_feed),
    Predicate("INV-003", SightingContradicted, contradicted_sighting_stood),
    Predicate("INV-003", FeedReopened, feed_goes_back_with_all_it_told),
)
