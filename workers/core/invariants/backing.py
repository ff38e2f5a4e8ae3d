"""INV-001 backing, INV-002 custody, INV-012 exact amounts: what holds of an instrument after every record."""

from collections.abc import Iterator

from schemas import amounts
from workers.core.invariants.facts import InstrumentFacts


def units_are_backed(found: InstrumentFacts) -> Iterator[str]:
    """All units that exist or may come to be, times the highest multiplier, are behind the pool's shares.

    Highest of current and pending. Or a deficit of exactly the difference is open, and its hold stops mints.
    """
    # Both sides in 10^-36: exact, nothing is rounded to compare.
    lacking = found.units * found.highest_multiplier - found.pool * amounts.ONE
    open_by = found.deficit * amounts.ONE
    if not open_by - amounts.ONE < max(0, lacking) <= open_by:
        units, multiplier = amounts.text(found.units), amounts.text(found.highest_multiplier)
        pool, deficit = amounts.text(found.pool), amounts.text(found.deficit)
        yield f"{units} units of {multiplier} shares stand on a pool of {pool}, the deficit is {deficit}"
    if (found.deficit > 0) != any(hold.reason == "deficit" for hold in found.holds.values()):
        yield f"a deficit of {amounts.text(found.deficit)} and its hold do not go together"


def custody_adds_up(found: InstrumentFacts) -> Iterator[str]:
    """What was received and not delivered or undone is what the states hold, but for what is owed."""
    held = sum(found.by_state.values()) + found.pool + found.promised + found.unclaimed - found.owed
    if found.custody != held:
        states = ", ".join(f"{state} {amounts.text(shares)}" for state, shares in found.by_state.items())
        pool, owed = amounts.text(found.pool), amounts.text(found.owed)
        yield (
            f"{amounts.text(found.custody)} shares are in custody, "
            f"{amounts.text(held)} are there: {states}, pool {pool}, "
            f"promised {amounts.text(found.promised)}, unclaimed {amounts.text(found.unclaimed)}, owed {owed}"
        )


def pool_is_somewhere(found: InstrumentFacts) -> Iterator[str]:
    """The pool is what the custody accounts hold of it."""
    if found.pool_at.total() != found.pool:
        yield f"the pool is {amounts.text(found.pool)}, by account {amounts.text(found.pool_at.total())}"


def nothing_is_negative(found: InstrumentFacts) -> Iterator[str]:
    """No state or pool is below zero, and no supply but by what may still come to be on its chain.

    A burn can be told before the mint of what it burned.
    """
    counts = {
        **found.by_state,
        "pool": found.pool,
        "owed": found.owed,
        "promised": found.promised,
        "unclaimed": found.unclaimed,
        "authorized": found.authorized,
        "in flight": found.bridged["in flight"],
        "remainder": found.bridged["remainder"],
        **{chain: units + found.authorized_on(chain) for chain, units in found.supply.items()},
    }
    for name, amount in counts.items():
        if amount < 0:
            yield f"{name} is {amounts.text(amount)}"


STANDING = (
    ("INV-001", units_are_backed),
    ("INV-002", custody_adds_up),
    ("INV-002", pool_is_somewhere),
    ("INV-012", nothing_is_negative),
)
"""Checked of every instrument that a record touched, after its last event."""
