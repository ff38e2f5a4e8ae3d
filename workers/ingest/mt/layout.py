"""The layout of a text: which field stands in which sequences, whatever the values.

Messages of one sender repeat the same few layouts, so a layout is worked out once and remembered.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

DEPTH_MAX: Final = 8

_REMEMBERED: Final = 128
_QUALIFIED: Final = re.compile(r"([0-9]{2})([A-Z]?)::([A-Z0-9]{4})\Z")
_BOUND: Final = re.compile(r"16([RS]):([A-Z0-9]{1,16})\Z")
_PLAIN: Final = frozenset({"23G", "28E", "35B"})


@dataclass(frozen=True, slots=True)
class Fault:
    """Why fields make no layout: at which of them (from 0; their number for the end), and what is wrong."""

    at: int
    sentence: str
    is_too_deep: bool = False


@dataclass(slots=True, eq=False)
class Layout:
    """Places of fields, each with the fields that stand there: number, option letter, number of the sequence.

    Numbers count from 0. `by_tag` gives the places of a tag in any sequence, by `20a`. `outermost` names the
    sequences that stand in no other; `sequences` gives the numbers of those at a place, by `SUBSAFE/FIN`. A
    layout is equal to itself alone, so that what follows from it can be remembered with it.
    """

    fields: dict[str, list[tuple[int, str, int]]] = field(default_factory=dict)
    by_tag: dict[str, list[str]] = field(default_factory=dict)
    outermost: list[str] = field(default_factory=list)
    sequences: dict[str, list[int]] = field(default_factory=dict)

    def put(self, place: str, tag: str, occurrence: tuple[int, str, int]) -> None:
        """Note that a field stands at the place."""
        if place not in self.fields:
            self.fields[place] = []
            self.by_tag.setdefault(tag, []).append(place)
        self.fields[place].append(occurrence)


@lru_cache(_REMEMBERED)
def layout(heads: tuple[str, ...]) -> Layout | Fault:
    """Return where fields stand, by their heads in order: `16R:GENL`, `20C::SEME`, `23G`."""
    result = Layout()
    opened: list[tuple[str, str, int]] = []
    prefix, sequence = "", 0
    for at, head in enumerate(heads):
        bound = _BOUND.match(head)
        if bound is None:
            if not prefix:
                return Fault(at, f"The field {head[:40]!r} stands outside the sequences.")
            if not _put(result, head, prefix, at, sequence):
                return Fault(at, f"{head[:40]!r} begins no field of the standard.")
        elif bound[1] == "R":
            if len(opened) == DEPTH_MAX:
                return Fault(at, f"Sequences nested more than {DEPTH_MAX} deep.", is_too_deep=True)
            if not opened:
                result.outermost.append(bound[2])
            opened.append((bound[2], prefix, sequence))
            result.sequences.setdefault(f"{prefix}{bound[2]}", []).append(at)
            prefix, sequence = f"{prefix}{bound[2]}/", at
        else:
            if not opened or opened[-1][0] != bound[2]:
                return Fault(at, f"{bound[2]} ends, but {opened[-1][0] if opened else 'nothing'} is open.")
            _, prefix, sequence = opened.pop()
    return Fault(len(heads), f"The sequence {opened[-1][0]} does not end.") if opened else result


def _put(result: Layout, head: str, prefix: str, at: int, sequence: int) -> bool:
    """Note where the field stands; return whether its head is one of the standard's."""
    if head in _PLAIN:
        result.put(prefix + head, head, (at, head[2:], sequence))
        return True
    match = _QUALIFIED.match(head)
    if match is None or match[1] in {"16", "23", "35"}:
        return False
    result.put(f"{prefix}{match[1]}a::{match[3]}", f"{match[1]}a", (at, match[2], sequence))
    return True
