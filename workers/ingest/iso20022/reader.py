"""The reader of ISO 20022 messages: which message a document holds, and what is done with it."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from schemas.confirmation import ReadingCode, Reason
from workers.ingest import reading
from workers.ingest.iso20022 import envelope, header, semt002, sese025, sese026
from workers.ingest.iso20022.envelope import Enveloped
from workers.ingest.iso20022.header import Header
from workers.ingest.profiles import Profiles
from workers.ingest.reading import Meaning, Reading, Unreadable
from workers.ingest.xml_tree import Element

NAME = "iso20022"
VERSION = "1"

_NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2})\Z")


class MessageReader(Protocol):
    """The module of a message that is read: its element, the versions of its variant 001, and `read`."""

    ELEMENT: str
    VERSIONS: range

    def read(
        self, body: Element, header: Header, *, profiles: Profiles, lenient: bool, warnings: list[str]
    ) -> Meaning:
        """Return what the message says, or why it proves no movement."""


class Message(NamedTuple):
    """A message that is known: its element, and the information that it is or what reads it."""

    element: str
    meaning: ReadingCode | MessageReader


KNOWN: Final = {
    "semt.002": Message(semt002.ELEMENT, semt002),
    "sese.023": Message("SctiesSttlmTxInstr", "instruction"),
    "sese.024": Message("SctiesSttlmTxStsAdvc", "status_advice"),
    "sese.025": Message(sese025.ELEMENT, sese025),
    "sese.026": Message(sese026.ELEMENT, sese026),
}
_SENTENCES: Final = {
    "instruction": "An instruction: nothing has settled by it.",
    "status_advice": "The status of an instruction: nothing has settled by it.",
}


def recognises(file: Sequence[Element]) -> bool:
    """Return whether the file holds a header or a document."""
    return envelope.holds_messages(file)


def read(file: Sequence[Element], *, profiles: Profiles, lenient: bool) -> list[Reading]:
    """Return the readings of each message of the file, in its order."""
    return [
        one
        for message in envelope.messages(file)
        for one in _read(message, profiles=profiles, lenient=lenient)
    ]


def _read(message: Enveloped, *, profiles: Profiles, lenient: bool) -> list[Reading]:
    dialect = _dialect(message)
    warnings: list[str] = []
    try:
        meaning = _meaning(message, dialect, profiles=profiles, lenient=lenient, warnings=warnings)
    except Unreadable as unreadable:
        return [reading.parked(unreadable, reader=NAME, version=VERSION, dialect=dialect)]
    return reading.readings(
        meaning, reader=NAME, version=VERSION, dialect=dialect or "", warnings=tuple(warnings)
    )


def _dialect(message: Enveloped) -> str | None:
    """Return the message definition that the document's namespace names."""
    if message.document is None:
        return None
    match = _NAMESPACE.match(message.document.space)
    return match[1] if match else None


def _meaning(
    message: Enveloped, dialect: str | None, *, profiles: Profiles, lenient: bool, warnings: list[str]
) -> Meaning:
    if message.document is None:
        raise Unreadable("malformed", "A header without its document.", "/AppHdr")
    if message.doubtful:
        raise Unreadable("ambiguous", "Which header of the file belongs to this document?", "/AppHdr")
    if dialect is None:
        raise Unreadable("unknown_message_type", _unknown_namespace(message.document), "/Document")
    announced = None if message.header is None else header.definition(message.header)
    if announced not in {None, dialect}:
        raise Unreadable(
            "ambiguous", f"The header announces {announced}, the document is {dialect}.", "/AppHdr/MsgDefIdr"
        )
    body = _body(message.document, dialect)
    module = KNOWN[dialect[:8]].meaning
    if isinstance(module, str):
        return Reason(code=module, text=_SENTENCES[module], where=f"/Document/{body.name}")
    read = [f"{dialect[:8]}.001.{version:02}" for version in module.VERSIONS]
    if dialect not in read:
        raise Unreadable(
            "unknown_message_type", f"{dialect} is not read; {read[0]} to {read[-1]} are.", "/Document"
        )
    sender = header.NO_HEADER if message.header is None else header.read(message.header)
    return module.read(body, sender, profiles=profiles, lenient=lenient, warnings=warnings)


def _body(document: Element, dialect: str) -> Element:
    """Return the message inside the document, which must be the one that the namespace announces."""
    known = KNOWN.get(dialect[:8])
    if known is None:
        raise Unreadable(
            "unknown_message_type", f"An ISO 20022 message {dialect}, which is not read.", "/Document"
        )
    bodies = [child for child in document.children if child.space == document.space]
    if document.is_mixed or len(bodies) != 1 or len(document.children) != 1:
        raise Unreadable("malformed", "A document holds exactly one message.", "/Document")
    if bodies[0].name == known.element:
        return bodies[0]
    if bodies[0].name in {message.element for message in KNOWN.values()}:
        raise Unreadable(
            "ambiguous", f"The namespace says {dialect}, the element {bodies[0].name}.", "/Document"
        )
    raise Unreadable("malformed", f"{dialect} does not hold {bodies[0].name[:40]}.", "/Document")


def _unknown_namespace(document: Element) -> str:
    content = "nothing" if document.first is None else document.first.name[:40]
    return f"A document of namespace {document.space[:80]!r} with {content}, which is no registered one."
