"""The page docs/invariants.md: for each invariant its predicates, its mutants and the tests that tell of it.

Predicates and mutants are read from the code. Which tests tell of an invariant is declared here; each that
is named must exist. `make docs` writes the page.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import workers.core.invariants as package
from tests.mutants.plants import MUTANTS
from workers.core.invariants import (
    PREDICATES,
    backing,
    bridges,
    burning,
    closures,
    collateral,
    contradictions,
    custody,
    effects,
    holds,
    house,
    inputs,
    instructions,
    issuance,
    lanes,
    limits,
    minting,
    movements,
    multiplier,
    recall,
    redemption,
    statements,
    transactions,
    units,
)

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "invariants.md"

MODULES: tuple[ModuleType, ...] = (
    backing,
    bridges,
    burning,
    closures,
    collateral,
    contradictions,
    custody,
    effects,
    holds,
    house,
    inputs,
    instructions,
    issuance,
    lanes,
    minting,
    movements,
    recall,
    limits,
    minting,
    movements,
    multiplier,
    recall,
    redemption,
    statements,
    transactions,
    units,
)

COMPARED = {
    "INV-009": "folding the same log gives the same state digest, on any machine, engine and day",
    "INV-010": "deciding again from the inboxes gives the same bytes of `events`",
}
"""Invariants that compare whole folds: no predicate over an event can see them."""

TESTS: dict[str, tuple[str, ...]] = {
    "INV-001": (
        "tests/core/test_ledger_reversals.py::test_a_reversal_after_the_mint_takes_unassigned_then_free_then_pool",
        "tests/core/test_ledger_reversals.py::test_the_resettlement_waits_for_operators_and_then_fills_the_pool",
        "tests/core/test_incidents.py::test_the_backing_is_checked_over_all_chains",
    ),
    "INV-002": (
        "tests/core/test_ledger_any_sequence.py::test_any_sequence_is_decided_the_same_again_and_loses_nothing",
        "tests/core/test_ledger_reversals.py::test_every_part_of_a_lot_that_was_split_is_taken",
    ),
    "INV-003": (
        "tests/core/test_incidents.py::test_a_callback_delivered_twice_at_once_mints_once",
        "tests/core/test_incidents.py::test_a_proof_that_anybody_can_forge_is_no_proof",
    ),
    "INV-004": ("tests/core/test_incidents.py::test_no_role_mints_without_shares",),
    "INV-005": ("tests/core/test_ledger_redemption.py",),
    "INV-006": (
        "tests/core/test_ledger_bridge.py::test_units_are_refunded_only_when_the_last_destination_mint_is_closed",
        "tests/core/test_ledger_bridge.py::test_what_the_destination_cannot_carry_is_booked_for_its_owner",
        "tests/core/test_ledger_any_bridge.py::test_no_unit_is_lost_or_made_whatever_is_said_in_whatever_order",
    ),
    "INV-007": ("tests/core/test_ledger_multiplier.py",),
    "INV-008": ("tests/kills/test_kills.py", "tests/audit/test_verify_tampering.py"),
    "INV-009": (
        "tests/core/test_ledger_any_sequence.py::test_another_process_with_other_hashes_comes_to_the_same_state",
        "tests/simulation/test_simulation.py",
    ),
    "INV-010": ("tests/audit/test_replay.py", "tests/simulation/test_simulation.py"),
    "INV-011": ("tests/loop/test_executor.py", "tests/kills/test_kills.py"),
    "INV-012": (
        "tests/core/test_incidents.py::test_decimals_mistaken_for_units_mint_nothing_extra",
        "tests/core/test_ledger_reversals.py::test_the_cure_in_units_is_rounded_up_and_at_the_multiplier",
    ),
    "INV-013": (
        "tests/core/test_ledger_custody.py::test_the_same_message_again_is_a_duplicate",
        "tests/core/test_ledger_reversals.py::test_the_same_reversal_told_twice_takes_shares_once",
    ),
    "INV-014": (
        "tests/core/test_ledger_custody.py::test_quantity_and_date_alone_never_link",
        "tests/core/test_ledger_reversals.py::test_operators_cover_the_pool_and_then_what_is_owed_from_free_lots",
    ),
    "INV-015": (
        "tests/core/test_ledger_reversals.py::test_a_funded_issuance_that_loses_its_shares_can_expire_again",
    ),
    "INV-016": (
        "tests/core/test_ledger_holds.py",
        "tests/core/test_ledger_minting.py::test_two_holds_need_two_releases",
        "tests/core/test_ledger_reversals.py::test_a_deficits_hold_is_released_by_nobody",
    ),
    "INV-017": (
        "tests/core/test_ledger_clock.py::test_two_operators_release_a_hold_and_nobody_alone",
        "tests/core/test_ledger_house.py",
    ),
    "INV-021": (
        "tests/core/test_ledger_lanes.py::test_nobody_overtakes_in_a_lane",
        "tests/core/test_ledger_lanes.py::test_the_opposite_flow_refills_a_lane",
    ),
    "INV-018": (
        "tests/core/test_ledger_bridge_recall.py",
        "tests/core/test_ledger_recall.py",
        "tests/loop/test_executor_recall.py",
    ),
    "INV-019": ("tests/core/test_ledger_limits.py",),
    "INV-020": ("tests/core/test_ledger_collateral.py",),
    "INV-022": ("tests/core/test_ledger_statements.py", "tests/core/test_ledger_evidence.py"),
}

HEAD = """# Invariants

What always holds, and what holds it to that. A **predicate** folds the events itself, apart from deciding and
evolving; the simulator checks it after every record, `audit replay` over every log. A **mutant** is a mistake
planted in a copy of the source: it passes every static check and is caught by the invariant, on a seed where
the original passes. The **tests** tell of it in sentences. `make docs` writes this page from the code.
"""


def page() -> str:
    """Return the page."""
    return HEAD + "".join(_section(number, text) for number, text in sorted(sentences().items()))


def sentences() -> dict[str, str]:
    """Return what each invariant says, from the table that opens the package."""
    rows = re.findall(r"^\| (INV-\d{3}) +\| (.*?) *\|$", package.__doc__ or "", re.MULTILINE)
    return dict(rows) | COMPARED


def missing_tests() -> list[str]:
    """Return the tests that the page names and that do not exist."""
    return [name for names in TESTS.values() for name in names if not _exists(name)]


def _section(number: str, text: str) -> str:
    lines = [f"\n## {number}: {text}"]
    lines += _list("Predicates", (f"`{name}`: {_sentence(name)}" for name in PREDICATES.get(number, ())))
    lines += _list("Mutants", (each.name for each in MUTANTS if number in each.caught_by))
    lines += _list("Tests", (_shown(name) for name in TESTS.get(number, ())))
    return "\n".join(lines) + "\n"


def _list(title: str, items: Iterator[str]) -> list[str]:
    rows = [f"- {item}" for item in items]
    return [f"\n{title}:\n", *rows] if rows else []


def _sentence(name: str) -> str:
    """Return the first sentence of a predicate's docstring."""
    function = next((vars(module)[name] for module in MODULES if name in vars(module)), None)
    text = " ".join((getattr(function, "__doc__", None) or "every message has one record").split())
    return text.partition(". ")[0].rstrip(".")


def _shown(name: str) -> str:
    file, _, test = name.partition("::")
    return f"{test.removeprefix('test_').replace('_', ' ')} (`{file}`)" if test else f"`{file}`"


def _exists(name: str) -> bool:
    file, _, test = name.partition("::")
    path = ROOT / file
    if not path.is_file() or not test:
        return path.is_file()
    functions = ast.parse(path.read_text(encoding="utf-8")).body
    return any(isinstance(each, ast.FunctionDef) and each.name == test for each in functions)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
