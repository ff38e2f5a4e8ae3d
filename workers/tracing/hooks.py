"""Where traces are taken: what a runner read back is handed over, and nothing is handed over by default."""

from collections.abc import Sequence
from typing import Any, Protocol

from workers.authorizations import Authorizations
from workers.loop import Settled
from workers.runner import Told


class Tracing(Protocol):
    """Makes what takes the records that a book's owner read back."""

    def of_ledger(self) -> Told:
        """Return what takes those of ledger books."""
        ...

    def of_account(self, authorizations: Authorizations) -> Told:
        """Return what takes those of one signing account."""
        ...


class NotTracing:
    """Traces nothing."""

    def of_ledger(self) -> Told:
        """Return what does nothing."""
        return nothing

    def of_account(self, _authorizations: Authorizations) -> Told:
        """Return what does nothing."""
        return nothing


def nothing(_book: str, _settled: Sequence[Settled[Any]]) -> None:
    """Do nothing."""


NOT_TRACING = NotTracing()
