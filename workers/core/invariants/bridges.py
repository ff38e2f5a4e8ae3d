"""INV-006 a bridge conserves units, and INV-003, INV-004 for its legs: once each, as it was burned.

A refund is authorized only when no mint at the destination can act any more.
"""

from collections.abc import Iterator

from schemas import amounts
from schemas.canonical import digest, encode
from schemas.events import (
    BridgeCompleted,
    BridgeMintAuthorized,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeStarted,
    BridgeTurnedBack,
    RemainderBooked,
)
from schemas.events.units import BY_DIGEST
from schemas.house import Token, TurnBridgeBack
from workers.core.invariants.facts import Facts, InstrumentFacts
from workers.core.invariants.house_facts import token_of
from workers.core.invariants.minting import (
    failed_mint_was_closed,
    final_mint_was_confirmed,
    receipt_is_the_accounts,
)
from workers.core.invariants.predicate import Predicate, Record
from workers.core.invariants.units import sighting_counts_once, sighting_is_its_accounts

_AS_BURNED = ("token", "holder", "destination", "recipient", "index")


def bridge_is_as_burned(facts: Facts, record: Record, event: BridgeStarted) -> Iterator[str]:
    """A burn begins one bridge, which is what its holder wrote, at the multiplier of that moment."""
    if event.bridge != digest(encode(["bridge", event.chain, event.transaction, event.index])):
        yield f"bridge {event.bridge} is not the digest of its burn"
    if event.bridge in facts.instruments[event.instrument].known_bridges:
        yield f"bridge {event.bridge} was started before"
    seen = record.body("units_bridged_out_seen")
    if seen is None or any(getattr(seen, name) != getattr(event, name) for name in _AS_BURNED):
        yield f"nobody burned like this for bridge {event.bridge}"
    if facts.instruments[event.instrument].multiplier != amounts.parse(event.multiplier):
        yield f"bridge {event.bridge} was burned at another multiplier than {event.multiplier}"


def remainder_is_exact(facts: Facts, record: Record, event: RemainderBooked) -> Iterator[str]:
    """What an owner keeps is less than the destination's base amount, and what travels is whole ones."""
    found = facts.instruments[event.instrument]
    bridge = found.bridges.get(event.bridge)
    if bridge is None or bridge.released or bridge.turned_back:
        yield f"bridge {event.bridge} is on its way, or over"
        return
    owner = (event.chain, event.holder)
    if owner != (bridge.event.chain, bridge.event.holder):
        yield f"bridge {event.bridge} is not {event.holder}'s on {event.chain}"
    before, after = amounts.parse(event.before), amounts.parse(event.units)
    if before != found.remainders[owner]:
        yield f"{amounts.text(found.remainders[owner])} were {event.holder}'s, not {event.before}"
    token = token_of(facts.books[record.book].rules, event.instrument, bridge.event.destination)
    if token is None:
        yield f"{event.instrument} has no token on {bridge.event.destination}"
        return
    step = 10 ** (amounts.PLACES - token.decimals)
    if after >= step or (bridge.carried + before - after) % step:
        yield f"{event.units} of bridge {event.bridge} are not what {token.decimals} places leave over"


def turned_back_can_never_arrive(facts: Facts, record: Record, event: BridgeTurnedBack) -> Iterator[str]:
    """A bridge turns back once, when nothing at the destination can act: never authorized, or closed."""
    bridge = facts.instruments[event.instrument].bridges.get(event.bridge)
    if bridge is None or bridge.turned_back:
        yield f"bridge {event.bridge} does not go on, or goes back already"
        return
    if bridge.mint is not None:
        yield f"bridge {event.bridge} turns back while mint {bridge.mint} may act"
    started, rules = bridge.event, facts.books[record.book].rules
    token = token_of(rules, event.instrument, started.destination)
    stands = {
        "destination_unknown": token is None or started.destination == started.chain,
        "recipient_unreadable": started.recipient.startswith(BY_DIGEST),
        "destination_failed": bridge.attempts["destination"] > 0,
        "operators": facts.books[record.book].ordered
        == TurnBridgeBack(instrument=event.instrument, bridge=event.bridge),
    }
    if not stands[event.why]:
        yield f"bridge {event.bridge} turns back because {event.why}, which is not so"


def leg_is_authorized_once(facts: Facts, _record: Record, event: BridgeMintAuthorized) -> Iterator[str]:
    """A mint id is authorized once, and only when the attempt before it failed."""
    if event.mint in facts.mints:
        yield f"mint {event.mint} was {facts.mints[event.mint]} before"
    bridge = facts.instruments[event.instrument].bridges.get(event.bridge)
    if bridge is None:
        yield f"bridge {event.bridge} is not open"
        return
    if bridge.mint is not None:
        yield f"mint {bridge.mint} of bridge {event.bridge} is on its way already"
    if event.attempt != bridge.attempts[event.leg] + 1:
        yield f"attempt {event.attempt} of bridge {event.bridge} follows {bridge.attempts[event.leg]}"


def leg_conserves_units(facts: Facts, _record: Record, event: BridgeMintAuthorized) -> Iterator[str]:
    """What is minted is what travels: there when the lane let it go, back when it can never arrive."""
    bridge = facts.instruments[event.instrument].bridges.get(event.bridge)
    if bridge is None:
        return
    if amounts.parse(event.units) != bridge.carried or not bridge.carried:
        yield f"bridge {event.bridge} carries {amounts.text(bridge.carried)} units, not {event.units}"
    back, started = event.leg == "refund", bridge.event
    to = (started.chain, started.holder) if back else (started.destination, started.recipient)
    if (event.chain, event.recipient) != to:
        yield f"bridge {event.bridge} goes to {to[1]} on {to[0]}"
    if back != bridge.turned_back or not (back or bridge.released):
        yield f"bridge {event.bridge} may not be minted by its {event.leg} leg now"


def leg_id_is_its_digest(_facts: Facts, _record: Record, event: BridgeMintAuthorized) -> Iterator[str]:
    """A used guard proves what was minted."""
    said = ["bridge_mint", event.bridge, event.leg, event.attempt]
    if event.mint != digest(encode([*said, event.chain, event.token, event.recipient, event.units])):
        yield f"mint {event.mint} is not the digest of what it mints"


def leg_is_as_registered(facts: Facts, record: Record, event: BridgeMintAuthorized) -> Iterator[str]:
    """Token, precision and account are the instrument's, the multiplier is the burn's."""
    book = facts.books[record.book]
    token = token_of(book.rules, event.instrument, event.chain)
    if token != Token(chain=event.chain, token=event.token, decimals=event.decimals, account=event.account):
        yield f"mint {event.mint} is not in the terms of {event.instrument}"
    if amounts.parse(event.units) % 10 ** (amounts.PLACES - event.decimals):
        yield f"{event.units} units are none of {event.decimals} places"
    bridge = facts.instruments[event.instrument].bridges.get(event.bridge)
    if bridge is not None and bridge.event.multiplier != event.multiplier:
        yield f"bridge {event.bridge} was burned at {bridge.event.multiplier}, not {event.multiplier}"
    if book.time is None or event.deadline <= book.time:
        yield f"the deadline {event.deadline} is not after {book.time}"


def closed_leg_was_open(
    facts: Facts, _record: Record, event: BridgeMintFinalized | BridgeMintFailed
) -> Iterator[str]:
    """A leg's mint is closed once, by one word, and as it was authorized."""
    mint = facts.instruments[event.instrument].open_bridge_mints.get(event.mint)
    if mint is None or (mint.bridge, mint.leg) != (event.bridge, event.leg):
        yield f"mint {event.mint} is {facts.mints.get(event.mint, 'unknown')}, not open"
    elif isinstance(event, BridgeMintFinalized) and (event.units, event.chain) != (mint.units, mint.chain):
        yield f"mint {event.mint} became final otherwise than authorized"


def completed_has_arrived(facts: Facts, _record: Record, event: BridgeCompleted) -> Iterator[str]:
    """A bridge is over when all that it carries was minted by one leg, or when it carries nothing."""
    bridge = facts.instruments[event.instrument].bridges.get(event.bridge)
    if bridge is None:
        yield f"bridge {event.bridge} is not open"
        return
    if bridge.mint is not None:
        yield f"bridge {event.bridge} is over while mint {bridge.mint} may act"
    outcomes = {"minted": ("destination",), "refunded": ("refund",), "remainder": ()}
    arrived = {leg: units for leg, units in bridge.arrived.items() if units}
    if arrived != dict.fromkeys(outcomes[event.outcome], bridge.carried):
        yield f"bridge {event.bridge} carries {amounts.text(bridge.carried)}, {arrived} arrived"
    if amounts.parse(event.units) != bridge.carried:
        yield f"bridge {event.bridge} is over with {event.units} of {amounts.text(bridge.carried)}"


def bridges_conserve_units(found: InstrumentFacts) -> Iterator[str]:
    """What was burned to be elsewhere is in flight, minted there, refunded, or somebody's remainder."""
    there = ("in flight", "minted", "refunded", "remainder")
    if found.bridged["burned"] != sum(found.bridged[state] for state in there):
        states = ", ".join(f"{state} {amounts.text(found.bridged[state])}" for state in ("burned", *there))
        yield f"a bridge does not add up: {states}"


PREDICATES = (
    Predicate("INV-006", BridgeStarted, bridge_is_as_burned),
    Predicate("INV-003", BridgeStarted, sighting_counts_once),
    Predicate("INV-011", BridgeStarted, sighting_is_its_accounts),
    Predicate("INV-006", RemainderBooked, remainder_is_exact),
    Predicate("INV-006", BridgeTurnedBack, turned_back_can_never_arrive),
    Predicate("INV-003", BridgeMintAuthorized, leg_is_authorized_once),
    Predicate("INV-006", BridgeMintAuthorized, leg_conserves_units),
    Predicate("INV-004", BridgeMintAuthorized, leg_id_is_its_digest),
    Predicate("INV-004", BridgeMintAuthorized, leg_is_as_registered),
    Predicate("INV-003", BridgeMintFinalized, closed_leg_was_open),
    Predicate("INV-003", BridgeMintFinalized, final_mint_was_confirmed),
    Predicate("INV-003", BridgeMintFinalized, receipt_is_the_accounts),
    Predicate("INV-003", BridgeMintFailed, closed_leg_was_open),
    Predicate("INV-003", BridgeMintFailed, failed_mint_was_closed),
    Predicate("INV-003", BridgeMintFailed, receipt_is_the_accounts),
    Predicate("INV-006", BridgeCompleted, completed_has_arrived),
)
STANDING = (("INV-006", bridges_conserve_units),)
