"""INV-020 collateral: nothing is authorized that leaves an instrument below its collateral rules."""

from collections import Counter
from collections.abc import Iterator

from schemas import amounts
from schemas.collateral import CollateralRules
from schemas.events import IssuanceWaits, MintAuthorized
from workers.core.invariants.facts import Facts, InstrumentFacts
from workers.core.invariants.predicate import Predicate, Record

OF_COLLATERAL = ("collateral_ratio", "custodian_share", "statement_age")


def collateral_is_enough(facts: Facts, record: Record, event: MintAuthorized) -> Iterator[str]:
    """After the mint, the eligible shares are at least the ratio times what all units stand for."""
    rules, found = facts.books[record.book].rules.collateral.get(event.instrument), _found(facts, event)
    if rules is None:
        return
    pool = _eligible(_pool_after(found, event), rules).total()
    free = _eligible(_free(found), rules).total() - found.owed_from_treasury
    units = found.units + amounts.parse(event.units)
    # Both sides in 10^-54: exact, nothing is rounded to compare.
    behind = units * found.highest_multiplier * amounts.parse(rules.ratio_min)
    if behind > (pool + max(0, free)) * amounts.ONE**2:
        eligible = amounts.text(pool + max(0, free))
        yield f"{eligible} eligible shares are too few for {amounts.text(units)} units"


def no_custodian_has_too_much(facts: Facts, record: Record, event: MintAuthorized) -> Iterator[str]:
    """After the mint, no custodian holds a larger part of the collateral than the rules allow."""
    rules = facts.books[record.book].rules.collateral.get(event.instrument)
    if rules is None or rules.custodian_share_max is None:
        return
    held = collateral_after(facts, event, rules)
    by_custodian: Counter[str] = Counter()
    for (servicer, _), shares in held.items():
        by_custodian[servicer] += shares
    for servicer, shares in by_custodian.items():
        if shares * amounts.ONE > held.total() * amounts.parse(rules.custodian_share_max):
            yield f"{servicer} holds {amounts.text(shares)} of {amounts.text(held.total())} eligible shares"


def waiting_has_a_rule(facts: Facts, record: Record, event: IssuanceWaits) -> Iterator[str]:
    """What waits for collateral waits for a rule that there is, and that its numbers break."""
    if event.why not in OF_COLLATERAL or event.why == "statement_age":
        return
    ruled = event.instrument in facts.books[record.book].rules.collateral
    if not ruled or amounts.parse(event.needed or "0") <= amounts.parse(event.available or "0"):
        yield f"issuance {event.issuance} need not wait for {event.why}: {event.needed} of {event.available}"


def collateral_after(facts: Facts, event: MintAuthorized, rules: CollateralRules) -> Counter[tuple[str, str]]:
    """Return what each eligible account holds in the pool and free, after the mint."""
    found = _found(facts, event)
    everywhere = _pool_after(found, event)
    everywhere.update(_free(found))
    return _eligible(everywhere, rules)


def _found(facts: Facts, event: MintAuthorized) -> InstrumentFacts:
    return facts.instruments[event.instrument]


def _pool_after(found: InstrumentFacts, event: MintAuthorized) -> Counter[tuple[str, str]]:
    pool = Counter(found.pool_at)
    for name in event.lots:
        if name in found.lots:
            pool[found.lots[name].place] += found.lots[name].shares
    return pool


def _free(found: InstrumentFacts) -> Counter[tuple[str, str]]:
    free: Counter[tuple[str, str]] = Counter()
    for lot in found.lots.values():
        if lot.state == "free":
            free[lot.place] += lot.shares
    return free


def _eligible(held: Counter[tuple[str, str]], rules: CollateralRules) -> Counter[tuple[str, str]]:
    places = {(each.servicer, each.account) for each in rules.eligible}
    return Counter({place: shares for place, shares in held.items() if place in places})


PREDICATES = (
    Predicate("INV-020", MintAuthorized, collateral_is_enough),
    Predicate("INV-020", MintAuthorized, no_custodian_has_too_much),
    Predicate("INV-020", IssuanceWaits, waiting_has_a_rule),
)
