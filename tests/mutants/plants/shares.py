"""Mistakes about shares: what a confirmation brings, what takes it away, whose it is."""

from tests.mutants.plants.mutant import Mutant

MUTANTS = (
    Mutant(
        name="trusts the remaining quantity",
        file="workers/core/ledger/custody.py",
        before="        shares=fact.said.quantity,",
        after="        shares=fact.said.remaining or fact.said.quantity,",
        caught_by=("INV-013",),
    ),
    Mutant(
        name="matches lots by quantity",
        file="workers/core/ledger/lots.py",
        before='    issuance = book.issuances.get(book.references.get(reference or "", ""))\n',
        after=(
            '    issuance = book.issuances.get(book.references.get(reference or "", "")) or next(\n'
            "        (each for each in book.issuances.values() if each.missing), None\n"
            "    )\n"
        ),
        caught_by=("INV-014",),
    ),
    Mutant(
        name="takes a movement told differently for another movement",
        file="workers/core/ledger/confirmations.py",
        before="any(other.settled_total == fact.settled_total for other in earlier)",
        after="any(other.flagged for other in earlier)",
        caught_by=("INV-013",),
    ),
    Mutant(
        name="reserves a whole lot for an issuance that misses less",
        file="workers/core/ledger/lots.py",
        before="if book.lots[lot].shares > issuance.missing:",
        after="if book.lots[lot].shares > issuance.missing * 1_000_000_000:",
        caught_by=("INV-014", "INV-015"),
    ),
    Mutant(
        name="believes any sender",
        file="workers/core/ledger/confirmations.py",
        before="if message.sender not in account.senders:",
        after="if message.sender not in account.senders and not message.sender:",
        caught_by=("INV-013",),
    ),
    Mutant(
        name="takes any feed for the authoritative one",
        file="workers/core/ledger/confirmations.py",
        before="if message.reader is None or message.reader.name != account.feed:",
        after="if message.reader is None:",
        caught_by=("INV-013",),
    ),
    Mutant(
        name="looks for a deficit behind final units alone",
        file="workers/core/ledger/shortfall.py",
        before="amounts.shares_behind(book.units, per_unit)",
        after="amounts.shares_behind(sum(book.supply.values()), per_unit)",
        caught_by=("INV-001",),
    ),
    Mutant(
        name="undoes one movement twice",
        file="workers/core/ledger/undoing.py",
        before="    if seen.undone or (seen.movement, seen.place) != (undoing.movement, undoing.place):",
        after="    if (seen.movement, seen.place) != (undoing.movement, undoing.place):",
        caught_by=("INV-013",),
    ),
    Mutant(
        name="keeps the shares of a confirmation that was withdrawn",
        file="workers/core/ledger/undoing.py",
        before="    else:\n        yield from takings.take(",
        after='    elif how != "withdrawn":\n        yield from takings.take(',
        caught_by=("INV-002",),
    ),
    Mutant(
        name="takes the pool before shares that back nothing",
        file="workers/core/ledger/takings.py",
        before='if each.state == "unassigned"]:',
        after='if each.state == "unassigned" and undone]:',
        caught_by=("INV-002",),
    ),
    Mutant(
        name="takes shares for settled again that may be the reversed ones",
        file="workers/core/ledger/confirmations.py",
        before="    if any(other.undone for other in earlier):",
        after="    if any(other.undone and other.flagged for other in earlier):",
        caught_by=("INV-013",),
    ),
)
