"""Mistakes about bridges: legs, lanes, remainders."""

from tests.mutants.plants.mutant import Mutant

MUTANTS = (
    Mutant(
        name="turns a bridge back before its last mint at the destination is closed",
        file="workers/core/ledger/departures.py",
        before="    bridge.mint, bridge.attempts = event.mint, event.attempt\n",
        after=(
            "    bridge.mint, bridge.attempts = event.mint, event.attempt\n"
            '    if event.leg == "destination" and event.attempt >= state.policy.mint_attempts_max:\n'
            '        bridge.leg, bridge.attempts, in_flight.ready[event.bridge] = "refund", 0, None\n'
        ),
        caught_by=("INV-006",),
    ),
    Mutant(
        name="takes a burn that is told twice for two bridges",
        file="workers/core/ledger/bridging.py",
        before="    keep(book, event, bridge_told(event)).bridge = bridge\n",
        after=(
            "    keep(book, event, bridge_told(event)).bridge = bridge\n"
            "    del book.sightings[event.sighting]\n"
        ),
        caught_by=("INV-003", "INV-006"),
    ),
    Mutant(
        name="forgets what an owner's remainder was before",
        file="workers/core/ledger/bridging.py",
        before="    after = (bridge.units + before) % 10 ** (amounts.PLACES - token.decimals)\n",
        after="    after = bridge.units % 10 ** (amounts.PLACES - token.decimals)\n",
        caught_by=("INV-004", "INV-006"),
    ),
    Mutant(
        name="destroys what the destination cannot carry",
        file="workers/core/ledger/bridging.py",
        before="    in_flight.remainder += after - before\n",
        after="    in_flight.remainder = max(0, in_flight.remainder - before)\n",
        caught_by=("INV-001", "INV-009"),
    ),
    Mutant(
        name="limits a lane in one direction only",
        file="workers/core/ledger/lanes.py",
        before="    if beyond <= 0:\n",
        after="    if beyond <= 0 or lane[1] < lane[0]:\n",
        caught_by=("INV-021",),
    ),
    Mutant(
        name="lets what is small overtake in a lane",
        file="workers/core/ledger/departures.py",
        before=(
            "    return next((bridges[name] for name in queue"
            " if not covering(state.rules, bridges[name])), None)\n"
        ),
        after=(
            "    free = (bridges[name] for name in queue if not covering(state.rules, bridges[name]))\n"
            "    return min(free, key=lambda each: each.carried, default=None)\n"
        ),
        caught_by=("INV-021",),
    ),
    Mutant(
        name="authorizes a bridge's mint while a hold stands",
        file="workers/core/ledger/departures.py",
        before=(
            "    if not in_flight.bridges or state.book_of(instrument).holds:\n"
            "        return None\n    for name"
        ),
        after="    if not in_flight.bridges:\n        return None\n    for name",
        caught_by=("INV-016",),
    ),
    Mutant(
        name="takes units out of flight when their mint is authorized",
        file="workers/core/ledger/departures.py",
        before="    in_flight.unasked[event.mint] = None\n",
        after=(
            "    in_flight.unasked[event.mint] = None\n    in_flight.units -= amounts.parse(event.units)\n"
        ),
        caught_by=("INV-001", "INV-002", "INV-009"),
    ),
)
