"""From bytes to text: byte order marks and XML declarations (XML 1.0, sections 2.8, 4.3.3 and appendix F)."""

import codecs
import re

from workers.ingest.reading import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ASCII_BASED = frozenset(
    {"utf-8", "ascii", "cp1252", *(f"iso8859-{part}" for part in (*range(1, 12), 13, 14, 15, 16))}
)
_UTF16 = {"utf-16": ("utf-16-le", "utf-16-be"), "utf-16-le": ("utf-16-le",), "utf-16-be": ("utf-16-be",)}

_DECLARATION = re.compile(
    r"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:'1\.[0-9]+'|\"1\.[0-9]+\")"
    r"(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*['\"](?P<encoding>[A-Za-z][A-Za-z0-9._-]*)['\"])?"
    r"(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*['\"](?:yes|no)['\"])?"
    r"[ \t\r\n]*\?>"
)
_DECLARATION_START = re.compile(r"<\?xml[ \t\r\n]")
_DECLARATION_CHARACTERS_MAX = 400
_HEAD_BYTES = 1024
_SPACE = " \t\r\n"


def head(data: bytes) -> str:
    """Return the first characters, without byte order mark and white space; only to tell families apart."""
    codec, mark = _mark(data)
    body = data[len(mark) :] if codec in _UTF16 else data[len(mark) :].lstrip(_SPACE.encode())
    return body[:_HEAD_BYTES].decode(codec or "utf-8", errors="replace").lstrip(_SPACE)


def plain_text(data: bytes) -> str:
    """Return text that declares no encoding (JSON): UTF-8, or UTF-16 with a byte order mark."""
    codec, mark = _mark(data)
    return _decoded(data[len(mark) :], codec or "utf-8")


def fin_text(data: bytes) -> str:
    """Return text of messages whose standard knows ASCII alone; what is not UTF-8 is taken byte by byte.

    So one bad byte spoils one field, which its reader refuses, and not the other messages of the file.
    """
    codec, mark = _mark(data)
    body = data[len(mark) :]
    if codec in _UTF16:
        return _decoded(body, codec)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def xml_text(data: bytes) -> str:
    """Return XML text with its declaration; a declaration that contradicts the bytes is refused."""
    codec, mark = _mark(data)
    body = data[len(mark) :]
    if codec is None:
        declared = _declared(body[:_DECLARATION_CHARACTERS_MAX].decode("latin-1").lstrip(_SPACE))
        if declared is not None and declared not in _ASCII_BASED:
            raise Unreadable("malformed", f"The declaration says {declared}, the bytes do not.", "line 1")
        text = _decoded(body, declared or "utf-8")
    else:
        text = _decoded(body, codec)
        _agree(codec, _declared(text[:_DECLARATION_CHARACTERS_MAX].lstrip(_SPACE)))
    return text


def without_declaration(text: str) -> str:
    """Drop the declaration at the start; its line ends stay, so that lines count as in the file."""
    start = len(text) - len(text.lstrip(_SPACE))
    match = _DECLARATION.match(text, start)
    if match is None:
        return text
    return text[:start] + "\n" * match[0].count("\n") + text[match.end() :]


def declared_parts(text: str) -> list[tuple[int, str]]:
    """Split XML documents that stand one after the other at their declarations: first line (from 1) and text.

    They share the file's bytes, so a later declaration must name the encoding of the first.
    """
    starts = [0, *(match.start() for match in _DECLARATION_START.finditer(text))]
    parts = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    if not parts[0].strip(_SPACE):
        parts = parts[1:]
    if len({_declared(part) for part in parts}) > 1:
        raise Unreadable("malformed", "The declarations in the file name different encodings.")
    numbered = []
    line = 1
    for part in parts:
        numbered.append((line, without_declaration(part)))
        line += part.count("\n")
    return numbered


def _mark(data: bytes) -> tuple[str | None, bytes]:
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return codec, mark
    return None, b""


def _declared(text: str) -> str | None:
    """Return the codec that the declaration at the start names, normalised; None without one."""
    if not _DECLARATION_START.match(text):
        return None
    match = _DECLARATION.match(text)
    if match is None:
        raise Unreadable("malformed", "The XML declaration is not one of XML 1.0.", "line 1")
    if match["encoding"] is None:
        return None
    try:
        return codecs.lookup(match["encoding"]).name
    except LookupError:
        raise Unreadable(
            "malformed", f"The encoding {match['encoding'][:40]} is not known.", "line 1"
        ) from None


def _agree(codec: str, declared: str | None) -> None:
    if declared is None or declared == codec or codec in _UTF16.get(declared, ()):
        return
    raise Unreadable("malformed", f"The byte order mark says {codec}, the declaration {declared}.", "line 1")


def _decoded(body: bytes, codec: str) -> str:
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        raise Unreadable("malformed", f"Byte {error.start} is not {codec}.", f"byte {error.start}") from None
