"""Amounts: integers of 10^-18 inside, plain decimal strings on the log.

Eighteen places are the finest unit of any chain here (Ethereum's wei) and of any ISO 20022 quantity.
"""

import re
from typing import Annotated

import msgspec
from pydantic import StringConstraints

PLACES = 18
ONE: int = 10**PLACES
_WHOLE_END: int = 10**38

# Rust's `$` ends the text, Python's also matches before a last line feed: each library gets its own end.
_PLAIN = r"^(0|[1-9][0-9]{0,37})(\.[0-9]{0,17}[1-9])?"

Amount = Annotated[str, StringConstraints(pattern=_PLAIN + "$"), msgspec.Meta(pattern=_PLAIN + r"\Z")]
"""A plain decimal string, zero or positive: no sign, exponent or trailing zeros, at most 18 places."""

_SIGNED = r"^(0|-?([1-9][0-9]{0,37}(\.[0-9]{0,17}[1-9])?|0\.[0-9]{0,17}[1-9]))"

SignedAmount = Annotated[str, StringConstraints(pattern=_SIGNED + "$"), msgspec.Meta(pattern=_SIGNED + r"\Z")]
"""The same, and below zero with a minus sign; zero has none."""

_PLAIN_TEXT = re.compile(_PLAIN + r"\Z", re.ASCII)


class NotAnAmount(ValueError):  # noqa: N818
    """The text is not a plain decimal."""


def parse(text: str) -> int:
    """Return a plain decimal string in units of 10^-18."""
    if not _PLAIN_TEXT.match(text):
        raise NotAnAmount(f"{text[:64]!r} is not a plain decimal of at most 38 digits and {PLACES} places")
    whole, _, fraction = text.partition(".")
    return int(whole) * ONE + (int(fraction.ljust(PLACES, "0")) if fraction else 0)


def text(amount: int) -> str:
    """Return units of 10^-18 as a plain decimal string; negative amounts carry a minus sign.

    More than 38 digits before the point are an error here, where the amount is made: nobody could decode
    the event that carried it.
    """
    whole, fraction = divmod(abs(amount), ONE)
    if whole >= _WHOLE_END:
        raise NotAnAmount(f"an amount of {len(str(whole))} digits before the point has no text")
    sign = "-" if amount < 0 else ""
    if not fraction:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{fraction:018d}".rstrip("0")


def units_of(shares: int, multiplier: int, decimals: int) -> int:
    """Return floor(shares / multiplier) in the chain's own precision, in 10^-18: the one rounding rule.

    `shares` and `multiplier` are in 10^-18; `decimals` is the token's precision, 0 to 18.
    """
    step: int = 10 ** (PLACES - decimals)
    return (shares * ONE) // (multiplier * step) * step


def units_covering(shares: int, multiplier: int, decimals: int) -> int:
    """Return the least units in the chain's own precision that are worth so many shares, in 10^-18."""
    step: int = 10 ** (PLACES - decimals)
    return -(-shares * ONE // (multiplier * step)) * step


def shares_behind(units: int, multiplier: int) -> int:
    """Return the least shares that back so many units, rounded up, in 10^-18."""
    return -(-units * multiplier // ONE)


def base_amount(units: int, decimals: int) -> int:
    """Return units of 10^-18 in a token's smallest unit; what does not fit is an error, never rounded."""
    step: int = 10 ** (PLACES - decimals)
    if units % step:
        raise NotAnAmount(f"{text(units)} has more than {decimals} places")
    return units // step


def from_base_amount(count: int, decimals: int) -> int:
    """Return so many of a token's smallest unit in units of 10^-18."""
    step: int = 10 ** (PLACES - decimals)
    return count * step
