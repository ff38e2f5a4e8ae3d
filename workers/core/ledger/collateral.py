"""Collateral: nothing is minted that would leave an instrument below its collateral rules (DESIGN 5.7)."""

from collections import Counter
from collections.abc import Iterable

from schemas import amounts
from schemas.collateral import CollateralRules
from schemas.events import IssuanceWaits
from schemas.events.limits import WaitReason
from workers.core.ledger import evidence, multiplier
from workers.core.ledger.issued import Issuance, Lot
from workers.core.ledger.state import InstrumentBook, State

OF_COLLATERAL = ("collateral_ratio", "custodian_share", "statement_age")


def must_wait(
    state: State, instrument: str, issuance: Issuance, lots: tuple[str, ...], units: int
) -> IssuanceWaits | None:
    """Return which collateral rule would be broken after a mint of these units from these lots."""
    rules = state.rules.collateral.get(instrument)
    if rules is None:
        return None
    book = state.book_of(instrument)
    consumed = [book.lots[lot] for lot in lots]
    needed = shares_needed(state, instrument, units)
    covering = ratio_shares(book, rules, consumed)
    if needed * amounts.parse(rules.ratio_min) > covering * amounts.ONE:
        wanted = -(-needed * amounts.parse(rules.ratio_min) // amounts.ONE)
        return _waits(instrument, issuance, "collateral_ratio", wanted, covering)
    held = _eligible(_held(book, consumed), rules)
    if rules.custodian_share_max is not None:
        largest = max(_by_custodian(held).values(), default=0)
        allowed = held.total() * amounts.parse(rules.custodian_share_max) // amounts.ONE
        if largest > allowed:
            return _waits(instrument, issuance, "custodian_share", largest, allowed)
    return evidence.must_wait(state, instrument, issuance, rules, +held)


def shares_needed(state: State, instrument: str, more_units: int = 0) -> int:
    """Return the shares behind all units and so many more, rounded up, at the highest multiplier."""
    book = state.instruments.get(instrument, InstrumentBook())
    return -(-(book.units + more_units) * multiplier.highest(state, instrument) // amounts.ONE)


def ratio_shares(book: InstrumentBook, rules: CollateralRules | None, consumed: Iterable[Lot] = ()) -> int:
    """Return the shares that count as collateral: the pool, and free ones that no issuance is to draw.

    `consumed` are lots that a mint would dissolve into the pool. Without rules every account is eligible.
    """
    pool = Counter(book.pool_at)
    for lot in consumed:
        pool[lot.place] += lot.shares
    free = max(0, _eligible(Counter(book.free_at), rules).total() - book.treasury_owed)
    return _eligible(pool, rules).total() + free


def _held(book: InstrumentBook, consumed: Iterable[Lot]) -> Counter[tuple[str, str]]:
    """Return what each account holds in the pool, in lots that a mint would dissolve into it, and free."""
    held = Counter(book.pool_at)
    held.update(book.free_at)
    for lot in consumed:
        held[lot.place] += lot.shares
    return held


def _by_custodian(held: Counter[tuple[str, str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (servicer, _), shares in held.items():
        found[servicer] += shares
    return found


def _eligible(held: Counter[tuple[str, str]], rules: CollateralRules | None) -> Counter[tuple[str, str]]:
    if rules is None:
        return held
    places = {(each.servicer, each.account) for each in rules.eligible}
    return Counter({place: shares for place, shares in held.items() if place in places})


def _waits(
    instrument: str, issuance: Issuance, why: WaitReason, needed: int, available: int
) -> IssuanceWaits:
    return IssuanceWaits(
        issuance=issuance.issuance,
        instrument=instrument,
        why=why,
        needed=amounts.text(needed),
        # An account may be below zero, where others stand in for it; what is there for a mint is not.
        available=amounts.text(max(0, available)),
        statement=None,
    )


def leave(
    book: InstrumentBook, shares: int, place: tuple[str, str] | None = None
) -> dict[tuple[str, str], int]:
    """Count shares that left the pool off the account that they are on; where none is named, off the largest.

    The counts of all accounts sum to the pool; one may be below zero, where others stand in for it. Return
    what was counted off each.
    """
    if place is not None:
        book.pool_at[place] = book.pool_at.get(place, 0) - shares
        return {place: shares}
    left = {}
    for largest, held in sorted(book.pool_at.items(), key=lambda each: (-each[1], each[0])):
        off = max(0, min(held, shares))
        book.pool_at[largest] -= off
        shares -= off
        if off:
            left[largest] = off
    return left


def come_back(book: InstrumentBook, left: dict[tuple[str, str], int]) -> None:
    """Count shares on the accounts that they had left."""
    for place, shares in left.items():
        book.pool_at[place] = book.pool_at.get(place, 0) + shares


def changed(state: State, instrument: str) -> None:
    """Let ticks look again at what waits for collateral: there may be more, or it may lie elsewhere."""
    if instrument not in state.waiting_for_collateral:
        return
    book = state.book_of(instrument)
    if any(issuance.waits_for in OF_COLLATERAL for issuance in book.issuances.values()):
        book.take_up()
    else:
        state.waiting_for_collateral.discard(instrument)
