"""Mistakes of those who act and watch: the log's rule, ids, executors, observers."""

from tests.mutants.plants.mutant import Mutant

MUTANTS = (
    Mutant(
        name="broadcasts before the read-back",
        file="workers/executor.py",
        before="for operation in self.confirmed.open.values():",
        after="for operation in list(self.runner.loop.state.open.values()):",
        caught_by=("INV-011",),
    ),
    Mutant(
        name="takes unknown for failed",
        file="workers/observer.py",
        before='if fate.state == "dead":',
        after='if fate.state in ("dead", "unknown"):',
        caught_by=("INV-011",),
    ),
    Mutant(
        name="acts on void records",
        file="workers/log/rule.py",
        before="        if prev != self.head:\n",
        after="        if prev != self.head and seq != self.seq + 1:\n",
        caught_by=("RULE",),
    ),
    Mutant(
        name="leaves the attempt out of the mint id",
        file="workers/core/ids.py",
        before='return derive("mint", issuance, part, attempt, chain, token, recipient, units)',
        after='return derive("mint", issuance, part, min(attempt, 1), chain, token, recipient, units)',
        caught_by=("INV-003", "INV-004"),
    ),
    Mutant(
        name="closes a mint that failed without waiting for its deadline",
        file="workers/observer.py",
        before="    past_deadline = guard.at.timestamp > instants.epoch_seconds(taken.deadline)\n",
        after="    past_deadline = guard.at.timestamp > 0\n",
        caught_by=("INV-011", "INV-003"),
    ),
    Mutant(
        name="asks nobody back when a hold is placed",
        file="workers/core/ledger/__init__.py",
        before="        placed = placed or isinstance(event, HoldPlaced)",
        after="        placed = placed and isinstance(event, HoldPlaced)",
        caught_by=("INV-018",),
    ),
    Mutant(
        name="calls an operation never signed that was taken on",
        file="workers/core/transactions/__init__.py",
        before="    if operation is not None:\n        if not operation.recalled:",
        after=(
            "    if operation is not None and operation.attempts[-1].over:\n"
            "        if not operation.recalled:"
        ),
        caught_by=("INV-003", "INV-011"),
    ),
    Mutant(
        name="signs a recalled mint again",
        file="workers/core/transactions/state.py",
        before='        if self.recalled:\n            return "cancel"\n',
        after='        if self.recalled and self.idle("act"):\n            return "act"\n',
        caught_by=("INV-011",),
    ),
    Mutant(
        name="counts a burn again when it is told again",
        file="workers/core/ledger/units.py",
        before="    if before is None or (is_gone and before == told and not is_old):\n",
        after="    if before in (None, told) or (is_gone and not is_old):\n",
        caught_by=("INV-003",),
    ),
    Mutant(
        name="leaves the shares of burned units where they are",
        file="workers/core/ledger/units.py",
        before="        shares=amounts.text(_released(state, instrument, units)),",
        after="        shares=amounts.text(_released(state, instrument, units) // units),",
        caught_by=("INV-002",),
    ),
    Mutant(
        name="releases what is behind a burn though the pool lacks it",
        file="workers/core/ledger/units.py",
        before="return max(0, min(behind, book.pool - needed))",
        after="return max(0, min(behind, book.pool + needed))",
        caught_by=("INV-001", "INV-002", "INV-012"),
    ),
    Mutant(
        name="believes a sighting that its own account's book does not hold",
        file="workers/core/ledger/units.py",
        before="    if message.sender != seen.account or watches != (seen.token, seen.account):",
        after="    if watches != (seen.token, seen.account) and message.sender:",
        caught_by=("INV-011", "INV-003"),
    ),
    Mutant(
        name="passes over a single event of a feed",
        file="workers/feeds.py",
        before="        if not told and through.height - recorded < UNMARKED_BLOCKS_MAX:",
        after="        if len(told) <= 1 and through.height - recorded < UNMARKED_BLOCKS_MAX:",
        caught_by=("STUCK", "INV-011"),
    ),
    Mutant(
        name="lets burned shares be free",
        file="workers/core/ledger/units.py",
        before="    book.unclaimed += kept.shares\n",
        after="    book.free_total += kept.shares\n",
        caught_by=("INV-009", "INV-001"),
    ),
    Mutant(
        name="burns fewer units than what is delivered is worth",
        file="schemas/amounts.py",
        before="    return -(-shares * ONE // (multiplier * step)) * step",
        after="    return shares * ONE // (multiplier * step) * step",
        caught_by=("INV-012",),
    ),
    Mutant(
        name="takes anybody's tokens for a redemption's",
        file="workers/core/ledger/units.py",
        before="    redemption = book.awaiting_tokens(seen.chain, seen.sender, amounts.parse(seen.units))",
        after=(
            "    awaited = (each for each in book.awaiting if each[2] == amounts.parse(seen.units))\n"
            "    redemption = book.awaiting_tokens(*next(awaited, (seen.chain, seen.sender, 0)))"
        ),
        caught_by=("INV-014",),
    ),
    Mutant(
        name="burns and instructs while a hold stands",
        file="workers/core/ledger/state.py",
        before="return [] if self.holds else wanted(rules, ",
        after="return wanted(rules, ",
        caught_by=("INV-016",),
    ),
    Mutant(
        name="leaves the attempt out of the burn id",
        file="workers/core/ids.py",
        before='return derive("burn", redemption, attempt, chain, token, units)',
        after='return derive("burn", redemption, min(attempt, 1), chain, token, units)',
        caught_by=("INV-003",),
    ),
)
