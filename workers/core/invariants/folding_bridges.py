"""Folding bridges: what was burned to be elsewhere, and in which one state each of its units is."""

from collections.abc import Callable
from typing import Any

from schemas import amounts
from schemas.events import (
    BridgeCompleted,
    BridgeFinalityContradicted,
    BridgeMintAuthorized,
    BridgeMintFailed,
    BridgeMintFinalized,
    BridgeMintRecallRequested,
    BridgeQueued,
    BridgeReleased,
    BridgeStarted,
    BridgeTurnedBack,
    RemainderBooked,
)
from schemas.tagged import type_name
from workers.core.invariants import lanes
from workers.core.invariants.bridge_facts import BridgeFacts
from workers.core.invariants.facts import Facts
from workers.core.invariants.predicate import Record


def _started(facts: Facts, record: Record, event: BridgeStarted) -> None:
    found = facts.instruments[event.instrument]
    units = amounts.parse(event.units)
    facts.sightings[event.sighting] = (event.chain, event.transaction, type_name(BridgeStarted), units)
    seen = record.body("units_bridged_out_seen")
    # What was burned is the message's word, so that a bridge of another number of units does not add up.
    found.bridged["burned"] += 0 if seen is None else amounts.parse(seen.units)
    found.bridged["in flight"] += units
    found.supply[event.chain] -= units
    found.bridges[event.bridge] = found.known_bridges[event.bridge] = BridgeFacts(event, units)


def _remainder_booked(facts: Facts, _record: Record, event: RemainderBooked) -> None:
    found = facts.instruments[event.instrument]
    grown = amounts.parse(event.units) - amounts.parse(event.before)
    found.remainders[event.chain, event.holder] = amounts.parse(event.units)
    found.bridged["remainder"] += grown
    found.bridged["in flight"] -= grown
    bridge = found.bridges.get(event.bridge)
    if bridge is not None:
        bridge.carried -= grown


def _queued(facts: Facts, _record: Record, event: BridgeQueued) -> None:
    bridge = facts.instruments[event.instrument].bridges.get(event.bridge)
    if bridge is not None:
        bridge.queued = True


def _released(facts: Facts, record: Record, event: BridgeReleased) -> None:
    bridge = facts.instruments[event.instrument].bridges.get(event.bridge)
    if bridge is not None:
        bridge.released = True
    lanes.let_go(facts, record, event)


def _turned_back(facts: Facts, _record: Record, event: BridgeTurnedBack) -> None:
    bridge = facts.instruments[event.instrument].bridges.get(event.bridge)
    if bridge is not None:
        bridge.turned_back = True


def _mint_authorized(facts: Facts, record: Record, event: BridgeMintAuthorized) -> None:
    found = facts.instruments[event.instrument]
    facts.mints[event.mint] = "authorized"
    facts.books[record.book].instruments[event.instrument] = None
    found.open_bridge_mints[event.mint] = event
    bridge = found.bridges.get(event.bridge)
    if bridge is not None:
        bridge.attempts[event.leg] = event.attempt
        bridge.mint = event.mint


def _mint_finalized(facts: Facts, _record: Record, event: BridgeMintFinalized) -> None:
    found = facts.instruments[event.instrument]
    facts.mints[event.mint] = "finalized"
    mint = found.open_bridge_mints.pop(event.mint, None)
    if mint is None:
        return
    units = amounts.parse(event.units)
    facts.finalized[event.mint] = (event.chain, event.transaction, units)
    found.supply[event.chain] += units
    found.bridged["in flight"] -= units
    found.bridged["minted" if event.leg == "destination" else "refunded"] += units
    found.recalled_bridge_mints.discard(event.mint)
    found.double_words.pop(event.mint, None)
    bridge = found.bridges.get(event.bridge)
    if bridge is not None:
        bridge.mint = None
        bridge.arrived[event.leg] += units
        found.final_bridge_mints[event.mint] = (mint, bridge)


def _mint_recalled(facts: Facts, _record: Record, event: BridgeMintRecallRequested) -> None:
    facts.instruments[event.instrument].recalled_bridge_mints.add(event.mint)


def _finality_contradicted(facts: Facts, _record: Record, event: BridgeFinalityContradicted) -> None:
    found = facts.instruments[event.instrument]
    mint, bridge = found.final_bridge_mints.pop(event.mint, (None, None))
    if mint is None or bridge is None:
        return
    units = amounts.parse(mint.units)
    facts.mints[event.mint] = "reopened"
    facts.finalized.pop(event.mint, None)
    found.open_bridge_mints[event.mint] = mint
    found.supply[event.chain] -= units
    found.bridged["in flight"] += units
    found.bridged["minted" if mint.leg == "destination" else "refunded"] -= units
    found.bridges[event.bridge] = bridge
    bridge.mint = event.mint
    bridge.arrived[mint.leg] -= units


def _mint_failed(facts: Facts, _record: Record, event: BridgeMintFailed) -> None:
    found = facts.instruments[event.instrument]
    facts.mints[event.mint] = "failed"
    mint = found.open_bridge_mints.pop(event.mint, None)
    if mint is not None and event.block_height is not None:
        found.closures[event.mint] = mint
    found.recalled_bridge_mints.discard(event.mint)
    bridge = found.bridges.get(event.bridge)
    if bridge is not None:
        bridge.mint = None


def _completed(facts: Facts, _record: Record, event: BridgeCompleted) -> None:
    facts.instruments[event.instrument].bridges.pop(event.bridge, None)


FOLD: dict[type, Callable[[Facts, Record, Any], None]] = {
    BridgeStarted: _started,
    RemainderBooked: _remainder_booked,
    BridgeQueued: _queued,
    BridgeReleased: _released,
    BridgeTurnedBack: _turned_back,
    BridgeMintAuthorized: _mint_authorized,
    BridgeMintFinalized: _mint_finalized,
    BridgeMintFailed: _mint_failed,
    BridgeMintRecallRequested: _mint_recalled,
    BridgeFinalityContradicted: _finality_contradicted,
    BridgeCompleted: _completed,
}
