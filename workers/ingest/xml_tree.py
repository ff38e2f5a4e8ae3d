"""XML to a small tree of elements, with limits, by the expat parser of the standard library.

Entities and document types never take part: the text is parsed as the content of an element, where XML has no
place for a DOCTYPE. That also lets header and document stand side by side without a common root, as custodians
send them. Limits are counts, not clocks, so that the same bytes always read the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from xml.parsers import expat

from workers.ingest import encodings
from workers.ingest.reading import Unreadable

DEPTH_MAX = 64
ELEMENTS_MAX = 500_000

_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})
_NO_CHILDREN: list["Element"] = []  # shared by all leaves; a first child brings a list of its own
_SPACE = " \t\r\n"
_WRAPPER = "file"
_MISPLACED_DECLARATION = expat.errors.codes[expat.errors.XML_ERROR_MISPLACED_XML_PI]


class Element:
    """One element: its namespace and local name, its attributes, and either text or child elements.

    `text` is the text of an element without children, comments left out; `mixed` says that text stands between
    child elements, which no message here allows.
    """

    __slots__ = ("_named", "attributes", "children", "mixed", "name", "space", "text")

    def __init__(self, space: str, name: str, attributes: Mapping[str, str]) -> None:
        self.space = space
        self.name = name
        self.attributes = attributes
        self.children = _NO_CHILDREN
        self.text = ""
        self.mixed = False
        self._named: dict[str, list[Element]] | None = None

    def named(self, name: str) -> Sequence["Element"]:
        """Return the children of this local name, of the element's own namespace: others are not its fields."""
        named = self._named
        if named is None:
            named = self._named = self._by_name()
        return named.get(name, ())

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
        if self.mixed:
            raise Unreadable("malformed", f"Text stands between the elements of {self.name}.", self.name)
        named: dict[str, list[Element]] = {}
        for child in self.children:
            if child.space == self.space:
                named.setdefault(child.name, []).append(child)
        return named


def roots(data: bytes) -> list[Element]:
    """Return the outermost elements of the file, in order; usually one."""
    text = encodings.xml_text(data)
    found = _parsed(encodings.without_declaration(text), first_line=1)
    if found is not None:
        return found
    parsed: list[Element] = []
    for line, part in encodings.declared_parts(text):
        document = _parsed(part, first_line=line)
        if document is None:
            raise Unreadable("malformed", "A declaration stands inside an element.", f"line {line}")
        parsed += document
    return parsed


def _parsed(text: str, *, first_line: int) -> list[Element] | None:
    """Return the outermost elements of the text, or None where a declaration stands inside it."""
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    builder = _Builder(parser)
    try:
        for piece in _wrapped(text):
            parser.Parse(piece, False)  # noqa: FBT003 - expat takes it by position only
        parser.Parse(b"", True)  # noqa: FBT003 - the same
    except expat.ExpatError as error:
        if error.code == _MISPLACED_DECLARATION:
            return None
        sentence = "A DOCTYPE is refused" if "<!DOCTYPE" in text else expat.ErrorString(error.code)
        raise Unreadable(
            "malformed", f"Not well-formed XML: {sentence}.", f"line {first_line - 1 + error.lineno}"
        ) from None
    file = builder.top.children[0]
    if file.mixed or file.text.strip(_SPACE):
        raise Unreadable("malformed", "Text stands outside the elements.")
    return file.children


def _wrapped(text: str) -> Iterator[bytes]:
    yield f"<{_WRAPPER}>".encode()
    yield text.encode()
    yield f"</{_WRAPPER}>".encode()


class _Builder:
    """Builds the tree from the parser's events; raises `too_large` as soon as a limit is passed."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.top = Element("", "", _NO_ATTRIBUTES)
        self._open = [self.top]
        self._count = 0
        self._text: list[str] = []
        self._names: dict[str, tuple[str, str]] = {}
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > ELEMENTS_MAX:
            raise Unreadable("too_large", f"More than {ELEMENTS_MAX} elements.")
        if len(self._open) > DEPTH_MAX + 1:  # the wrapper is no element of the file
            raise Unreadable("too_large", f"Elements are nested more than {DEPTH_MAX} deep.")
        parent = self._open[-1]
        if self._text:
            self._mix(parent)
        names = self._names.get(name)
        if names is None:
            space, _, local = name.rpartition(" ")
            names = self._names[name] = (space, local)
        element = Element(names[0], names[1], attributes or _NO_ATTRIBUTES)
        if parent.children:
            parent.children.append(element)
        else:
            parent.children = [element]
        self._open.append(element)

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        if element.children:
            self._mix(element)
        elif self._text:
            element.text = "".join(self._text)
            self._text.clear()

    def _mix(self, element: Element) -> None:
        if not element.mixed and "".join(self._text).strip(_SPACE):
            element.mixed = True
        self._text.clear()
