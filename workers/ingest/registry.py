"""The one entrance: bytes to readings, by a table of dialect families.

Any bytes at all give at least one reading and never an exception. A family is told by the first characters;
the readers of a family have one shape, so that a new dialect is one line in a table.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from workers.ingest import (
    encodings,
    event_stream,
    json_values,
    reading,
    tallystick,
    unsupported,
    xml_tree,
)
from workers.ingest.alpaca import reader as alpaca
from workers.ingest.iso20022 import reader as iso20022
from workers.ingest.json_values import Found
from workers.ingest.mt import reader as mt
from workers.ingest.profiles import NO_PROFILES, Profiles
from workers.ingest.reading import Reading, Unreadable
from workers.ingest.xml_tree import Element

NAME = "registry"
VERSION = "1"
BYTES_MAX = 16 * 1024 * 1024


class XmlReader(Protocol):
    """A reader of XML files: a module of this shape."""

    NAME: str
    VERSION: str

    def recognises(self, file: Sequence[Element]) -> bool:
        """Return whether the file is of this reader's dialects."""

    def read(self, file: Sequence[Element], *, profiles: Profiles, lenient: bool) -> list[Reading]:
        """Return the readings of the file, at least one."""


class ObjectReader(Protocol):
    """A reader of JSON objects: a module of this shape."""

    NAME: str
    VERSION: str

    def recognises(self, value: dict[str, Any]) -> bool:
        """Return whether the object is of this reader's dialects."""

    def read(self, value: dict[str, Any], *, profiles: Profiles, lenient: bool) -> list[Reading]:
        """Return the readings of the object, at least one; `Unreadable` parks it."""


XML_READERS: Final[tuple[XmlReader, ...]] = (iso20022,)
OBJECT_READERS: Final[tuple[ObjectReader, ...]] = (tallystick, alpaca)

READERS: Final[dict[str, str]] = {
    NAME: VERSION,
    mt.NAME: mt.VERSION,
    **{reader.NAME: reader.VERSION for reader in XML_READERS},
    **{reader.NAME: reader.VERSION for reader in OBJECT_READERS},
}
"""The version of every reader by its name, as readings carry them."""


class Family(NamedTuple):
    """Dialects that begin with the same characters, and what reads them."""

    starts: tuple[str, ...]
    read: Callable[[bytes, Profiles, bool], list[Reading]]


def read(data: bytes, *, profiles: Profiles = NO_PROFILES, lenient: bool = False) -> list[Reading]:
    """Return what the bytes of a file mean, one reading for each message found, in the file's order."""
    try:
        return _read(data, profiles, lenient)
    except Unreadable as unreadable:
        return [_parked(unreadable)]
    except Exception as error:  # noqa: BLE001 - a fault of a reader must not lose a message or stop an inbox
        fault = f"The reader failed ({type(error).__name__}); this is a fault of the program."
        return [_parked(Unreadable("malformed", fault))]


def _read(data: bytes, profiles: Profiles, lenient: bool) -> list[Reading]:  # noqa: FBT001 - one shape for all
    if len(data) > BYTES_MAX:
        raise Unreadable("too_large", f"{len(data)} bytes; at most {BYTES_MAX} are read.")
    head = encodings.head(data)
    for family in FAMILIES:
        if head.startswith(family.starts):
            return family.read(data, profiles, lenient)
    raise Unreadable(
        "not_a_message", "The bytes are no message of a known form." if head else "An empty file."
    )


def _xml(data: bytes, profiles: Profiles, lenient: bool) -> list[Reading]:  # noqa: FBT001
    file = xml_tree.parts(data)
    for reader in XML_READERS:
        if reader.recognises(file):
            return reader.read(file, profiles=profiles, lenient=lenient)
    return [_unknown(*unsupported.xml(file))]


def _json(data: bytes, profiles: Profiles, lenient: bool) -> list[Reading]:  # noqa: FBT001
    return _json_objects(json_values.objects(data), profiles=profiles, lenient=lenient)


def _event_stream(data: bytes, profiles: Profiles, lenient: bool) -> list[Reading]:  # noqa: FBT001
    return _json_objects(event_stream.objects(data), profiles=profiles, lenient=lenient)


def _json_objects(found: list[Found], *, profiles: Profiles, lenient: bool) -> list[Reading]:
    return [one for each in found for one in _json_object(each, profiles=profiles, lenient=lenient)]


def _json_object(found: Found, *, profiles: Profiles, lenient: bool) -> list[Reading]:
    if found.value is None:
        return [_parked(found.refused or Unreadable("malformed", "No JSON object."))]
    for reader in OBJECT_READERS:
        if reader.recognises(found.value):
            try:
                return reader.read(found.value, profiles=profiles, lenient=lenient)
            except Unreadable as unreadable:
                return [reading.parked(unreadable, reader=reader.NAME, version=reader.VERSION)]
    return [_unknown(*unsupported.json_object(found.value))]


def _fin(data: bytes, profiles: Profiles, lenient: bool) -> list[Reading]:  # noqa: FBT001
    return mt.read(data, profiles=profiles, lenient=lenient)


def _fix(data: bytes, _profiles: Profiles, _lenient: bool) -> list[Reading]:  # noqa: FBT001
    return [_unknown(*unsupported.fix(encodings.head(data)))]


def _unknown(dialect: str | None, description: str) -> Reading:
    unreadable = Unreadable("unknown_message_type", f"This appears to be {description}; no reader takes it.")
    return _parked(unreadable, dialect)


def _parked(unreadable: Unreadable, dialect: str | None = None) -> Reading:
    return reading.parked(unreadable, reader=NAME, version=VERSION, dialect=dialect)


FAMILIES: Final = (
    # before JSON, which begins with a brace as well; a block without its headers is still none of JSON
    Family(("{1:", "{2:", "{4:", "\x01{1:", "${1:", "$\n{1:", "$\r\n{1:"), _fin),
    Family(("8=FIX",), _fix),
    Family(("<",), _xml),
    Family(("{", "["), _json),
    Family(event_stream.STARTS, _event_stream),
)
