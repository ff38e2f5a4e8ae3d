"""Mistakes about statements: what is believed, of whom, and how old it may be."""

from tests.mutants.plants.mutant import Mutant

MUTANTS = (
    Mutant(
        name="takes old statements for young ones",
        file="workers/core/ledger/evidence.py",
        before="if age is not None and age <= age_max:",
        after="if age is not None and age >= age_max:",
        caught_by=("INV-022",),
    ),
    Mutant(
        name="asks for a statement of one account of several",
        file="workers/core/ledger/evidence.py",
        before="        if place not in holding:\n",
        after="        if place not in holding or place != next(iter(holding)):\n",
        caught_by=("INV-022",),
    ),
    Mutant(
        name="believes a statement by its last page",
        file="workers/core/ledger/page_sets.py",
        before="        return len(self.pages) == self.last_page\n",
        after="        return self.last_page is not None\n",
        caught_by=("INV-022",),
    ),
    Mutant(
        name="lets a later page be the last once more",
        file="workers/core/ledger/page_sets.py",
        before="> min(lasts)",
        after="> max(lasts)",
        caught_by=("INV-022",),
    ),
    Mutant(
        name="believes statements whoever sends them",
        file="workers/core/ledger/statements.py",
        before="    if message.sender not in account.senders:\n",
        after="    if message.sender not in account.senders and not said.last_page:\n",
        caught_by=("INV-022",),
    ),
    Mutant(
        name="lets an older statement take the place of a newer one",
        file="workers/core/ledger/statements.py",
        before="min(counts_from, state.time) < whole.counts_from:",
        after="max(counts_from, state.time) < whole.counts_from:",
        caught_by=("INV-022",),
    ),
)
