"""What a mutant is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A mistake planted in a copy of the source; one of `caught_by` must see it."""

    name: str
    file: str
    before: str
    after: str
    caught_by: tuple[str, ...]
