"""XML to elements, with limits, by lxml (libxml2).

Entities and document types never take part: the text is parsed as the content of an element, where XML has
no place for a DOCTYPE. That also lets header and document stand side by side without a common root, as
custodians send them. Limits are counts, not clocks, so that the same bytes always read the same.
"""

from collections.abc import Iterator, Sequence
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

    __slots__ = ("_named", "_node", "_prefix", "name", "space")

    def __init__(self, node: etree._Element, space: str, name: str, prefix: str) -> None:
        self._node = node
        self._named: dict[str, list[Element]] | None = None
        self._prefix = prefix
        self.space = space
        self.name = name

    @property
    def children(self) -> list["Element"]:
        """All child elements, of any namespace."""
        return [_element(node) for node in self._node]

    @property
    def first(self) -> "Element | None":
        """The first child element."""
        return None if self.is_leaf else _element(self._node[0])

    def outermost(self, names: Sequence[str], *, closed: Sequence[str]) -> Iterator["Element"]:
        """Yield the elements of these local names below this one, in order, none inside a `closed` one."""
        barriers = [f"{{*}}{name}" for name in closed]
        for node in self._node.iterdescendants(*(f"{{*}}{name}" for name in names)):
            if next(node.iterancestors(*barriers), None) is None:
                yield _element(node)

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
        tails = "".join([node.tail or "" for node in self._node])
        return bool(tails.strip(_SPACE)) or (not self.is_leaf and bool(self.text.strip(_SPACE)))

    def attribute(self, name: str) -> str | None:
        """Return the value of an attribute without a namespace."""
        return self._node.get(name)

    def named(self, name: str) -> Sequence["Element"]:
        """Return the children of this local name and the element's own namespace; no others."""
        return (self._named or self._by_name()).get(name, ())

    def find(self, steps: Sequence[str]) -> Sequence["Element"]:
        """Return every element at exactly this path of local names below this one."""
        found: Sequence[Element] = (self,)
        for step in steps:
            if len(found) > 1:
                found = [child for element in found for child in element.named(step)]
                continue
            if not found:
                break
            named = found[0]._named or found[0]._by_name()  # noqa: SLF001 - of the same class; `named` inlined
            found = named.get(step, ())
        return found

    def _by_name(self) -> dict[str, list["Element"]]:
        named: dict[str, list[Element]] = {}
        node, space, prefix = self._node, self.space, self._prefix
        between = node.text or ""
        for child in node:
            if child.tail:
                between += child.tail
            tag = child.tag
            if not tag.startswith(prefix):
                continue
            element = Element(child, space, tag[len(prefix) :], prefix)
            named.setdefault(element.name, []).append(element)
        if named and between.strip(_SPACE):
            raise Unreadable("malformed", f"Text stands between the elements of {self.name}.", self.name)
        self._named = named
        return named


def parts(data: bytes) -> list[Element]:
    """Return the file's XML, each part an element of ours whose children are the file's outermost elements.

    There is one part, or one for each XML declaration where whole documents stand one after the other.
    """
    text = encodings.xml_text(data)
    if text.count("<") > TAGS_MAX or text.count("=") > ATTRIBUTES_MAX:
        raise Unreadable("too_large", f"More than {TAGS_MAX} tags or {ATTRIBUTES_MAX} attributes.")
    try:
        return [_parsed(encodings.without_declaration(text), first_line=1)]
    except Unreadable:
        declared = encodings.declared_parts(text)
        if len(declared) == 1:
            raise
    return [_parsed(part, first_line=line) for line, part in declared]


def _parsed(text: str, *, first_line: int) -> Element:
    """Return the element that holds the text; `first_line` is the text's place in the file, from 1."""
    try:
        node = etree.fromstring(f"<file>{text}</file>".encode(), _parser())
    except etree.XMLSyntaxError as error:
        raise _refused(error, text, first_line) from None
    part = _element(node)
    if part.is_mixed or (part.is_leaf and part.text.strip(_SPACE)):
        raise Unreadable("malformed", "Text stands outside the elements.")
    return part


def _refused(error: etree.XMLSyntaxError, text: str, first_line: int) -> Unreadable:
    where = f"line {first_line - 1 + (error.lineno or 1)}"
    message = str(error.msg).split(", line ")[0].strip()[:200]
    if _code(error) in _LIMITS:
        return Unreadable("too_large", f"The XML passes a limit: {message}.", where)
    if "<!DOCTYPE" in text:
        return Unreadable("malformed", "A DOCTYPE is refused.", where)
    return Unreadable("malformed", f"Not well-formed XML: {message}.", where)


def _code(error: etree.XMLSyntaxError) -> int:
    return int(getattr(error, "code", 0))  # the stubs leave it out


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
    brace, _, name = node.tag.rpartition("}")
    return Element(node, brace[1:], name, brace and brace + "}")
