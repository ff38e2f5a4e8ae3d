"""The metrics of the whole product in one process."""

from collections.abc import Iterator
from contextlib import contextmanager

from workers.bootstrap import surroundings
from workers.embedded import AfterRound
from workers.executor import Executor
from workers.log.engine import Engine
from workers.metrics.exposition import Exposition
from workers.metrics.figures import Board
from workers.metrics.publishing import Publisher
from workers.metrics.serving import PATH, served
from workers.metrics.watches import AccountWatch, Clock, LedgerWatch, Watch
from workers.settlement import Settlement

ROLE = "embedded"
PUBLISH_SECONDS = 1.0


@contextmanager
def serve_embedded(bind: str, port: int) -> Iterator[tuple[str, AfterRound]]:
    """Serve for the length of a `with`; yield the address, and what publishes between two rounds."""
    around = surroundings()
    clock = Clock(around.now, around.monotonic)
    board = Board(ROLE, around.program, started_at=around.monotonic())

    def watch(engine: Engine, part: Settlement | Executor) -> Watch:
        if isinstance(part, Executor):
            return AccountWatch(part, clock)
        return LedgerWatch(engine, part, clock)

    # Every book is here: there are none that another owns.
    publisher: Publisher[Settlement | Executor] = Publisher(
        board, clock, watch=watch, books=lambda _engine: (), every_seconds=PUBLISH_SECONDS
    )
    with served(Exposition(board, around.monotonic).text, bind, port) as serving:
        yield f"http://{bind}:{serving}{PATH}", publisher.after_round
