"""INV-001 backing, INV-002 custody, INV-012 exact amounts: what holds of an instrument after every event."""

from collections.abc import Iterator

from schemas import amounts
from workers.core.invariants.facts import InstrumentFacts


def units_are_backed(found: InstrumentFacts) -> Iterator[str]:
    """All units that exist or may come to be, times the highest multiplier, are behind the pool's shares."""
    # Both sides in 10^-36: exact, nothing is rounded to compare.
    if found.units * found.highest_multiplier > found.pool * amounts.ONE:
        units, multiplier = amounts.text(found.units), amounts.text(found.highest_multiplier)
        yield f"{units} units of {multiplier} shares stand on a pool of {amounts.text(found.pool)}"


def custody_adds_up(found: InstrumentFacts) -> Iterator[str]:
    """What confirmations brought is what the states hold."""
    held = sum(found.by_state.values()) + found.pool
    if found.received != held:
        states = ", ".join(f"{state} {amounts.text(shares)}" for state, shares in found.by_state.items())
        yield (
            f"{amounts.text(found.received)} shares were received, "
            f"{amounts.text(held)} are there: {states}, pool {amounts.text(found.pool)}"
        )


def nothing_is_negative(found: InstrumentFacts) -> Iterator[str]:
    """No state, pool or supply is below zero."""
    counts = {**found.by_state, "pool": found.pool, "authorized": found.authorized, **found.supply}
    for name, amount in counts.items():
        if amount < 0:
            yield f"{name} is {amounts.text(amount)}"


def treasury_is_promised_once(found: InstrumentFacts) -> Iterator[str]:
    """What open treasury issuances are still to draw is there, and free."""
    if found.owed_from_treasury > found.by_state["free"]:
        owed, free = amounts.text(found.owed_from_treasury), amounts.text(found.by_state["free"])
        yield f"{owed} free shares are promised to issuances, {free} are there"


STANDING = (
    ("INV-001", units_are_backed),
    ("INV-001", treasury_is_promised_once),
    ("INV-002", custody_adds_up),
    ("INV-012", nothing_is_negative),
)
"""Checked of every instrument that a record touched, after each of its events."""
