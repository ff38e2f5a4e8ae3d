"""XML to elements, with limits, by lxml (libxml2).

Entities and document types never take part: the text is parsed as the content of an element, where XML has
no place for a DOCTYPE. That also lets header and document stand side by side without a common root, as
custodians send them. Limits are counts, not clocks, so that the same bytes always read the same.
"""

from collections.abc import Collection, Iterator, Sequence
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
    """One element: its local name, and either a value or child elements; comments are left out.

    `value` is the text of an element without child elements, None of one that has some. Fields are found by
    their exact path, in an index of the whole element that the first `find` makes.
    """

    __slots__ = ("_index", "_inner", "_node", "name", "value")

    def __init__(self, node: etree._Element, name: str, value: str | None) -> None:
        self._node = node
        self._index: dict[str, list[Element]] | None = None
        self._inner: list[Element] | None = None
        self.name = name
        self.value = value

    @property
    def space(self) -> str:
        """The namespace, empty where there is none."""
        return self._node.tag.rpartition("}")[0][1:]

    @property
    def children(self) -> list["Element"]:
        """All child elements, of any namespace."""
        return [_element(node) for node in self._node]

    @property
    def first(self) -> "Element | None":
        """The first child element."""
        return _element(self._node[0]) if len(self._node) else None

    @property
    def is_mixed(self) -> bool:
        """Whether text stands between child elements, which no message here allows."""
        return self.value is None and _has_text_between(self._node)

    @property
    def inner(self) -> Sequence["Element"]:
        """The child elements in its own namespace."""
        if self._inner is None:
            self._fill()
        return self._inner or ()

    def attribute(self, name: str) -> str | None:
        """Return the value of an attribute without a namespace."""
        return self._node.get(name)

    def find(self, path: str) -> Sequence["Element"]:
        """Return every element at exactly this path of local names below this one, in its own namespace."""
        index = self._index
        if index is None:
            index = self._fill()
        return index.get(path, ())

    def outermost(self, names: Collection[str]) -> Iterator["Element"]:
        """Yield the elements of these local names below this one, in order, none from inside another."""
        for node in self._node:
            if _name(node) in names:
                yield _element(node)
            elif len(node):
                yield from _element(node).outermost(names)

    def count(self, names: Collection[str]) -> int:
        """Return how many elements of these local names there are below, but for supplementary data."""
        tags = [f"{{*}}{name}" for name in names]
        supplements = self._node.iter(f"{{*}}{_SUPPLEMENT}")
        beside = sum(1 for supplement in supplements for _ in supplement.iter(*tags))
        return sum(1 for _ in self._node.iter(*tags)) - beside

    def _fill(self) -> "dict[str, list[Element]]":
        index: dict[str, list[Element]] = {}
        tag = self._node.tag
        _fill(index, self, "", tag[: len(tag) - len(self.name)], _FIELD_DEPTH_MAX)
        self._index = index
        return index


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
    if part.is_mixed or (part.value or "").strip(_SPACE):
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
    return Element(node, _name(node), None if len(node) else node.text or "")


def _name(node: etree._Element) -> str:
    return node.tag.rpartition("}")[2]


def _fill(index: dict[str, list[Element]], element: Element, path: str, prefix: str, depth: int) -> None:
    """Index what is below an element by its path; another namespace is none of the message's fields.

    Supplementary data is left out: what stands there has no meaning of ours. So is what is deeper, or has a
    longer name, than any field: paths of hostile files would fill the memory.
    """
    node = element._node  # noqa: SLF001 - the tree fills its own elements
    inner = element._inner = []  # noqa: SLF001
    start, end = len(prefix), len(prefix) + _FIELD_NAME_CHARACTERS_MAX + 1
    between = node.text or ""
    for child in node:
        tail = child.tail
        if tail is not None:
            between += tail
        tag = child.tag
        if not tag.startswith(prefix) or (not prefix and tag[0] == "{"):
            continue
        name = tag[start:end]
        is_leaf = len(child) == 0
        made = Element(child, name, (child.text or "") if is_leaf else None)
        inner.append(made)
        if len(name) > _FIELD_NAME_CHARACTERS_MAX:
            continue
        here = path + name
        if here in index:
            index[here].append(made)
        else:
            index[here] = [made]
        if depth > 1 and not is_leaf and here != _SUPPLEMENT:
            _fill(index, made, here + "/", prefix, depth - 1)
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
