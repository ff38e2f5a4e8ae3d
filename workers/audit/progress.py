"""How far a long reading has come."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is (0: not known)."""


def silent(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""
