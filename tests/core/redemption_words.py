"""The words of redemptions: a house that knows where a client's shares go, and tokens on their way back."""

from typing import Any

from ledger_specification import Specification
from ledger_words import (
    AAPL,
    BACKING,
    OTHER,
    account,
    confirmed,
    details,
    house,
    instrument,
    ordered,
    received,
    redeemed,
    reference_of,
    requested,
    seen_final,
)

from schemas.events import HoldPlaced, MintAuthorized, RedemptionRefused
from schemas.events.redemption import RedemptionRefusal
from schemas.house import ReleaseHold

ONE = 10**18
EXPIRY = 3_600
ACCOUNTS = (account(BACKING, "backing"), account(OTHER, "other"))


def book(*rules: Any, multiplier: str = "1", decimals: int = 18, **policy: int) -> Specification:
    """A house that knows where the client's shares go."""
    terms = instrument(multiplier=multiplier, decimals=decimals)
    limits = {"issuance_expiry_seconds": EXPIRY, **policy}
    return Specification().given(house(details(), *rules, terms=terms, **limits))


def minted(shares: str = "60", spec: Specification | None = None) -> Specification:
    """Tokens for these shares are in the client's wallet."""
    spec = (spec or book()).given(requested(shares), confirmed(shares, owner_id=reference_of()))
    return spec.given(seen_final(spec.last(MintAuthorized)))


def burning(units: str = "60", spec: Specification | None = None) -> Specification:
    """The burn of these tokens is authorized."""
    return (spec or minted()).given(redeemed(units), received(units))


def held(spec: Specification) -> Specification:
    """Hold the instrument: shares left that nobody here instructed, and treasury covers them."""
    spec.given(confirmed("1", "extra", account="TREASURY-1", message_id="m8"))
    return spec.given(confirmed("1", "gone", movement="deliver", message_id="m9"))


def released(spec: Specification, order_id: str = "release") -> Specification:
    order = ReleaseHold(instrument=AAPL, hold=spec.last(HoldPlaced).hold)
    return spec.given(ordered(order, order_id, of=AAPL))


def refused(spec: Specification) -> RedemptionRefusal:
    refusal: RedemptionRefusal = spec.last(RedemptionRefused).refusal
    return refusal
