"""One declaration for everything that carries its own type: events, orders, rules and refusals.

`@tagged()` makes a frozen, slotted dataclass with two further fields: `type`, the class's name in
snake_case, and `v`, its version. A change of fields is a new version, never an edit.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast, dataclass_transform, get_type_hints

from pydantic import ConfigDict

T = TypeVar("T")


def type_name(cls: type) -> str:
    """Return the name under which a class stands on the log: `LotReceived` is `lot_received`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()


@dataclass_transform(frozen_default=True, kw_only_default=True)
def tagged(version: int = 1) -> Callable[[type[T]], type[T]]:
    """Declare a class that stands on the log under its own type and version."""

    def declare(cls: type[T]) -> type[T]:
        name = type_name(cls)
        body: Any = cls
        body.__annotations__ = {**cls.__annotations__, "type": Literal[name], "v": Literal[version]}
        body.type = name
        body.v = version
        body.__pydantic_config__ = STRICT
        made: Any = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.VERSION = version
        # pydantic reads the fields, with every constraint; msgspec reads these, and decodes what stands on
        # the log four times faster without: its chain makes it valid, and `verify` holds it to the rest.
        made.__annotations__ = get_type_hints(made)
        return cast("type[T]", made)

    return declare


STRICT = ConfigDict(strict=True, extra="forbid")


def version_of(cls: type) -> int:
    """Return the version that `tagged` declared."""
    version: int = vars(cls)["VERSION"]
    return version
