"""A log that lost its end: what surviving copies hold is appended again, byte for byte, never decided again.

Everything that both hold is compared before anything is appended. A log that went on after it lost its end
holds other bytes there; such a log is not mended, it is told where they differ.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from workers.audit import EngineSource, ExportSource, Finding, Source, check_log, verify
from workers.audit.progress import Progress, silent
from workers.log.engine import Engine, LogError

PAGE = 1_000
EVIDENCE_AT_ONCE = 100


class CannotRestore(LogError):  # noqa: N818 - it names the finding
    """The copy does not verify or is of another log, or this one went on; the sentence says where."""


@dataclass(frozen=True, slots=True)
class Restored:
    """How many entries were appended again, by stream, and how many pieces of evidence."""

    entries: dict[str, int]
    evidence: int


def restore_from_export(folder: Path, target: Engine, progress: Progress = silent) -> Restored:
    """Restore from an export, once it verifies."""
    _refuse(verify(folder, progress).findings)
    copy = ExportSource(folder)
    return restore(copy, (path.read_bytes() for path in copy.evidence_files()), target)


def restore_from_log(engine: Engine, target: Engine, progress: Progress = silent) -> Restored:
    """Restore from another log, once it verifies."""
    _refuse(check_log(engine, progress))
    kept = (data for sha256 in engine.evidence_digests() if (data := engine.evidence(sha256)) is not None)
    return restore(EngineSource(engine), kept, target)


def _refuse(findings: Sequence[Finding]) -> None:
    if findings:
        raise CannotRestore(f"the copy does not verify ({len(findings)} findings): {findings[0]}")


def restore(copy: Source, evidence: Iterable[bytes], target: Engine) -> Restored:
    """Append what a copy holds beyond the ends of the target's streams; then read it back and compare.

    `CannotRestore` before anything is appended, where a stream of the target is not how the copy's begins.
    """
    # What names something comes after what it names, as in any log.
    streams = [*copy.inboxes(), *copy.books()]
    held = {stream: _compared(copy, stream, target) for stream in streams}
    kept = _keep(evidence, target)
    missing = {stream: _append(copy, stream, held[stream], target) for stream in streams}
    for stream in streams:
        _compared(copy, stream, target)
    return Restored({stream: count for stream, count in missing.items() if count}, kept)


def _compared(copy: Source, stream: str, target: Engine) -> int:
    """Return how many entries of a copy's stream the target holds: the first ones, byte for byte."""
    position, end = 0, target.end(stream)
    for page in _pages(copy, stream):
        stands = target.read(stream, position, len(page)) if position < end else []
        for value, entry in zip(page, stands, strict=False):
            if (entry.position, entry.value) != (position, value):
                raise CannotRestore(
                    f"{stream} holds other bytes than the copy at position {position}: the copy is of "
                    "another log, or something was appended after the end was lost; nothing was changed"
                )
            position += 1
        if len(stands) < len(page):
            return position
    return position


def _keep(evidence: Iterable[bytes], target: Engine) -> int:
    known = set(target.evidence_digests())
    kept, items = 0, iter(evidence)
    while some := list(islice(items, EVIDENCE_AT_ONCE)):
        kept += len(set(target.keep_all_evidence(some)) - known)
    return kept


def _append(copy: Source, stream: str, held: int, target: Engine) -> int:
    position = 0
    for page in _pages(copy, stream):
        missing = page[max(0, held - position) :]
        position += len(page)
        if not missing:
            continue
        target.append({stream: missing})
        end = target.end(stream)
        if end != position:
            raise CannotRestore(
                f"somebody else appends to {stream}, which ends at {end} instead of {position}; stop every "
                "worker and sender, and compare it with the copy"
            )
    return max(0, position - held)


def _pages(copy: Source, stream: str) -> Iterator[list[bytes]]:
    values = _values(copy, stream)
    while page := list(islice(values, PAGE)):
        yield page


def _values(copy: Source, stream: str) -> Iterator[bytes]:
    if not stream.startswith("inbox."):
        yield from copy.records(stream)
        return
    for number, entry in enumerate(copy.messages(stream)):
        if entry.position != number:
            raise CannotRestore(
                f"{stream} of the copy has a hole before position {entry.position}, which no append makes "
                "again; create an empty log of the copy and go on with that"
            )
        yield entry.value
