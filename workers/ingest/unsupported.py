"""Content that is recognised and not read yet: what it appears to be, for the person who looks at it."""

from collections.abc import Sequence
from typing import Any, Final

from workers.ingest.xml_tree import Element

_FLEX_ROOTS: Final = frozenset({"FlexQueryResponse", "FlexStatements", "FlexStatement"})
_FLEX_RECORDS: Final = frozenset({"Trade", "Transfer", "CorporateAction", "OpenPosition", "CashTransaction"})


def fix(_head: str) -> tuple[str | None, str]:
    """Return dialect and description of a FIX message (`8=FIX...`)."""
    return "fix", "a FIX message"


def xml(file: Sequence[Element]) -> tuple[str | None, str]:
    """Return dialect and description of XML that holds no ISO 20022 document."""
    root = next((part.first for part in file if part.first is not None), None)
    if root is None:
        return None, "XML without elements"
    is_record = root.name in _FLEX_RECORDS and root.attribute("accountId") is not None
    if root.name in _FLEX_ROOTS or is_record:
        return "ibkr.flex", "an Interactive Brokers Flex report"
    return None, f"XML with the element {root.name[:40]}"


def json_object(value: dict[str, Any]) -> tuple[str | None, str]:
    """Return dialect and description of a JSON object."""
    keys = ", ".join(sorted(key[:20] for key in value)[:5])
    readable = keys.encode("ascii", "backslashreplace").decode()  # a key can hold half a surrogate pair
    return None, f"a JSON object with the keys {readable}"
