"""The headers and trailers of a FIN message: blocks 1, 2, 3 and 5 (SWIFT FIN, message structure).

    block 1    F 01  logical terminal (12)  session (4) sequence (6)
    block 2    I  type (3)  receiver's terminal (12)  [priority [monitoring] [obsolescence]]
               O  type (3)  time (4)  date (6) sender's terminal (12) session (4) sequence (6)
                  date (6) time (4)  [priority]

An output message (O) was delivered by the network, which says in block 2 who sent it. An input message (I) is
as its sender wrote it: the sender's own terminal stands in block 1. A logical terminal is a BIC with a letter
for the terminal in the ninth place.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from schemas.identifiers import bic_plain, bic_valid
from workers.ingest.mt.envelope import Enveloped
from workers.ingest.reading import Unreadable

_BASIC: Final = re.compile(r"F01(.*)[0-9]{10}\Z")
_INPUT: Final = re.compile(r"I[0-9]{3}[A-Z0-9]{12}(?:[SUN][1-3]?(?:[0-9]{3})?)?\Z")
_OUTPUT: Final = re.compile(r"O[0-9]{3}[0-9]{10}(.*)[0-9]{10}[0-9]{6}[0-9]{4}[SUN]?\Z")
_TYPE: Final = re.compile(r"[IO]([0-9]{3})")
_TERMINAL_CHARACTERS: Final = 12
_TERMINAL_AT: Final = 8
_REMEMBERED: Final = 1_024


class Header(NamedTuple):
    """Who sent it, by the BIC without a branch of `XXX`, and whether a trailer doubts that it is new."""

    sender: str
    possible_duplicate: bool


def message_type(message: Enveloped) -> str | None:
    """Return the three digits of the type; None where there is no application header, or none of FIN's."""
    match = _TYPE.match(message.application or "")
    return match[1] if match and (message.basic or "").startswith("F01") else None


def read(message: Enveloped) -> Header:
    """Read the headers and trailers.

    A training message (TNG) says of itself that it is none: that is `ambiguous`.
    """
    trailers = message.trailers
    if "{TNG" in trailers:
        raise Unreadable("ambiguous", "A training message states a settlement.", "{5:{TNG:}}")
    return Header(
        sender=_sender(message),
        possible_duplicate="{PDE" in trailers or "{PDM" in trailers,
    )


def _sender(message: Enveloped) -> str:
    basic = _BASIC.match(message.basic or "")
    if basic is None:
        raise Unreadable("malformed", "Block 1 is no basic header of FIN.", "{1:}")
    application = message.application or ""
    if application.startswith("I"):
        if not _INPUT.match(application):
            raise Unreadable("malformed", "Block 2 is no application header of an input message.", "{2:}")
        return _bic(basic[1], "{1:}")
    output = _OUTPUT.match(application)
    if output is None:
        raise Unreadable("malformed", "Block 2 is no application header of an output message.", "{2:}")
    return _bic(output[1], "{2:}")


@lru_cache(_REMEMBERED)
def _bic(terminal: str, where: str) -> str:
    """Return the BIC of a logical terminal."""
    bic = terminal[:_TERMINAL_AT] + terminal[_TERMINAL_AT + 1 :]
    if (
        len(terminal) != _TERMINAL_CHARACTERS
        or not bic_valid(bic)
        or not (terminal[_TERMINAL_AT].isalnum() and terminal.isupper())
    ):
        raise Unreadable("bad_identifier", f"{terminal[:40]!r} is no logical terminal's address.", where)
    return bic_plain(bic)
