"""The text of an ISO 15022 message: its fields by their place in the sequences.

A field is a line `:tag:value` and the lines that follow it, none of which begins with a colon or a hyphen.
Most have a qualifier and perhaps the scheme that their code is of: `:22F::SETR//TRAD`,
`:95R::BUYR/DTCYID/7`. `:16R:NAME` opens a sequence and `:16S:NAME` ends it; sequences nest. A place names
the sequences, the tag with `a` for whichever option is used, and the qualifier: `TRADDET/98a::ESET`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from workers.ingest.reading import Unreadable

FIELDS_MAX: Final = 4_000
DEPTH_MAX: Final = 8

_FIELD: Final = re.compile(r"\n:([0-9]{2}[A-Z]?):(?::([A-Z0-9]{4})/([A-Z0-9]{0,8})/)?")
_PARTS: Final = 4  # tag, qualifier, scheme, value; qualifier and scheme can be None
_NAME: Final = re.compile(r"[A-Z0-9]{1,16}\Z")
_BOUNDS: Final = frozenset({"16R", "16S"})
_WITHOUT_QUALIFIER: Final = frozenset({"23G", "35B"})


class Value(NamedTuple):
    """One occurrence of a field: its option letter, the scheme of its code, its value, its sequence's number.

    Two fields of the same sequence number stand in the same occurrence of a sequence.
    """

    option: str
    scheme: str
    text: str
    sequence: int


class TextBlock:
    """The fields of a message, found by their exact place; `outermost` names the sequences in none other."""

    __slots__ = ("_index", "_parts", "outermost")

    def __init__(
        self, parts: list[Any], index: dict[str, list[tuple[int, int]]], outermost: list[str]
    ) -> None:
        self._parts = parts
        self._index = index
        self.outermost = outermost

    @property
    def places(self) -> Iterable[str]:
        """The places that hold a field, each once, in the message's order."""
        return self._index

    def find(self, place: str) -> Sequence[Value]:
        """Return every occurrence of the field at exactly this place."""
        found = self._index.get(place)
        if found is None:
            return ()
        parts = self._parts
        return [Value(parts[at][2:], parts[at + 2] or "", parts[at + 3], number) for at, number in found]


class _Sequences:
    """The stack of sequences that are open while the fields are gone through."""

    __slots__ = ("_opened", "number", "outermost", "prefix")

    def __init__(self) -> None:
        self._opened: list[tuple[str, str, int]] = []
        self.outermost: list[str] = []
        self.prefix = ""
        self.number = 0

    def open(self, name: str, number: int) -> str | None:
        """Open a sequence; return what forbids it."""
        if not _NAME.match(name):
            return f"{name[:40]!r} is no name of a sequence."
        if not self._opened:
            self.outermost.append(name)
        self._opened.append((name, self.prefix, self.number))
        self.prefix, self.number = f"{self.prefix}{name}/", number
        return None

    def end(self, name: str) -> str | None:
        """End the innermost sequence; return what forbids it."""
        if not self._opened or self._opened[-1][0] != name:
            return f"{name[:40]!r} ends, but {self.innermost or 'none'} is open."
        _, self.prefix, self.number = self._opened.pop()
        return None

    @property
    def innermost(self) -> str:
        """The name of the innermost sequence that is open, empty where none is."""
        return self._opened[-1][0] if self._opened else ""

    @property
    def depth(self) -> int:
        """How many sequences are open."""
        return len(self._opened)


def read(text: str, line: int) -> TextBlock:
    """Return the fields of block 4; `text` begins each of its lines with a line feed, `line` is its first."""
    parts: list[Any] = _FIELD.split(text)
    _check_lines(text, parts, line)
    index: dict[str, list[tuple[int, int]]] = {}
    sequences = _Sequences()
    prefix, number = "", 0
    for at in range(1, len(parts), _PARTS):
        tag, qualifier = parts[at], parts[at + 1]
        if tag in _BOUNDS:
            _bound(sequences, parts, at, line)
            prefix, number = sequences.prefix, sequences.number
            continue
        if (qualifier is None) != (tag in _WITHOUT_QUALIFIER) or not prefix:
            raise Unreadable("malformed", _misplaced(tag, prefix), _where(parts, at, line))
        place = prefix + tag if qualifier is None else f"{prefix}{tag[:2]}a::{qualifier}"
        if place in index:
            index[place].append((at, number))
        else:
            index[place] = [(at, number)]
    if sequences.depth:
        raise Unreadable("malformed", f"The sequence {sequences.innermost} does not end.", f"line {line}")
    return TextBlock(parts, index, sequences.outermost)


def _bound(sequences: _Sequences, parts: list[Any], at: int, line: int) -> None:
    """Open or end the sequence that a field 16R or 16S names."""
    name = parts[at + 3]
    refused = sequences.open(name, at) if parts[at] == "16R" else sequences.end(name)
    if refused is not None:
        raise Unreadable("malformed", refused, _where(parts, at, line))
    if sequences.depth > DEPTH_MAX:
        raise Unreadable(
            "too_large", f"Sequences nested more than {DEPTH_MAX} deep.", _where(parts, at, line)
        )


def _check_lines(text: str, parts: list[Any], line: int) -> None:
    """Refuse lines that belong to no field, and what no text may hold."""
    fields = len(parts) // _PARTS
    if fields > FIELDS_MAX:
        raise Unreadable("too_large", f"{fields} fields; at most {FIELDS_MAX} are read.", f"line {line}")
    if parts[0]:
        raise Unreadable("malformed", "The text does not begin with a field.", f"line {line}")
    if text.count("\n:") != fields or "\n-" in text:
        sentence = "A line begins with a colon or a hyphen and is no field."
        raise Unreadable("malformed", sentence, f"line {line}")
    if "{" in text or "}" in text or "\r" in text:
        raise Unreadable("malformed", "A brace or a lone carriage return in the text.", f"line {line}")


def _misplaced(tag: str, prefix: str) -> str:
    if not prefix:
        return f"The field {tag} stands outside the sequences."
    return (
        f"The field {tag} has a qualifier."
        if tag in _WITHOUT_QUALIFIER
        else f"The field {tag} has no qualifier."
    )


def _where(parts: list[Any], at: int, line: int) -> str:
    """Return the line of the field at this place of the parts, for the reason."""
    before = sum(parts[each + 3].count("\n") + 1 for each in range(1, at, _PARTS))
    return f"line {line + before + 1}"
