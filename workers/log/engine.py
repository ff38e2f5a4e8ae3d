"""What every engine of the log offers: ordered, append-only streams of bytes, and evidence by digest.

LogError
|-- AppendFailed      nothing of the call was appended; the same call may be made again
|-- OutcomeUnknown    some, all or nothing was appended; read before anything else
|-- LogBusy           another process holds the log for writing; nothing was appended
|-- LogDamaged        the stored bytes cannot be read; nothing may be appended
`-- LogUnusable       the log cannot be opened (missing, not ours, no rights)
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec


class LogError(Exception):
    """What went wrong with the log, and what to do, in one sentence."""


class AppendFailed(LogError):  # noqa: N818 - the tree above reads as findings
    """Nothing of the call was appended."""


class OutcomeUnknown(LogError):  # noqa: N818
    """Nobody knows what of the call was appended: read before anything else."""


class LogBusy(LogError):  # noqa: N818
    """Another process holds the log; nothing was appended."""


class LogDamaged(LogError):  # noqa: N818
    """The stored bytes cannot be read."""


class LogUnusable(LogError):  # noqa: N818
    """The log cannot be opened."""


class Entry(msgspec.Struct, frozen=True):
    """Bytes at a position of a stream; positions are contiguous from 0 but for proven holes."""

    position: int
    value: bytes


class Engine(Protocol):
    """A stream is a book or a partition of an inbox: `ledger-3`, `inbox.custody-3`, `transactions.x`."""

    def append(self, batches: Mapping[str, Sequence[bytes]]) -> None:
        """Append to the ends of the named streams, each in the order given; durable when it returns."""
        ...

    def read(self, stream: str, position: int, limit: int) -> list[Entry]:
        """Return up to `limit` entries from a position on, in order; empty at the end of the stream."""
        ...

    def end(self, stream: str) -> int:
        """Return the position that the next append to this stream would get; 0 for an unknown stream."""
        ...

    def streams(self) -> list[str]:
        """Return the names of all streams that have an entry, sorted."""
        ...

    def keep_evidence(self, data: bytes) -> str:
        """Store the bytes once under their SHA-256, durably, and return it."""
        ...

    def keep_all_evidence(self, items: Iterable[bytes]) -> list[str]:
        """Store several pieces of evidence together, durably, and return their digests in order."""
        ...

    def evidence(self, sha256: str) -> bytes | None:
        """Return the bytes that have this digest, or None."""
        ...

    def evidence_digests(self) -> list[str]:
        """Return the digests of all evidence, sorted."""
        ...

    def close(self) -> None:
        """Release what is open; a closed engine refuses every call."""
        ...
