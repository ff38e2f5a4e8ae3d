"""Identifiers and their check digits: ISIN (ISO 6166), CUSIP (ANSI X9.6), SEDOL (LSE), BIC (ISO 9362)."""

import re
from typing import Annotated

import msgspec
from pydantic import StringConstraints

_DIGEST = r"^[0-9a-f]{64}"
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_ACCOUNT = r"^[A-Za-z0-9][A-Za-z0-9-]{0,63}"

Digest = Annotated[str, StringConstraints(pattern=_DIGEST + "$"), msgspec.Meta(pattern=_DIGEST + r"\Z")]
"""SHA-256 in lower-case hexadecimal."""

Name = Annotated[str, StringConstraints(pattern=_NAME + "$"), msgspec.Meta(pattern=_NAME + r"\Z")]
"""An id of ours: instrument, chain, client, operator, sender."""

SigningAccount = Annotated[
    str, StringConstraints(pattern=_ACCOUNT + "$"), msgspec.Meta(pattern=_ACCOUNT + r"\Z")
]
"""Letters, digits and hyphens: it names the topic `transactions.<name>`."""

_REFERENCE = r"^[A-Z0-9]{16}"

SettlementReference = Annotated[
    str, StringConstraints(pattern=_REFERENCE + "$"), msgspec.Meta(pattern=_REFERENCE + r"\Z")
]
"""What we give with an accepted issuance; it fits SWIFT's 16 characters."""

Text = Annotated[
    str, StringConstraints(min_length=1, max_length=256), msgspec.Meta(min_length=1, max_length=256)
]
"""An id of the outside world, as given."""

SENTENCE_MAX = 2_000

Sentence = Annotated[str, StringConstraints(max_length=SENTENCE_MAX), msgspec.Meta(max_length=SENTENCE_MAX)]
"""A sentence for a person."""

_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]\Z")
_CUSIP = re.compile(r"[A-Z0-9*@#]{8}[0-9]\Z")
_SEDOL = re.compile(r"[B-DF-HJ-NP-TV-Z0-9]{6}[0-9]\Z")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?\Z")

# ISO 3166-1 alpha-2, and the prefixes that ISO 6166 keeps for itself: EU, EZ, QS to QZ, XA to XF, XK, XS.
_PREFIXES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT "
    "BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH "
    "ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT "
    "HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS "
    "LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI "
    "NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG "
    "SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG "
    "UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW EU EZ QS QT QU QV QW QX QY QZ XA XB XC XD XF "
    "XK XS "
)


def isin_shape(text: str) -> bool:
    """Return whether the text has the form of an ISIN, whatever its prefix and check digit."""
    return bool(_ISIN.match(text))


def isin_valid(text: str) -> bool:
    """Return whether form, prefix and check digit (Luhn over the letters' numbers) are an ISIN's."""
    if not isin_shape(text) or f"{text[:2]} " not in _PREFIXES:
        return False
    digits = "".join(str(int(character, 36)) for character in text)
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return total % 10 == 0


def cusip_shape(text: str) -> bool:
    """Return whether the text has the form of a CUSIP, whatever its check digit."""
    return bool(_CUSIP.match(text))


def cusip_valid(text: str) -> bool:
    """Return whether form and check digit (modulus 10 double add double) are a CUSIP's."""
    if not cusip_shape(text):
        return False
    total = 0
    for place, character in enumerate(text[:8]):
        value = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*@#".index(character) * (1 + place % 2)
        total += value // 10 + value % 10
    return (10 - total % 10) % 10 == int(text[8])


def sedol_shape(text: str) -> bool:
    """Return whether the text has the form of a SEDOL, whatever its check digit."""
    return bool(_SEDOL.match(text))


def sedol_valid(text: str) -> bool:
    """Return whether form and check digit (weights 1 3 1 7 3 9) are a SEDOL's."""
    if not sedol_shape(text):
        return False
    total = sum(int(c, 36) * weight for c, weight in zip(text, (1, 3, 1, 7, 3, 9), strict=False))
    return (10 - total % 10) % 10 == int(text[6])


def bic_valid(text: str) -> bool:
    """Return whether the text has the form of a BIC of 8 or 11 characters."""
    return bool(_BIC.match(text))


def bic_plain(text: str) -> str:
    """Return the BIC without a branch of `XXX`, so that 8 and 11 characters compare equal."""
    return text[:8] if len(text) == 11 and text.endswith("XXX") else text  # noqa: PLR2004 - a BIC's length
