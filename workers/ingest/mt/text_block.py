"""The text of an ISO 15022 message: its fields by their place in the sequences.

A field is a line `:tag:value` and the lines that follow it, none of which begins with a colon or a hyphen.
Most have a qualifier and perhaps the scheme that their code is of: `:22F::SETR//TRAD`,
`:95R::BUYR/DTCYID/7`. `:16R:NAME` opens a sequence and `:16S:NAME` ends it; sequences nest. A place names
the sequences, the tag with `a` for whichever option is used, and the qualifier: `TRADDET/98a::ESET`.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from workers.ingest.mt.layout import Fault, Layout, layout
from workers.ingest.reading import Unreadable

FIELDS_MAX: Final = 1_000

_PLAIN_HEAD_CHARACTERS: Final = 9  # 20C::SEME, which the two slashes of an absent scheme follow
_BOUND: Final = "16"  # opens or ends a sequence: all of it is head
_HEAD: Final = re.compile(r"([0-9]{2}[A-Z]?::[A-Z0-9]{4})/([A-Z0-9]{1,8})/|(23G|28E|35B):")


class Value(msgspec.Struct, frozen=True, gc=False):
    """One occurrence of a field: its option letter, the scheme of its code, its value, its sequence's number.

    Two fields of the same sequence number stand in the same occurrence of a sequence.
    """

    option: str
    scheme: str
    text: str
    sequence: int


class TextBlock:
    """The fields of a message, found by their exact place."""

    __slots__ = ("_schemes", "_texts", "layout")

    def __init__(self, layout: Layout, texts: list[str], schemes: dict[int, str]) -> None:
        self.layout = layout
        self._texts = texts
        self._schemes = schemes

    def places(self, tag: str) -> Sequence[str]:
        """Return the places where the tag stands, in any sequence: `20a`."""
        return self.layout.by_tag.get(tag, ())

    def find(self, place: str) -> Sequence[Value]:
        """Return every occurrence of the field at exactly this place."""
        found = self.layout.fields.get(place)
        if found is None:
            return ()
        texts, scheme = self._texts, self._schemes.get
        if len(found) == 1:
            at, option, sequence = found[0]
            return (Value(option, scheme(at, ""), texts[at], sequence),)
        return [Value(option, scheme(at, ""), texts[at], sequence) for at, option, sequence in found]

    def by_sequence(self, place: str) -> dict[int, list[Value]]:
        """Return the occurrences of the field at this place by their sequences' numbers."""
        found: dict[int, list[Value]] = {}
        for value in self.find(place):
            found.setdefault(value.sequence, []).append(value)
        return found


def read(text: str, line: int) -> TextBlock:
    """Return the fields of block 4; `text` begins each of its lines with a line feed, `line` is its first."""
    before, *fields = text.split("\n:")
    _check_lines(text, before, len(fields), line)
    heads: list[str] = []
    texts: list[str] = []
    schemes: dict[int, str] = {}
    for field in fields:
        head, mark, value = field.partition("//")
        is_plain = len(head) == _PLAIN_HEAD_CHARACTERS and head[3:5] == "::" if mark else head[:2] == _BOUND
        if not is_plain:
            head, scheme, value = _unusual(field)
            if scheme:
                schemes[len(heads)] = scheme
        heads.append(head)
        texts.append(value)
    found = layout(tuple(heads))
    if isinstance(found, Fault):
        code: Final = "too_large" if found.is_too_deep else "malformed"
        lines = sum(field.count("\n") + 1 for field in fields[: found.at])
        raise Unreadable(code, found.sentence, f"line {line + 1 + lines}")
    return TextBlock(found, texts, schemes)


def _unusual(field: str) -> tuple[str, str, str]:
    """Return head, scheme and value of a field without a qualifier or with a scheme; a bad head is all."""
    match = _HEAD.match(field)
    if match is None:
        return field[:40], "", ""
    qualified, scheme, plain = match.groups()
    return qualified or plain, scheme or "", field[match.end() :]


def _check_lines(text: str, before: str, fields: int, line: int) -> None:
    """Refuse what no text may hold."""
    if fields > FIELDS_MAX:
        raise Unreadable("too_large", f"{fields} fields; at most {FIELDS_MAX} are read.", f"line {line}")
    if before:
        raise Unreadable("malformed", "The text does not begin with a field.", f"line {line + 1}")
    if "\n-" in text:
        raise Unreadable("malformed", "A line in the text begins with a hyphen.", f"line {line}")
    if "{" in text or "}" in text or "\r" in text:
        raise Unreadable("malformed", "A brace or a lone carriage return in the text.", f"line {line}")
