"""The demo's summary: what is held, what is outstanding on each chain, what is open and why."""

from collections import Counter
from collections.abc import Sequence

from schemas import amounts
from workers.cli.output import print_table
from workers.core.ledger import State
from workers.core.ledger.state import InstrumentBook, Issuance
from workers.demo.market import CHAINS


def print_summary(states: Sequence[State], events: Counter[str]) -> None:
    """Print the day as tables."""
    books = sorted((name, book, state) for state in states for name, book in state.instruments.items())
    print_table(
        "Held and outstanding, in shares and in units",
        [
            "instrument",
            "multiplier.",
            "pool.",
            "backs.",
            "dust.",
            "reserved.",
            "unassigned.",
            "free.",
            "provisional.",
        ],
        [_held(name, book, state) for name, book, state in books if name in state.rules.instruments],
    )
    print_table(
        "Outstanding units by chain",
        ["instrument", *(f"{chain}." for chain in CHAINS)],
        [
            [name, *(amounts.text(book.supply.get(chain, 0)) for chain in CHAINS)]
            for name, book, _ in books
            if book.supply
        ],
    )
    print_table("Open, and why", ["instrument", "what", "shares.", "why"], _open(states))
    print_table(
        "Recorded events",
        ["event", "times."],
        [[name, str(times)] for name, times in sorted(events.items())],
    )


def _held(name: str, book: InstrumentBook, state: State) -> list[str]:
    multiplier = amounts.parse(state.rules.instruments[name].multiplier)
    backed = sum(book.supply.values()) * multiplier // amounts.ONE
    by_state: Counter[str] = Counter()
    for lot in book.lots.values():
        by_state[lot.state] += lot.shares
    columns = (book.pool, backed, book.pool - backed, *(by_state[each] for each in _STATES))
    return [name, state.rules.instruments[name].multiplier, *(amounts.text(each) for each in columns)]


_STATES = ("reserved", "unassigned", "free", "provisional")


def _open(states: Sequence[State]) -> list[list[str]]:
    rows = []
    for state in states:
        for name, book in sorted(state.instruments.items()):
            rows += [
                [name, f"issuance {each.issuance[:12]}", amounts.text(each.shares), _why_open(each)]
                for each in book.issuances.values()
            ]
            rows += [[name, f"hold {hold[:12]}", "", reason] for hold, reason in book.holds.items()]
            rows += [
                [name, f"lot {lot.lot[:12]}", amounts.text(lot.shares), _WHY_LOT[lot.state]]
                for lot in book.lots.values()
                if lot.state in _WHY_LOT
            ]
    return rows


_WHY_LOT = {
    "unassigned": "no issuance is named; two operators may assign it",
    "provisional": "could be a second telling; two operators may release it",
}


def _why_open(issuance: Issuance) -> str:
    if issuance.mints:
        return f"{len(issuance.mints)} mints are on their way"
    if issuance.missing:
        return f"{amounts.text(issuance.missing)} shares have not settled under {issuance.reference}"
    return "funded, and held"
