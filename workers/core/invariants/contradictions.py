"""What others did and the chain does not know any more: taken back once, as it was, and nothing rests on it.

INV-002 what comes back with a burn, INV-003 who says so, INV-006 bridges, INV-011 nothing new rests on it.
"""

from collections.abc import Callable, Iterator
from typing import Any

from schemas import amounts
from schemas.events import (
    BridgeContradicted,
    BridgeMintAuthorized,
    BridgeRestored,
    BridgeVoided,
    BurnAuthorized,
    DeliveryInstructed,
    HolderBurnContradicted,
    ReceiptContradicted,
    ReceiptRestored,
    ReturnAuthorized,
    SightingContradicted,
)
from schemas.messages import SightingSeenContradicted
from schemas.registry import Event
from schemas.streams import transactions_book
from workers.core.invariants import claims
from workers.core.invariants.bridge_facts import BridgeFacts
from workers.core.invariants.facts import Claim, Facts, InstrumentFacts
from workers.core.invariants.house_facts import token_of
from workers.core.invariants.predicate import Predicate, Record
from workers.core.invariants.units import sighting_counts_once, sighting_is_its_accounts

Contradicted = HolderBurnContradicted | ReceiptContradicted | BridgeContradicted
_AS_SEEN = ("sighting", "chain", "transaction", "block_height", "block_hash", "hash_now")
_MADE: dict[type, tuple[str, ...]] = {
    HolderBurnContradicted: ("burn_recorded",),
    ReceiptContradicted: ("receipt_parked", "tokens_received"),
    BridgeContradicted: ("bridge_started",),
}


def contradicted_was_recorded(facts: Facts, record: Record, event: Contradicted) -> Iterator[str]:
    """Only what the ledger has is taken back, as it was, because its account says that the block is gone."""
    was = facts.sightings.get(event.sighting)
    said = (event.chain, event.transaction, amounts.parse(event.units))
    if was is None or (was[0], was[1], was[3]) != said or was[2] not in _MADE[type(event)]:
        yield f"sighting {event.sighting} was not recorded like this: {was}"
    if event.block_hash == event.hash_now:
        yield f"sighting {event.sighting} is in the block that it was in"
    seen: SightingSeenContradicted | None = record.body("sighting_contradicted")
    message = None if record.input is None else record.input.message
    if seen is None or message is None or any(getattr(seen, n) != getattr(event, n) for n in _AS_SEEN):
        yield f"nobody says that sighting {event.sighting} is contradicted"
        return
    token = token_of(facts.books[record.book].rules, event.instrument, event.chain)
    if token is None or (token.token, token.account) != (seen.token, message.sender):
        yield f"{message.sender} does not sign for {seen.token} of {event.instrument} on {event.chain}"
        return
    named = seen.record
    if (named.book, named.seq) != (transactions_book(token.account), event.account_seq):
        yield f"{named.book} seq {named.seq} has no say in sighting {event.sighting}"
        return

    def stands(events: tuple[Event, ...]) -> Iterator[str]:
        for other in events:
            if isinstance(other, SightingContradicted) and all(
                getattr(other, name) == getattr(event, name) for name in _AS_SEEN
            ):
                return
        yield f"{named.book} seq {named.seq} does not take sighting {event.sighting} back"

    claim = Claim("INV-003", "contradicted_was_recorded", record.book, record.seq, named.sha256, stands)
    yield from claims.make(facts, named.book, named.seq, claim)


def burn_gives_back_what_it_released(
    facts: Facts, _record: Record, event: HolderBurnContradicted
) -> Iterator[str]:
    """The shares that a burn left unclaimed are behind its units again, all of them."""
    released = facts.instruments[event.instrument].released.get(event.sighting)
    if released is None or released.total() != amounts.parse(event.shares):
        yield f"burn {event.sighting} released {released}, not {event.shares}"


def receipt_is_taken_back_as_far_as_it_can_be(
    facts: Facts, _record: Record, event: ReceiptContradicted
) -> Iterator[str]:
    """Tokens that nothing was authorized with are simply not there; all others are missing."""
    found = facts.instruments[event.instrument]
    cause = found.arrivals.get(event.sighting, event.sighting)
    if event.redemption != (cause if cause in found.redemptions else None):
        yield f"{event.sighting} is not of redemption {event.redemption}"
    if event.outcome != _outcome(found, event.sighting, cause):
        yield f"tokens {event.sighting} are called {event.outcome}"


def _outcome(found: InstrumentFacts, sighting: str, cause: str) -> str:
    returned, redemption = found.returns.get(cause), found.redemptions.get(cause)
    if redemption is None:
        is_here = sighting in found.parked or (returned is not None and returned.attempts == 0)
        return "forgotten" if is_here else "missing"
    if redemption.stage != "received" or redemption.attempts:
        return "missing"
    rest = redemption.event.units != redemption.event.burn_units
    return "missing" if rest and (returned is None or returned.attempts) else "awaited"


def contradicted_bridge_is_the_burns(
    facts: Facts, _record: Record, event: BridgeContradicted
) -> Iterator[str]:
    """A bridge is contradicted by its own burn, once."""
    bridge = facts.instruments[event.instrument].known_bridges.get(event.bridge)
    began = None if bridge is None else (bridge.event.chain, bridge.event.transaction)
    if bridge is None or bridge.contradicted or began != (event.chain, event.transaction):
        yield f"bridge {event.bridge} was not begun by {event.transaction}, or is contradicted already"


def voided_bridge_cannot_be_minted(facts: Facts, _record: Record, event: BridgeVoided) -> Iterator[str]:
    """A contradicted bridge ends with nothing in flight, when nothing was minted of it or may be."""
    found = facts.instruments[event.instrument]
    bridge = found.known_bridges.get(event.bridge)
    if bridge is None or not bridge.contradicted or bridge.voided:
        yield f"bridge {event.bridge} was burned, or is void already"
        return
    if bridge.mint is not None or bridge.arrived.total():
        yield f"bridge {event.bridge} is void, and was minted or may be"
    started, units = bridge.event, amounts.parse(event.units)
    owner, before, after = (event.chain, event.holder), *map(amounts.parse, (event.before, event.remainder))
    said = (units, owner, before)
    if said != (bridge.carried, (started.chain, started.holder), found.remainders[owner]):
        yield f"bridge {event.bridge} carries {amounts.text(bridge.carried)}, of {owner} are {event.before}"
    if after != max(0, before - amounts.parse(started.units) + units):
        yield f"{event.remainder} of {event.before} units stay {event.holder}'s without bridge {event.bridge}"


def restored_bridge_was_contradicted(facts: Facts, record: Record, event: BridgeRestored) -> Iterator[str]:
    """A bridge goes on where its own burn is seen again, as its holder wrote it."""
    bridge = facts.instruments[event.instrument].known_bridges.get(event.bridge)
    seen = record.body("units_bridged_out_seen")
    if bridge is None or not bridge.contradicted or seen is None:
        yield f"bridge {event.bridge} is not contradicted, or nobody burned for it"
        return
    as_burned = ("transaction", "chain", "token", "units", "holder", "destination", "recipient")
    if any(getattr(seen, name) != getattr(bridge.event, name) for name in as_burned):
        yield f"bridge {event.bridge} was burned otherwise before"


def restored_receipt_was_missing(facts: Facts, _record: Record, event: ReceiptRestored) -> Iterator[str]:
    """Tokens are restored where they are missing for a return of their own."""
    found = facts.instruments[event.instrument]
    units = found.unfounded.get(event.returned)
    if units != amounts.parse(event.units) or event.returned in found.redemptions:
        yield f"{event.units} units of {event.returned} are restored, and {units} are missing"


def nothing_rests_on_what_is_gone(facts: Facts, _record: Record, event: Any) -> Iterator[str]:  # noqa: ANN401
    """Nothing is burned, sent on or delivered for tokens that are not there, nor minted without its burn."""
    found = facts.instruments[event.instrument]
    if isinstance(event, BridgeMintAuthorized):
        bridge = found.known_bridges.get(event.bridge)
        if bridge is not None and bridge.contradicted:
            yield f"mint {event.mint} is of bridge {event.bridge}, which was not burned"
        return
    cause = event.cause if isinstance(event, ReturnAuthorized) else event.redemption
    if cause in found.unfounded:
        yield f"{event.type} of {cause}, whose tokens are not there"


def _withdraw(facts: Facts, event: Contradicted) -> int:
    facts.sightings.pop(event.sighting, None)
    facts.contradicted[event.sighting] = event.account_seq
    return amounts.parse(event.units)


def _burn_contradicted(facts: Facts, _record: Record, event: HolderBurnContradicted) -> None:
    found, shares = facts.instruments[event.instrument], amounts.parse(event.shares)
    found.supply[event.chain] += _withdraw(facts, event)
    found.unclaimed -= shares
    found.pool += shares
    found.pool_at.update(found.released.pop(event.sighting, {}))


def _receipt_contradicted(facts: Facts, _record: Record, event: ReceiptContradicted) -> None:
    found, units = facts.instruments[event.instrument], _withdraw(facts, event)
    cause = found.arrivals.pop(event.sighting, event.sighting)
    if event.outcome == "missing":
        found.unfounded[cause] = units
        return
    found.parked.pop(event.sighting, None)
    found.returns.pop(cause, None)
    redemption = found.redemptions.get(cause)
    if redemption is not None:
        redemption.stage = "accepted"


def _receipt_restored(facts: Facts, _record: Record, event: ReceiptRestored) -> None:
    found, units = facts.instruments[event.instrument], amounts.parse(event.units)
    facts.sightings[event.sighting] = (event.chain, event.transaction, "receipt_parked", units)
    found.arrivals[event.sighting] = event.returned
    found.unfounded.pop(event.returned, None)


def _bridge_contradicted(facts: Facts, _record: Record, event: BridgeContradicted) -> None:
    found = facts.instruments[event.instrument]
    found.supply[event.chain] += _withdraw(facts, event)
    bridge = found.known_bridges.get(event.bridge)
    if bridge is not None:
        bridge.contradicted = True


def _bridge_voided(facts: Facts, _record: Record, event: BridgeVoided) -> None:
    found, units = facts.instruments[event.instrument], amounts.parse(event.units)
    left = amounts.parse(event.before) - amounts.parse(event.remainder)
    found.bridged["in flight"] -= units
    found.bridged["remainder"] -= left
    found.bridged["burned"] -= units + left
    found.remainders[event.chain, event.holder] -= left
    found.bridges.pop(event.bridge, None)
    bridge = found.known_bridges.get(event.bridge)
    if bridge is not None:
        bridge.voided = True


def _bridge_restored(facts: Facts, _record: Record, event: BridgeRestored) -> None:
    found, units = facts.instruments[event.instrument], amounts.parse(event.units)
    facts.sightings[event.sighting] = (event.chain, event.transaction, "bridge_started", units)
    found.supply[event.chain] -= units
    bridge = found.known_bridges.get(event.bridge)
    if bridge is None:
        return
    if bridge.voided:
        _set_out_again(found, bridge)
    bridge.contradicted = bridge.voided = False


def _set_out_again(found: InstrumentFacts, bridge: BridgeFacts) -> None:
    bridge.carried = amounts.parse(bridge.event.units)
    bridge.released = bridge.queued = False
    found.bridges[bridge.event.bridge] = bridge
    found.bridged["burned"] += bridge.carried
    found.bridged["in flight"] += bridge.carried


FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    HolderBurnContradicted: _burn_contradicted,
    ReceiptContradicted: _receipt_contradicted,
    ReceiptRestored: _receipt_restored,
    BridgeContradicted: _bridge_contradicted,
    BridgeVoided: _bridge_voided,
    BridgeRestored: _bridge_restored,
}

PREDICATES = (
    Predicate("INV-003", HolderBurnContradicted, contradicted_was_recorded),
    Predicate("INV-003", ReceiptContradicted, contradicted_was_recorded),
    Predicate("INV-003", BridgeContradicted, contradicted_was_recorded),
    Predicate("INV-002", HolderBurnContradicted, burn_gives_back_what_it_released),
    Predicate("INV-003", ReceiptContradicted, receipt_is_taken_back_as_far_as_it_can_be),
    Predicate("INV-003", ReceiptRestored, sighting_counts_once),
    Predicate("INV-011", ReceiptRestored, sighting_is_its_accounts),
    Predicate("INV-003", ReceiptRestored, restored_receipt_was_missing),
    Predicate("INV-006", BridgeContradicted, contradicted_bridge_is_the_burns),
    Predicate("INV-006", BridgeVoided, voided_bridge_cannot_be_minted),
    Predicate("INV-003", BridgeRestored, sighting_counts_once),
    Predicate("INV-011", BridgeRestored, sighting_is_its_accounts),
    Predicate("INV-006", BridgeRestored, restored_bridge_was_contradicted),
    Predicate("INV-011", BurnAuthorized, nothing_rests_on_what_is_gone),
    Predicate("INV-011", ReturnAuthorized, nothing_rests_on_what_is_gone),
    Predicate("INV-011", DeliveryInstructed, nothing_rests_on_what_is_gone),
    Predicate("INV-011", BridgeMintAuthorized, nothing_rests_on_what_is_gone),
)
