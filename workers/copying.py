"""Copying a log byte for byte into an empty one, of whatever engine; every position stays what it was."""

from dataclasses import dataclass
from typing import Any

from workers.log.engine import Engine, LogError

PAGE = 1_000
EVIDENCE_AT_ONCE = 100


class CannotCopy(LogError):  # noqa: N818 - it names the finding
    """The copy would not be the log, or is not; the sentence says where."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How much was copied and read back the same."""

    streams: int
    entries: int
    evidence: int


def copy(source: Engine, target: Engine, *, progress: Any = None) -> Copied:  # noqa: ANN401 - any callable
    """Copy evidence, inboxes and books, in this order; then read the copy and compare every byte.

    CannotCopy where the target holds anything, a position cannot stay what it was, or the copy differs.
    """
    if target.streams() or target.evidence_digests():
        raise CannotCopy("the log to copy into is not empty; name an empty one")
    evidence = _copy_evidence(source, target)
    # What names something comes after what it names: a copy that is cut short lacks nothing that it tells of.
    streams = sorted(source.streams(), key=lambda name: (not name.startswith("inbox."), name))
    entries = 0
    for stream in streams:
        entries += _copy_stream(source, target, stream)
        if progress is not None:
            progress(stream)
    for stream in streams:
        _compare(source, target, stream)
    return Copied(len(streams), entries, evidence)


def _copy_evidence(source: Engine, target: Engine) -> int:
    digests = source.evidence_digests()
    for first in range(0, len(digests), EVIDENCE_AT_ONCE):
        some = digests[first : first + EVIDENCE_AT_ONCE]
        kept = target.keep_all_evidence([_evidence(source, sha256) for sha256 in some])
        if kept != some:
            raise CannotCopy(
                f"evidence {some[0]} has another digest in the copy; begin again with an empty log"
            )
    return len(digests)


def _evidence(source: Engine, sha256: str) -> bytes:
    data = source.evidence(sha256)
    if data is None:
        raise CannotCopy(f"evidence {sha256} is listed and gone; restore the log that is copied")
    return data


def _copy_stream(source: Engine, target: Engine, stream: str) -> int:
    position = 0
    while entries := source.read(stream, position, PAGE):
        if entries[0].position != position or entries[-1].position != position + len(entries) - 1:
            raise CannotCopy(f"{stream} has a hole after {position}; its positions cannot stay what they are")
        target.append({stream: [entry.value for entry in entries]})
        position += len(entries)
        if target.end(stream) != position:
            raise CannotCopy(f"somebody else appends to {stream} of the copy; begin again with an empty log")
    return position


def _compare(source: Engine, target: Engine, stream: str) -> None:
    position = 0
    while entries := source.read(stream, position, PAGE):
        if target.read(stream, position, len(entries)) != entries:
            raise CannotCopy(f"{stream} differs after position {position}; begin again with an empty log")
        position += len(entries)
