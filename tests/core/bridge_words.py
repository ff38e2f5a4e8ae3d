"""The words of the sentences about bridges: a house with three chains and their lanes."""

from typing import Any

from ledger_specification import Specification
from ledger_words import AAPL, CHAIN, TREASURY, confirmed, house, instrument, lane, requested, seen_final

from schemas.events import BridgeMintAuthorized, MintAuthorized
from schemas.house import Token
from workers.core.ids import bridge_id
from workers.core.ledger.state import InstrumentBook

EIGHT, SIX = "eight", "six"
DECIMALS = {CHAIN: 18, EIGHT: 8, SIX: 6}
LANES = tuple(lane(a, b) for a in DECIMALS for b in DECIMALS if a != b)


def tokens() -> tuple[Token, ...]:
    return tuple(
        Token(chain=chain, token=f"{AAPL}x", decimals=decimals, account=f"{chain}-1")
        for chain, decimals in DECIMALS.items()
    )


def issued(*rules: Any, shares: str = "100", multiplier: str = "1", **policy: Any) -> Specification:
    """Units of the shares are final on the chain of eighteen places, and the lanes are as given."""
    terms = instrument(multiplier=multiplier, tokens=tokens())
    spec = Specification().given(house(*(rules or LANES), terms=terms, **policy))
    spec.given(confirmed(shares, account=TREASURY), requested(shares, funding="treasury"))
    return spec.given(seen_final(spec.last(MintAuthorized)))


def book_of(spec: Specification) -> InstrumentBook:
    return spec.state.book_of(AAPL)


def mint_of(spec: Specification) -> BridgeMintAuthorized:
    mint: BridgeMintAuthorized = spec.last(BridgeMintAuthorized)
    return mint


def bridge_of(transaction: str = "0xb1", chain: str = CHAIN) -> str:
    return bridge_id(chain, transaction, 0)


def counts(spec: Specification) -> tuple[dict[str, int], int, int]:
    book = book_of(spec)
    return (
        {chain: units for chain, units in book.supply.items() if units},
        book.in_flight.units,
        book.in_flight.remainder,
    )
