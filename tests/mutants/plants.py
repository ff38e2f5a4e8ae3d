"""The mutants: each is a mistake that somebody could make, and the invariant that must catch it.

`before` stands exactly once in the file; `after` takes its place. A mutant passes every static check.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A mistake planted in a copy of the source; one of `caught_by` must see it."""

    name: str
    file: str
    before: str
    after: str
    caught_by: tuple[str, ...]


MUTANTS = (
    Mutant(
        name="broadcasts before the read-back",
        file="workers/executor.py",
        before="for mint in self.confirmed.open.values():",
        after="for mint in list(self.runner.loop.state.open.values()):",
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
        name="trusts the remaining quantity",
        file="workers/core/ledger/custody.py",
        before="shares=confirmation.quantity,",
        after="shares=confirmation.remaining or confirmation.quantity,",
        caught_by=("INV-013",),
    ),
    Mutant(
        name="rounds units up",
        file="workers/core/ledger/minting.py",
        before="    units = _units(state, instrument, issuance, shares_in)\n",
        after="    units = _units(state, instrument, issuance, shares_in) + 10 ** (18 - token.decimals)\n",
        caught_by=("INV-001", "INV-004", "INV-012"),
    ),
    Mutant(
        name="completes before every receipt is final",
        file="workers/core/ledger/minting.py",
        before="if issuance.mints or not (issuance.funded or issuance.expired):",
        after="if not (issuance.funded or issuance.expired):",
        caught_by=("INV-015",),
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
        name="acts on void records",
        file="workers/log/rule.py",
        before="        if prev != self.head:\n",
        after="        if prev != self.head and seq != self.seq + 1:\n",
        caught_by=("RULE",),
    ),
    Mutant(
        name="lets operators confirm their own orders",
        file="workers/core/ledger/house.py",
        before="if body.operator == before.operator:",
        after="if body.operator == before.operator and before.confirmed:",
        caught_by=("INV-017",),
    ),
    Mutant(
        name="mints while a hold stands",
        file="workers/core/ledger/minting.py",
        before="while not is_held(state, instrument, issuance):",
        after="while state.rules.number:",
        caught_by=("INV-016",),
    ),
    Mutant(
        name="takes a movement told differently for another movement",
        file="workers/core/ledger/custody.py",
        before='return "identity_shared" if seen else None',
        after='return "identity_shared" if len(seen) > len(FINANCING) else None',
        caught_by=("INV-013",),
    ),
    Mutant(
        name="leaves the attempt out of the mint id",
        file="workers/core/ids.py",
        before='return derive("mint", issuance, part, attempt, chain, token, recipient, units)',
        after='return derive("mint", issuance, part, min(attempt, 1), chain, token, recipient, units)',
        caught_by=("INV-003", "INV-004"),
    ),
    Mutant(
        name="applies any house rule that comes in",
        file="workers/core/ledger/house.py",
        before="if body.number != state.rules.number + 1:",
        after="if body.number <= state.rules.number:",
        caught_by=("INV-017",),
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
        file="workers/core/ledger/custody.py",
        before="if message.sender not in account.senders:",
        after="if message.sender not in account.senders and not message.sender:",
        caught_by=("INV-013",),
    ),
    Mutant(
        name="takes any feed for the authoritative one",
        file="workers/core/ledger/custody.py",
        before="if message.reader is None or message.reader.name != account.feed:",
        after="if message.reader is None:",
        caught_by=("INV-013",),
    ),
    Mutant(
        name="closes a mint that failed without waiting for its deadline",
        file="workers/observer.py",
        before="    past_deadline = guard.at.timestamp > instants.epoch_seconds(mint.deadline)\n    if guard",
        after="    past_deadline = guard.at.timestamp > 0\n    if guard",
        caught_by=("INV-011", "INV-003"),
    ),
    Mutant(
        name="believes a receipt from anybody",
        file="workers/core/ledger/receipts.py",
        before="if message.sender != seen.account:",
        after="if message.sender != seen.account and not message.sender:",
        caught_by=("INV-003",),
    ),
    Mutant(
        name="ignores wide holds in all books but the first",
        file="workers/core/ledger/holds.py",
        before="for hold, wide in state.rules.holds.items():",
        after="for hold, wide in (state.house if state.partition else state.rules).holds.items():",
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
        name="reserves shares on a held custody account",
        file="workers/core/ledger/issuance.py",
        before="    held = held_accounts(state)\n",
        after='    held = held_accounts(state) if issuance.partial == "wait" else set()\n',
        caught_by=("INV-016",),
    ),
    Mutant(
        name="forgets that a new day began at midnight",
        file="workers/core/ledger/limits.py",
        before="return book.today if book.today.day == day else DayTotals(day)",
        after="return book.today if book.today.day <= day and book.today.day else DayTotals(day)",
        caught_by=("INV-018",),
    ),
    Mutant(
        name="counts only the mints of one client",
        file="workers/core/ledger/limits.py",
        before="limits.instrument_day_shares_max, today.shares),",
        after="limits.instrument_day_shares_max, min(today.by_client.values(), default=0)),",
        caught_by=("INV-018",),
    ),
    Mutant(
        name="lets one operator approve an issuance",
        file="workers/core/ledger/house.py",
        before="if isinstance(body.order, ONE_OPERATOR_IS_ENOUGH):",
        after="if isinstance(body.order, (*ONE_OPERATOR_IS_ENOUGH, ApproveIssuance)):",
        caught_by=("INV-018",),
    ),
    Mutant(
        name="activates a multiplier while a mint is open",
        file="workers/core/ledger/multiplier.py",
        before="        if not book.mints:\n",
        after="        if not book.mints or change.waits:\n",
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
        name="schedules a multiplier that the pool does not cover",
        file="workers/core/ledger/multiplier.py",
        before="    if needed > book.pool:\n",
        after="    if needed > book.pool * 3:\n",
        caught_by=("INV-001",),
    ),
    Mutant(
        name="counts shares on accounts that are not eligible",
        file="workers/core/ledger/collateral.py",
        before="if place in places}",
        after="if place in places or len(places) == 1}",
        caught_by=("INV-019",),
    ),
    Mutant(
        name="checks the collateral before the mint and not after it",
        file="workers/core/ledger/collateral.py",
        before="    needed = shares_needed(state, instrument, units)\n",
        after="    needed = shares_needed(state, instrument, min(units, 0))\n",
        caught_by=("INV-019",),
    ),
)
