"""Mistakes about redemptions: burns, promises, deliveries."""

from tests.mutants.plants.mutant import Mutant

MUTANTS = (
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
        name="lets a delivery from any account settle an instruction",
        file="workers/core/ledger/instructions.py",
        before="if instruction is None or instruction.place != place or instruction.left == 0:",
        after="if instruction is None or place is None or instruction.left == 0:",
        caught_by=("INV-014",),
    ),
)
