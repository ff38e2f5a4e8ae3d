"""XML to elements, with limits, by lxml (libxml2).

Entities and document types never take part: the text is parsed as the content of an element, where XML has
no place for a DOCTYPE. That also lets header and document stand side by side without a common root, as
custodians send them. Limits are counts, not clocks, so that the same bytes always read the same.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from lxml import etree

from workers.ingest import encodings
from workers.ingest.reading import Unreadable

TAGS_MAX = 1_000_000
"""Opening and closing tags of a file: what bounds memory and time. A message has about 200."""
ATTRIBUTES_MAX = 250_000

_SPACE = " \t\r\n"
_LIMITS: Final = frozenset({etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG})


class Element:
    """One element: its namespace, its local name, and either text or child elements; comments are left out.

    It looks at its children when it is asked for them, so what no reader reads costs nothing.
    """

    __slots__ = ("_children", "_named", "_node", "name", "space")

    def __init__(self, node: etree._Element, space: str, name: str) -> None:
        self._node = node
        self._children: list[Element] | None = None
        self._named: dict[str, list[Element]] | None = None
        self.space = space
        self.name = name

    @property
    def children(self) -> list["Element"]:
        """All child elements, of any namespace."""
        if self._children is None:
            self._children = [_element(node) for node in self._node]
        return self._children

    @property
    def text(self) -> str:
        """The text before the first child element."""
        return self._node.text or ""

    @property
    def is_leaf(self) -> bool:
        """Whether there are no child elements."""
        return len(self._node) == 0

    @property
    def is_mixed(self) -> bool:
        """Whether text stands between child elements, which no message here allows."""
        if self.is_leaf:
            return False
        return bool(self.text.strip(_SPACE)) or any((node.tail or "").strip(_SPACE) for node in self._node)

    def attribute(self, name: str) -> str | None:
        """Return the value of an attribute without a namespace."""
        return self._node.get(name)

    def named(self, name: str) -> Sequence["Element"]:
        """Return the children of this local name and the element's own namespace; no others."""
        if self._named is None:
            self._named = self._by_name()
        return self._named.get(name, ())

    def find(self, steps: Iterable[str]) -> Sequence["Element"]:
        """Return every element at exactly this path of local names below this one."""
        found: Sequence[Element] = (self,)
        for step in steps:
            if len(found) == 1:
                found = found[0].named(step)
            else:
                found = [child for element in found for child in element.named(step)]
        return found

    def _by_name(self) -> dict[str, list["Element"]]:
        if self.is_mixed:
            raise Unreadable("malformed", f"Text stands between the elements of {self.name}.", self.name)
        named: dict[str, list[Element]] = {}
        for child in self.children:
            if child.space == self.space:
                named.setdefault(child.name, []).append(child)
        return named


def roots(data: bytes) -> list[Element]:
    """Return the outermost elements of the file, in order; usually one."""
    text = encodings.xml_text(data)
    try:
        return _parsed(encodings.without_declaration(text), first_line=1)
    except Unreadable:
        parts = encodings.declared_parts(text)
        if len(parts) == 1:
            raise
    return [root for line, part in parts for root in _parsed(part, first_line=line)]


def _parsed(text: str, *, first_line: int) -> list[Element]:
    """Return the outermost elements of the text; `first_line` is its place in the file, from 1."""
    if text.count("<") > TAGS_MAX or text.count("=") > ATTRIBUTES_MAX:
        raise Unreadable("too_large", f"More than {TAGS_MAX} tags or {ATTRIBUTES_MAX} attributes.")
    try:
        node = etree.fromstring(f"<file>{text}</file>".encode(), _parser())
    except etree.XMLSyntaxError as error:
        raise _refused(error, text, first_line) from None
    file = _element(node)
    if file.is_mixed or (file.is_leaf and file.text.strip(_SPACE)):
        raise Unreadable("malformed", "Text stands outside the elements.")
    return file.children


def _refused(error: etree.XMLSyntaxError, text: str, first_line: int) -> Unreadable:
    where = f"line {first_line - 1 + (error.lineno or 1)}"
    message = str(error.msg).split(", line ")[0].strip()[:200]
    if error.code in _LIMITS:
        return Unreadable("too_large", f"The XML passes a limit: {message}.", where)
    if "<!DOCTYPE" in text:
        return Unreadable("malformed", "A DOCTYPE is refused.", where)
    return Unreadable("malformed", f"Not well-formed XML: {message}.", where)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
    )


def _element(node: etree._Element) -> Element:
    space, _, name = node.tag.rpartition("}")
    return Element(node, space[1:], name)
