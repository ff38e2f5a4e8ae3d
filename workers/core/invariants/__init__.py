"""The invariants of DESIGN section 6: numbered predicates that fold the events themselves.

| no      | always                                                                                        |
|---------|-----------------------------------------------------------------------------------------------|
| INV-001 | backing: units on all chains and authorized, times the highest multiplier, at most the pool   |
| INV-002 | custody adds up, and a lot leaves only the state that it is in                                |
| INV-003 | a mint id is authorized once, finalized at most once at a time, never after it failed         |
| INV-004 | what a mint consumes is named, eligible and consumed once; its units follow from it           |
| INV-005 | no delivery is instructed before its burn is final, and no more than was burned            |
| INV-006 | a bridge conserves units: burned is in flight, minted, refunded or remainder, and refunds wait  |
| INV-007 | the multiplier changes by compare-and-set, with nothing in flight or authorized meanwhile     |
| INV-008 | every event but an owner's has one message, every message one record                          |
| INV-011 | no effect without a valid record; a signing account does what was authorized, one at a time   |
| INV-012 | amounts are exact, rounding favours the backing                                               |
| INV-013 | a lot is what a confirmation says that may say it, and a movement told twice makes one lot    |
| INV-014 | shares become somebody's by exact reference, from treasury, or by two operators               |
| INV-015 | no stage of an issuance is skipped or said too early; time never goes back                       |
| INV-016 | nothing is authorized that a hold covers, in any scope; each hold ends in its own way       |
| INV-017 | two operators are behind every order; every book's house rules are book 0's, in its order     |
| INV-018 | an open mint that is to stop is asked back, once; its lots come back by its account's word      |
| INV-021 | a lane lets go what fits its bucket, first in, first out; what waits, waits for a reason      |
| INV-019 | no more is authorized than the limits of a mint and a day; what is large, two approved         |
| INV-020 | nothing is authorized that leaves an instrument below its collateral rules                    |
| INV-022 | a statement is believed when whole, and from whom may send; no mint stands on an old one         |

Neither `decide` nor `evolve` nor their state is used here, so that one mistake cannot hide another.
"""

from workers.core.invariants.checker import PREDICATES, Invariants
from workers.core.invariants.effects import Effect
from workers.core.invariants.predicate import Input, Violation

__all__ = ["PREDICATES", "Effect", "Input", "Invariants", "Violation"]
