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

TAGS_MAX = 600_000
"""Opening and closing tags of a file: what bounds memory and time. A message has about 200."""
ATTRIBUTES_MAX = 250_000

_SPACE = " \t\r\n"
_FIELD_DEPTH_MAX = 8
_FIELD_NAME_CHARACTERS_MAX = 40
_SUPPLEMENT = "SplmtryData"
_LIMITS: Final = frozenset({etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG})


class Element:
    """One element: its namespace, its local name, and either text or child elements; comments are left out.

    Fields are found by their exact path, in an index of the whole element that the first `find` makes.
    """

    __slots__ = ("_index", "_node")

    def __init__(self, node: etree._Element) -> None:
        self._node = node
        self._index: dict[str, list[etree._Element]] | None = None

    @property
    def space(self) -> str:
        """The namespace, empty where there is none."""
        return self._node.tag.rpartition("}")[0][1:]

    @property
    def name(self) -> str:
        """The local name."""
        return self._node.tag.rpartition("}")[2]

    @property
    def children(self) -> list["Element"]:
        """All child elements, of any namespace."""
        return [Element(node) for node in self._node]

    @property
    def first(self) -> "Element | None":
        """The first child element."""
        return None if self.is_leaf else Element(self._node[0])

    @property
    def text(self) -> str:
        """The text before the first child element."""
        return self._node.text or ""

    @property
    def value(self) -> str | None:
        """The text of an element without child elements, None of one that has some."""
        node = self._node
        return None if len(node) else node.text or ""

    @property
    def is_leaf(self) -> bool:
        """Whether there are no child elements."""
        return len(self._node) == 0

    @property
    def is_mixed(self) -> bool:
        """Whether text stands between child elements, which no message here allows."""
        return not self.is_leaf and _has_text_between(self._node)

    def attribute(self, name: str) -> str | None:
        """Return the value of an attribute without a namespace."""
        return self._node.get(name)

    def find(self, path: str) -> Sequence["Element"]:
        """Return every element at exactly this path of local names below this one, in its own namespace."""
        index = self._index
        if index is None:
            index = self._index = {}
            _fill(index, self._node, "", self._prefix, _FIELD_DEPTH_MAX)
        nodes = index.get(path)
        if nodes is None:
            return ()
        return (Element(nodes[0]),) if len(nodes) == 1 else [Element(node) for node in nodes]

    def inner(self, name: str) -> Sequence["Element"]:
        """Return the child elements of this local name, in its own namespace.

        It needs no index, and looks for no text between them: the `find` that gave this element did.
        """
        return [Element(node) for node in self._node.iterchildren(self._prefix + name)]

    @property
    def inner_names(self) -> list[str]:
        """The local names of the child elements in its own namespace."""
        prefix = self._prefix
        tags = [node.tag.rpartition("}") for node in self._node]
        return [name for space, brace, name in tags if space + brace == prefix]

    @property
    def _prefix(self) -> str:
        return "".join(self._node.tag.rpartition("}")[:2])

    def outermost(self, names: Sequence[str], *, closed: Sequence[str]) -> Iterator["Element"]:
        """Yield the elements of these local names below this one, in order, none inside a `closed` one."""
        barriers = [f"{{*}}{name}" for name in closed]
        for node in self._node.iterdescendants(*(f"{{*}}{name}" for name in names)):
            if next(node.iterancestors(*barriers), None) is None:
                yield Element(node)


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
    part = Element(node)
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


def _fill(
    index: dict[str, list[etree._Element]], node: etree._Element, path: str, prefix: str, depth: int
) -> None:
    """Index what is below a node by its path; another namespace is none of the message's fields.

    Supplementary data is left out: what stands there has no meaning of ours. So is what is deeper, or has a
    longer name, than any field: paths of hostile files would fill the memory.
    """
    between = node.text or ""
    for child in node:
        tail = child.tail
        if tail is not None:
            between += tail
        tag = child.tag
        if not tag.startswith(prefix) or (not prefix and tag[0] == "{"):
            continue
        name = tag[len(prefix) :]
        if len(name) > _FIELD_NAME_CHARACTERS_MAX:
            continue
        here = path + name
        if here in index:
            index[here].append(child)
        else:
            index[here] = [child]
        if depth > 1 and len(child) and here != _SUPPLEMENT:
            _fill(index, child, here + "/", prefix, depth - 1)
    if between.strip(_SPACE):
        raise Unreadable("malformed", "Text stands between elements.", path or None)


def _has_text_between(node: etree._Element) -> bool:
    text = node.text
    if text is not None and text.strip(_SPACE):
        return True
    for child in node:
        tail = child.tail
        if tail is not None and tail.strip(_SPACE):
            return True
    return False
