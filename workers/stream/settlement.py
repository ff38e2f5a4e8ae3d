"""The settlement worker: the ledger's books, shared out among the members of one group."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from schemas.messages import TOPICS
from schemas.streams import ledger_book, partition_number
from workers.log.engine import Engine
from workers.log.kafka import Cluster
from workers.log.kafka.engine import KafkaEngine
from workers.metrics.exposition import Exposition
from workers.metrics.figures import Board
from workers.metrics.publishing import Publisher
from workers.metrics.watches import Clock, LedgerWatch
from workers.runner import Surroundings
from workers.settings import WorkerSettings
from workers.settlement import Settlement
from workers.stream.application import WorkerApp, application
from workers.stream.fetched import Fetched
from workers.stream.rounds import Rounds

GROUP = "settlement"
FRESH_SECONDS = 0.05
PUBLISH_SECONDS = 5.0
"""Between two publications of figures: each asks the brokers for the end of every inbox."""


def settlement_worker(
    cluster: Cluster, around: Surroundings, settings: WorkerSettings, *, partitions: int
) -> tuple[WorkerApp, Rounds]:
    """Return the application of one settlement worker, and its rounds; `partitions` is how many books are."""
    fetched = Fetched()

    def make(engine: Engine, partition: int) -> Settlement:
        return Settlement(
            engine,
            partition,
            replace(around, owned=owned),
            inboxes=fetched,
            snapshots=settings.snapshots,
        )

    clock = Clock(around.now, around.monotonic)
    board = Board(GROUP, around.program, started_at=around.monotonic())
    publisher: Publisher[Settlement] = Publisher(
        board,
        clock,
        watch=lambda engine, part: LedgerWatch(engine, part, clock),
        books=lambda _engine: [ledger_book(number) for number in range(partitions)],
        every_seconds=PUBLISH_SECONDS,
    )
    rounds = Rounds(
        open_engine=lambda: KafkaEngine(cluster, fresh_seconds=FRESH_SECONDS),
        make=make,
        wait=fetched.wait,
        forget=fetched.forget,
        after_round=publisher.after_round,
        stand_by=range(partitions) if settings.stand_by else (),
    )

    def owned(book: str) -> bool:
        return partition_number(book) in rounds.owned

    app = application(
        GROUP,
        cluster,
        topics=TOPICS,
        rounds=rounds,
        fetched=fetched,
        partitions_of=books_of,
        settings=settings,
        exposition=Exposition(board, around.monotonic),
    )
    return app, rounds


def books_of(assignment: Iterable[Any]) -> frozenset[int]:
    """Return the partitions of which every inbox is in the assignment: a book has one owner."""
    seen: dict[int, int] = {}
    for tp in assignment:
        seen[tp.partition] = seen.get(tp.partition, 0) + 1
    return frozenset(partition for partition, topics in seen.items() if topics >= len(TOPICS))
