"""Mistakes about the house: orders, holds, limits, multipliers, collateral."""

from tests.mutants.plants.mutant import Mutant

MUTANTS = (
    Mutant(
        name="lets operators confirm their own orders",
        file="workers/core/ledger/house.py",
        before="if body.operator == before.operator:",
        after="if body.operator == before.operator and before.confirmed:",
        caught_by=("INV-017",),
    ),
    Mutant(
        name="applies any house rule that comes in",
        file="workers/core/ledger/house.py",
        before="if body.number != state.rules.number + 1:",
        after="if body.number <= state.rules.number:",
        caught_by=("INV-017",),
    ),
    Mutant(
        name="ignores wide holds in all books but the first",
        file="workers/core/ledger/holds.py",
        before='    return found | dict.fromkeys(wide, "operators")\n',
        after='    return found | dict.fromkeys(wide if not state.partition else (), "operators")\n',
        caught_by=("INV-016",),
    ),
    Mutant(
        name="releases all holds of an instrument with one",
        file="workers/core/ledger/holds.py",
        before="    del state.book_of(event.instrument).holds[event.hold]\n",
        after="    state.book_of(event.instrument).holds.clear()\n",
        caught_by=("INV-016",),
    ),
    Mutant(
        name="forgets that a new day began at midnight",
        file="workers/core/ledger/limits.py",
        before="return book.today if book.today.day == day else DayTotals(day)",
        after="return book.today if book.today.day <= day and book.today.day else DayTotals(day)",
        caught_by=("INV-019",),
    ),
    Mutant(
        name="counts only the mints of one client",
        file="workers/core/ledger/limits.py",
        before="limits.instrument_day_shares_max, today.shares),",
        after="limits.instrument_day_shares_max, min(today.by_client.values(), default=0)),",
        caught_by=("INV-019",),
    ),
    Mutant(
        name="lets one operator approve an issuance",
        file="workers/core/ledger/house.py",
        before="if isinstance(body.order, ONE_OPERATOR_IS_ENOUGH):",
        after="if isinstance(body.order, (*ONE_OPERATOR_IS_ENOUGH, ApproveIssuance)):",
        caught_by=("INV-019",),
    ),
    Mutant(
        name="activates a multiplier while a mint is open",
        file="workers/core/ledger/state.py",
        before="        return len(self.mints) + len(self.burns) + len(self.in_flight.mints) + doubled\n",
        after="        return len(self.burns) + len(self.in_flight.mints) + doubled\n",
        caught_by=("INV-007",),
    ),
    Mutant(
        name="mints at the first terms' multiplier for ever",
        file="workers/core/ledger/multiplier.py",
        before="if book is None or book.multiplier is None:",
        after="if book is None or book.multiplier is None or book.mints or not book.change:",
        caught_by=("INV-004", "INV-007", "INV-001"),
    ),
    Mutant(
        name="measures the backing with the multiplier that is about to go",
        file="workers/core/ledger/multiplier.py",
        before="    return max(pending, current(state, instrument))\n",
        after="    return max(min(pending, 0), current(state, instrument))\n",
        caught_by=("INV-001",),
    ),
    Mutant(
        name="counts shares on accounts that are not eligible",
        file="workers/core/ledger/collateral.py",
        before="if place in places}",
        after="if place in places or len(places) == 1}",
        caught_by=("INV-020",),
    ),
    Mutant(
        name="checks the collateral before the mint and not after it",
        file="workers/core/ledger/collateral.py",
        before="    needed = shares_needed(state, instrument, units)\n",
        after="    needed = shares_needed(state, instrument, min(units, 0))\n",
        caught_by=("INV-020",),
    ),
)
