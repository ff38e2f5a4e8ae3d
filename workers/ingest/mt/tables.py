"""The tables that are the messages: their fields, where each stands and how it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from workers.ingest.mt.fields import Read
from workers.ingest.mt.layout import Layout
from workers.ingest.mt.text_block import TextBlock
from workers.ingest.reading import Unreadable

_REMEMBERED: Final = 512


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name here, where it stands, how it is read, what it means (unit)."""

    name: str
    place: str
    read: Read
    meaning: str


class Table:
    """The fields of a message, or a part of them, in order; a table is equal to itself alone."""

    __slots__ = ("_absent", "fields", "places")

    def __init__(self, *fields: Field) -> None:
        self.fields = fields
        self.places = {one.name: one.place for one in fields}
        self._absent: dict[str, str | None] = dict.fromkeys(self.places)

    def values(self, block: TextBlock) -> dict[str, str | None]:
        """Return what the block says in the table's fields, by their names; None where nothing stands."""
        values = self._absent.copy()
        for name, place, read in _stated(self, block.layout):
            values[name] = read(block.find(place), place)
        return values

    def required(self, values: Mapping[str, str | None], name: str) -> str:
        """Return a value that the message must state."""
        value = values[name]
        if value is None:
            sentence = f"The message does not state {name.replace('_', ' ')}."
            raise Unreadable("missing_field", sentence, self.places[name])
        return value


@lru_cache(_REMEMBERED)
def _stated(table: Table, layout: Layout) -> list[tuple[str, str, Read]]:
    """Return name, place and reader of the table's fields that stand in a text of this layout."""
    return [(one.name, one.place, one.read) for one in table.fields if one.place in layout.fields]
