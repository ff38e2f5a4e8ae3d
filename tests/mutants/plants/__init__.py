"""The mutants: each is a mistake that somebody could make, and the invariant that must catch it.

`before` stands exactly once in the file; `after` takes its place. A mutant passes every static check.
"""

from tests.mutants.plants import (
    bridges,
    chains,
    contradictions,
    house,
    minting,
    redemption,
    shares,
    statements,
)
from tests.mutants.plants.mutant import Mutant

MUTANTS = (
    *bridges.MUTANTS,
    *chains.MUTANTS,
    *contradictions.MUTANTS,
    *house.MUTANTS,
    *minting.MUTANTS,
    *redemption.MUTANTS,
    *shares.MUTANTS,
    *statements.MUTANTS,
)

__all__ = ["MUTANTS", "Mutant"]
