"""Envelopes: the messages of a FIN file, and the blocks of each (SWIFT FIN, message structure).

    {1:F01BANKUS33AXXX0000000000}       basic header
    {2:O544...}                         application header: the type
    {3:{108:...}}                       user header, where there is one
    {4:                                 text, up to a line that begins with -}
    :16R:GENL
    -}
    {5:{CHK:...}}                       trailers, where there are any
    {S:{SAC:}}                          what a messaging interface adds, where it does

Messages stand one after the other, with nothing or white space between them, with the `$` of RJE files, or
each between SOH and ETX. Braces have no place in a text, so `{1:` begins a message wherever it stands; but
one that begins inside a text that does not end could have been written by whoever filled that text, and is
not read.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from workers.ingest import encodings
from workers.ingest.reading import Unreadable

MESSAGES_MAX: Final = 20_000
MESSAGE_CHARACTERS_MAX: Final = 32_768
"""The standard's own limit is 10,000 characters."""

_START: Final = "{1:"
_SEPARATORS: Final = "$\x01\x03"
_BETWEEN: Final = " \n\r" + _SEPARATORS
_HEADERS: Final = re.compile(r"([^{}\n]*)\}\n?(?:\{2:([^{}\n]*)\}\n?)?(?:\{3:((?:\{[^{}\n]*\})*)\}\n?)?")
_TRAILERS: Final = re.compile(
    r"\n?(?:\{5:((?:\{[^{}\n]*\})*)\}\n?)?(?:\{S:(?:\{[^{}\n]*\})*\})?[ \n\r$\x01\x03]*\Z"
)


class Enveloped(NamedTuple):
    """A message by its blocks: `text` is block 4 with the line feed before each line, as `text_block` reads.

    `trailers` are those of blocks 3 and 5. `refused` says why the blocks cannot be told apart; the headers
    are there as far as they go. `line` is the line of the file, from 1, in which block 4 begins.
    """

    basic: str | None
    application: str | None
    trailers: str
    text: str
    line: int
    refused: Unreadable | None = None


def messages(data: bytes) -> Iterator[Enveloped]:
    """Yield the messages of a file in order; what stands outside of them is one that is refused."""
    before, *chunks = encodings.fin_text(data).replace("\r\n", "\n").split(_START)
    if len(chunks) > MESSAGES_MAX:
        raise Unreadable("too_large", f"More than {MESSAGES_MAX} FIN messages.")
    if before.strip(_BETWEEN):
        yield _headless(before)
    line = 1 + before.count("\n")
    is_inside = False
    for chunk in chunks:
        message = _message(chunk, line)
        yield _doubted(message) if is_inside else message
        is_inside = message.refused is not None and not _ends(chunk)
        line += chunk.count("\n")


def _headless(text: str) -> Enveloped:
    refused = Unreadable(
        "unknown_message_type",
        "Text without the headers of a FIN message: neither type nor sender.",
        "line 1",
    )
    return Enveloped(None, None, "", text, 1, refused)


def _message(chunk: str, line: int) -> Enveloped:
    """Return the message of what follows its `{1:`."""
    if len(chunk) > MESSAGE_CHARACTERS_MAX:
        sentence = f"{len(chunk)} characters; at most {MESSAGE_CHARACTERS_MAX} are read."
        return Enveloped(None, None, "", "", line, Unreadable("too_large", sentence, f"line {line}"))
    headers = _HEADERS.match(chunk)
    if headers is None:
        return _refused("Block 1 does not end.", line)
    basic, application, user = headers.groups()
    start = headers.end()
    if not chunk.startswith("{4:", start):
        return _refused("Block 4 does not follow the headers.", line, basic, application)
    end = chunk.find("\n-}", start)
    if end < 0:
        return _refused("Block 4 does not end.", line, basic, application)
    trailers = _TRAILERS.match(chunk, end + 3)
    if trailers is None:
        return _refused("What follows block 4 is no trailer.", line, basic, application)
    notes = f"{user or ''}{trailers[1] or ''}"
    return Enveloped(basic, application, notes, chunk[start + 3 : end], line + chunk.count("\n", 0, start))


def _refused(sentence: str, line: int, basic: str | None = None, application: str | None = None) -> Enveloped:
    return Enveloped(basic, application, "", "", line, Unreadable("malformed", sentence, f"line {line}"))


def _doubted(message: Enveloped) -> Enveloped:
    return _refused(
        "The message begins inside another one that does not end.",
        message.line,
        message.basic,
        message.application,
    )


def _ends(chunk: str) -> bool:
    """Return whether a message that is refused ends all the same, so that the next is none of its text."""
    tail = chunk.rstrip(" \n\r")
    if tail.endswith(tuple(_SEPARATORS)):
        return True
    return tail.endswith("}") and ("{4:\n" not in tail or "\n-}" in tail)
