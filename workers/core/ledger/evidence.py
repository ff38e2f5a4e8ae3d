"""Evidence: nothing is minted on statements that are older than an instrument's collateral rules allow."""

from collections.abc import Collection

from schemas import instants
from schemas.collateral import CollateralRules
from schemas.events import IssuanceWaits
from schemas.events.limits import StaleStatement
from schemas.statement import HoldingsStated
from workers.core.ledger.issued import Issuance
from workers.core.ledger.page_sets import Place
from workers.core.ledger.rules import Rules
from workers.core.ledger.state import State


def must_wait(
    state: State, instrument: str, issuance: Issuance, rules: CollateralRules, holding: Collection[Place]
) -> IssuanceWaits | None:
    """Return of which account that holds collateral there is no statement that is young enough."""
    age_max = rules.statement_age_seconds_max
    if age_max is None:
        return None
    for place, stated in last_statements(state.rules, rules).items():
        if place not in holding:
            continue
        age = None if stated is None else _age(state, stated)
        if age is not None and age <= age_max:
            continue
        return IssuanceWaits(
            issuance=issuance.issuance,
            instrument=instrument,
            why="statement_age",
            needed=None,
            available=None,
            statement=StaleStatement(
                servicer=place[0],
                account=place[1],
                as_of=None if stated is None else stated.as_of,
                age_seconds=age,
                age_seconds_max=age_max,
            ),
        )
    return None


def last_statements(house: Rules, rules: CollateralRules) -> dict[Place, HoldingsStated | None]:
    """Return the last whole statement of every eligible account, None where there is none."""
    places = ((each.servicer, each.account) for each in rules.eligible)
    return {place: house.statements.get(place) for place in places}


def _age(state: State, stated: HoldingsStated) -> int:
    assert state.time is not None, "a book that mints has a time"
    return instants.seconds_between(stated.counts_from, state.time)


def came(state: State, stated: HoldingsStated) -> None:
    """Let ticks look again at what waited for a statement of this account."""
    place = (stated.servicer, stated.account)
    for instrument in sorted(state.waiting_for_collateral):
        rules = state.rules.collateral.get(instrument)
        if rules is None or place not in last_statements(state.rules, rules):
            continue
        book = state.book_of(instrument)
        if any(issuance.waits_for == "statement_age" for issuance in book.issuances.values()):
            book.take_up()
