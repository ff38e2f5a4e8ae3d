"""Envelopes: which header belongs to which document.

Custodians send a bare `Document`; `AppHdr` and `Document` side by side without a common root; both inside a
wrapper of any name (`RequestPayload`, `BizMsg`, SAA `DataPDU/Body`), each perhaps in a wrapper of its own
(`Hdr`, `Doc`); and several messages in one file. A document is never searched for another one: supplementary
data embeds documents that are no messages.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workers.ingest.xml_tree import Element


@dataclass(frozen=True, slots=True)
class Enveloped:
    """A message: its document and its header; without a document it is a header that stands alone.

    `doubtful` says that a header in the same file belongs to no document, so that a document without a header
    may have lost it.
    """

    document: Element | None
    header: Element | None
    doubtful: bool


def messages(file: Iterable[Element]) -> list[Enveloped]:
    """Return the messages of a file's parts in order: each document with the header that stands before it."""
    pairs = list(_pairs(_found(file)))
    orphaned = any(document is None for _, document in pairs)
    return [
        Enveloped(document=document, header=header, doubtful=orphaned and header is None)
        for header, document in pairs
    ]


def holds_messages(file: Iterable[Element]) -> bool:
    """Return whether there is any header or document."""
    return any(True for _ in _found(file))


def _found(file: Iterable[Element]) -> Iterator[Element]:
    """Yield headers and documents in the file's order, never from inside another."""
    for part in file:
        for element in part.outermost(("AppHdr", "Document", "SplmtryData")):
            if element.name != "SplmtryData":
                yield element


def _pairs(found: Iterable[Element]) -> Iterator[tuple[Element | None, Element | None]]:
    header = None
    for element in found:
        if element.name == "Document":
            yield header, element
            header = None
            continue
        if header is not None:
            yield header, None
        header = element
    if header is not None:
        yield header, None
