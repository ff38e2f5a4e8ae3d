"""Mistakes about mints: what is authorized, taken back, and called final."""

from tests.mutants.plants.mutant import Mutant

MUTANTS = (
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
        name="mints while a hold stands",
        file="workers/core/ledger/minting.py",
        before="while not is_held(state, instrument, issuance):",
        after="while state.rules.number:",
        caught_by=("INV-016",),
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
        name="brings a lot back that was reversed during its mint",
        file="workers/core/ledger/minting.py",
        before="        back = min(lot.shares - gone, book.pool)",
        after="        back = min(lot.shares - gone // amounts.ONE, book.pool)",
        caught_by=("INV-001", "INV-002", "INV-012"),
    ),
    Mutant(
        name="believes a receipt from anybody",
        file="workers/core/ledger/receipts.py",
        before="if message.sender != account:",
        after="if message.sender != account and not message.sender:",
        caught_by=("INV-003",),
    ),
    Mutant(
        name="reserves shares on a held custody account",
        file="workers/core/ledger/issuance.py",
        before="    held = state.rules.held_accounts()\n",
        after='    held = state.rules.held_accounts() if issuance.partial == "wait" else set()\n',
        caught_by=("INV-016",),
    ),
)
