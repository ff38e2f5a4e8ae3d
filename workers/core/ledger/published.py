"""What is published of an instrument, so that venues can set haircuts of their own (DESIGN 5.7)."""

from collections import Counter
from dataclasses import dataclass

from schemas import amounts
from schemas.collateral import CollateralRules
from workers.core.ledger import multiplier
from workers.core.ledger.collateral import ratio_shares, shares_needed
from workers.core.ledger.evidence import last_statements
from workers.core.ledger.holds import covering
from workers.core.ledger.page_sets import Place
from workers.core.ledger.restrictions import MultiplierChange
from workers.core.ledger.state import InstrumentBook, State


@dataclass(frozen=True, slots=True)
class Published:
    """One instrument's figures, in 10^-18.

    `ratio` is collateral over the shares behind all units, rounded down; None where there are no units.
    `holds` are those that stop everything of it, each with its reason. `evidence` is the moment of the last
    whole statement of every eligible account, as stated; None where there is none.
    """

    ratio: int | None
    multiplier: int
    pending: MultiplierChange | None
    holds: dict[str, str]
    units_by_chain: dict[str, int]
    shares_by_state: dict[str, int]
    rules: CollateralRules | None
    evidence: dict[Place, str | None]


def published(state: State, instrument: str) -> Published:
    """Return the figures of a registered instrument as they are now."""
    book = state.instruments.get(instrument, InstrumentBook())
    rules = state.rules.collateral.get(instrument)
    needed = shares_needed(state, instrument)
    shares = Counter({"pool": book.pool, "promised": book.promised, "unclaimed": book.unclaimed})
    for lot in book.lots.values():
        shares[lot.state] += lot.shares
    return Published(
        ratio=ratio_shares(book, rules) * amounts.ONE // needed if needed else None,
        multiplier=multiplier.current(state, instrument),
        pending=book.change,
        holds=covering(state, instrument),
        units_by_chain=_units_by_chain(book),
        shares_by_state={name: held for name, held in shares.items() if held},
        rules=rules,
        evidence=_evidence(state, rules),
    )


def _evidence(state: State, rules: CollateralRules | None) -> dict[Place, str | None]:
    last = {} if rules is None else last_statements(state.rules, rules)
    return {place: None if stated is None else stated.as_of for place, stated in last.items()}


def _units_by_chain(book: InstrumentBook) -> dict[str, int]:
    """Return what exists on each chain, or is authorized to come to be there."""
    units = Counter(book.supply)
    for mint in book.mints.values():
        units[mint.chain] += mint.units
    return dict(units)
