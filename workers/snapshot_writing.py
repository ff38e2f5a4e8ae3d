"""Writing the snapshots of a log: reading its ledger's books as somebody who owns none of them.

Whoever decides writes no snapshot, so no decision waits for one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from schemas.streams import is_ledger
from workers import snapshots
from workers.core.ledger import Given, State
from workers.log.engine import Engine
from workers.loop import Loop, Snapshot
from workers.settlement import LedgerDecider

READ_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Written:
    """A book's snapshot: up to which record, how many records were read for it, and where it is."""

    book: str
    seq: int
    read: int
    file: Path


def write_snapshots(
    engine: Engine, folder: Path, progress: Callable[[str, int, int], None] = lambda *_: None
) -> list[Written]:
    """Bring the snapshots of every book up to what stands in it now; books without records have none.

    `progress` is told a book, the position that it is read up to, and its end.
    """
    books = sorted(filter(is_ledger, engine.streams()))
    found = [_write(engine, folder, book, progress) for book in books]
    return [each for each in found if each is not None]


def _write(
    engine: Engine, folder: Path, book: str, progress: Callable[[str, int, int], None]
) -> Written | None:
    before = snapshots.load(folder, book, engine, State)
    head_position = -1 if before is None else before.head_position
    loop: Loop[State, Given] = Loop(
        book, LedgerDecider(), owner="", program="", recorded_at=lambda: "", snapshot=before
    )
    first = loop.chain.seq
    end = engine.end(book)
    while loop.position < end and (entries := engine.read(book, loop.position, READ_LIMIT)):
        for entry in entries:
            if loop.follow([entry]):
                head_position = entry.position
        progress(book, loop.position, end)
    if not loop.chain.seq:
        return None
    snapshot = Snapshot(loop.chain, head_position, loop.position, loop.state)
    file = snapshots.write(folder, snapshot)
    return Written(book, loop.chain.seq, loop.chain.seq - first, file)
