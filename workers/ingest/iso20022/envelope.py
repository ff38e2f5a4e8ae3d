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


def messages(roots: Iterable[Element]) -> list[Enveloped]:
    """Return the file's messages in order: each document with the header that stands before it."""
    pairs = list(_pairs(_parts(roots)))
    orphaned = any(document is None for _, document in pairs)
    return [
        Enveloped(document=document, header=header, doubtful=orphaned and header is None)
        for header, document in pairs
    ]


def holds_messages(roots: Iterable[Element]) -> bool:
    """Return whether there is any header or document."""
    return any(True for _ in _parts(roots))


def _parts(elements: Iterable[Element]) -> Iterator[Element]:
    """Yield headers and documents in the file's order, without looking inside them."""
    waiting = [iter(elements)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif element.name in {"AppHdr", "Document"}:
            yield element
        elif element.name != "SplmtryData":
            waiting.append(iter(element.children))


def _pairs(parts: Iterable[Element]) -> Iterator[tuple[Element | None, Element | None]]:
    header = None
    for part in parts:
        if part.name == "Document":
            yield header, part
            header = None
            continue
        if header is not None:
            yield header, None
        header = part
    if header is not None:
        yield header, None
