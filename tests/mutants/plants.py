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
        name="trusts the remaining quantity",
        file="workers/core/ledger/custody.py",
        before="        shares=fact.said.quantity,",
        after="        shares=fact.said.remaining or fact.said.quantity,",
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
        before="    if issuance.mints:\n        return\n",
        after="    if issuance.mints and issuance.missing:\n        return\n",
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
        file="workers/core/ledger/confirmations.py",
        before="any(other.settled_total == fact.settled_total for other in earlier)",
        after="any(other.flagged for other in earlier)",
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
        name="gives lots back at the recall instead of at the closing",
        file="workers/core/ledger/recall.py",
        before="    book.mints[event.mint].recall = event.cause\n",
        after=(
            "    mint = book.mints[event.mint]\n"
            "    mint.recall = event.cause\n"
            "    for lot in mint.lots:\n"
            "        book.lots[lot.lot] = lot\n"
            "        book.issuances[mint.issuance].reserved[lot.lot] = lot.shares\n"
        ),
        caught_by=("INV-002", "INV-004", "INV-015"),
    ),
    Mutant(
        name="keeps the lots of a cancelled issuance reserved",
        file="workers/core/ledger/cancellation.py",
        before="    yield from wind_up(state, body.instrument, issuance)\n",
        after=(
            "    if not issuance.reserved:\n        yield from wind_up(state, body.instrument, issuance)\n"
        ),
        caught_by=("INV-015",),
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
        name="brings a lot back that was reversed during its mint",
        file="workers/core/ledger/minting.py",
        before="        back = min(lot.shares - gone, book.pool)",
        after="        back = min(lot.shares - gone // amounts.ONE, book.pool)",
        caught_by=("INV-001", "INV-002", "INV-012"),
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
    Mutant(
        name="believes a receipt from anybody",
        file="workers/core/ledger/receipts.py",
        before="if message.sender != account:",
        after="if message.sender != account and not message.sender:",
        caught_by=("INV-003",),
    ),
    Mutant(
        name="counts a burn again when it is told again",
        file="workers/core/ledger/units.py",
        before="    if before is None:\n",
        after="    if before in (None, told):\n",
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
        before="    book.unclaimed += shares\n",
        after="    book.free_total += shares\n",
        caught_by=("INV-009", "INV-001"),
    ),
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
        before="    book.sightings[event.sighting] = bridge_told(event)\n",
        after="    book.sightings[event.bridge] = bridge_told(event)\n",
        caught_by=("INV-003", "INV-006"),
    ),
    Mutant(
        name="forgets what an owner's remainder was before",
        file="workers/core/ledger/bridging.py",
        before="    after = (bridge.units + before) % 10 ** (amounts.PLACES - token.decimals)\n",
        after="    after = bridge.units % 10 ** (amounts.PLACES - token.decimals)\n",
        caught_by=("INV-006",),
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
        before="    return state.book_of(instrument).in_flight.bridges[next(iter(queue))]\n",
        after=(
            "    bridges = state.book_of(instrument).in_flight.bridges\n"
            "    return min((bridges[name] for name in queue), key=lambda each: each.carried)\n"
        ),
        caught_by=("INV-021",),
    ),
    Mutant(
        name="authorizes a bridge's mint while a hold stands",
        file="workers/core/ledger/departures.py",
        before="    return bool(state.book_of(instrument).holds)\n",
        after="    return bool(state.book_of(instrument).holds) and state.partition > 1\n",
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
    Mutant(
        name="delivers units where shares were promised",
        file="workers/core/ledger/instructions.py",
        before="        shares=amounts.text(redemption.to_instruct),",
        after="        shares=redemption.terms.burn_units,",
        caught_by=("INV-005",),
    ),
    Mutant(
        name="rounds what is delivered up to the increment",
        file="workers/core/ledger/redemption.py",
        before="    return units * multiplier // amounts.ONE // increment * increment",
        after="    return -(-units * multiplier // amounts.ONE // increment) * increment",
        caught_by=("INV-012",),
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
    Mutant(
        name="lets a delivery from any account settle an instruction",
        file="workers/core/ledger/instructions.py",
        before="if instruction is None or instruction.place != place or instruction.left == 0:",
        after="if instruction is None or place is None or instruction.left == 0:",
        caught_by=("INV-014",),
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
        name="reserves shares on a held custody account",
        file="workers/core/ledger/issuance.py",
        before="    held = state.rules.held_accounts()\n",
        after='    held = state.rules.held_accounts() if issuance.partial == "wait" else set()\n',
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
        file="workers/core/ledger/multiplier.py",
        before="    on_their_way = len(book.mints) + len(book.burns)\n",
        after="    on_their_way = len(book.mints) - len(book.mints) + len(book.burns)\n",
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
