"""Mistakes about finality that is contradicted under what others did."""

from tests.mutants.plants.mutant import Mutant

MUTANTS = (
    Mutant(
        name="leaves the shares of a burn that is gone unclaimed",
        file="workers/core/ledger/contradictions.py",
        before="    book.unclaimed -= final.shares\n    book.pool += final.shares\n",
        after="    book.pool += 0\n",
        caught_by=("INV-001", "INV-002", "INV-009"),
    ),
    Mutant(
        name="lets a bridge go on whose burn is gone",
        file="workers/core/ledger/arrivals.py",
        before="    unburned = state.book_of(instrument).in_flight.contradicted.get(mint.bridge)\n",
        after="    unburned = state.book_of(instrument).in_flight.contradicted.get(mint.mint)\n",
        caught_by=("INV-001", "INV-003", "INV-006", "INV-011", "STUCK"),
    ),
    Mutant(
        name="takes a burn in another block for another bridge",
        file="workers/core/ledger/bridging.py",
        before="        if is_same and _told_of(bridge) == bridge_told(seen):\n",
        after="        if is_same and bridge.mint == bridge_told(seen):\n",
        caught_by=("INV-003", "INV-006"),
    ),
    Mutant(
        name="reads a feed on from a block that is gone",
        file="workers/feeds.py",
        before="        return block_hash is None or self._chain.block(height).hash == block_hash\n",
        after='        return block_hash is None or self._chain.block(height).hash != ""\n',
        caught_by=("INV-003", "INV-011", "STUCK"),
    ),
    Mutant(
        name="counts tokens that never came as there",
        file="workers/core/ledger/state.py",
        before="        missing = self.missing_units + self.gone_twice\n",
        after="        missing = self.gone_twice\n",
        caught_by=("INV-001",),
    ),
    Mutant(
        name="lets a mint that may have acted count for nothing",
        file="workers/core/ledger/state.py",
        before='        doubled = sum(each.units for each in self.doubled.values() if each.kind != "burn")\n',
        after=(
            "        doubled = sum(\n"
            '            each.units for each in self.doubled.values() if each.kind == "transfer"\n'
            "        )\n"
        ),
        caught_by=("INV-001",),
    ),
    Mutant(
        name="fills a place that something else may act for",
        file="workers/core/ledger/places.py",
        before="    for doubled in list(book.doubled.values()):\n",
        after="    for doubled in list(book.doubled.values())[:0]:\n",
        caught_by=("INV-003",),
    ),
)
