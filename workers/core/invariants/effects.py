"""INV-011 at the chains: no effect without a record, and every final operation is there, once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas import amounts
from schemas.events.transactions import OperationKind
from workers.core.invariants.facts import Facts
from workers.core.invariants.predicate import Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An operation that acted on a chain; `base_amount` in the token's smallest unit."""

    chain: str
    transaction: str
    operation: str
    kind: OperationKind
    token: str
    recipient: str | None
    base_amount: int


def effects_have_records(facts: Facts, effects: Iterable[Effect]) -> Iterator[Violation]:
    """Behind every effect stands a record of the signature, and the work that it was made for."""
    for effect in effects:
        if facts.mints.get(effect.operation) == "failed":
            yield _violation("effects_have_records", f"{effect} acted, its lots were given back")
        recorded = facts.signed.get(effect.transaction)
        if recorded is None:
            yield _violation("effects_have_records", f"{effect} has no record")
            continue
        taken = recorded[1]
        base_amount = amounts.parse(taken.units) // 10 ** (amounts.PLACES - taken.decimals)
        was = (effect.chain, effect.operation, effect.kind, effect.token, effect.recipient)
        recorded_as = (taken.chain, taken.operation, taken.kind, taken.token, taken.recipient)
        if (*was, effect.base_amount) != (*recorded_as, base_amount):
            yield _violation("effects_have_records", f"{effect} is not what was recorded: {taken}")


def final_mints_exist(facts: Facts, effects: Iterable[Effect]) -> Iterator[Violation]:
    """Every mint that the ledger calls final acted exactly once, and no operation twice."""
    by_operation = {effect.operation: effect for effect in effects}
    for operation, times in Counter(effect.operation for effect in effects).items():
        if times > 1:
            yield _violation("final_mints_exist", f"operation {operation} acted {times} times")
    for mint, (chain, transaction, _) in facts.finalized.items():
        effect = by_operation.get(mint)
        if effect is None or (effect.chain, effect.transaction) != (chain, transaction):
            yield _violation("final_mints_exist", f"mint {mint} is final, on {chain} stands {effect}")


def _violation(predicate: str, text: str) -> Violation:
    return Violation("INV-011", "", 0, text, predicate)
