"""Hunting one mutant: `python -m tests.mutants.hunt SEED...` in the copy that holds it.

Prints the first violation of the first seed that sees one, as JSON; nothing where no seed does.
"""

import json
import sys

from tests.simulation.run import run


def main() -> None:
    for seed in map(int, sys.argv[1:]):
        outcome = run(seed)
        if outcome.violations:
            numbers = sorted({violation.number for violation in outcome.violations})
            print(json.dumps({"seed": seed, "numbers": numbers, "first": str(outcome.violations[0])}))
            return


main()
