"""The settlement worker: the ledger's books, shared out among the members of one group."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from schemas.messages import TOPICS
from schemas.streams import partition_number
from workers.bootstrap import partitions_of
from workers.log.engine import Engine
from workers.log.kafka import Cluster
from workers.log.kafka.engine import KafkaEngine
from workers.runner import Surroundings
from workers.settings import WorkerSettings
from workers.settlement import Settlement
from workers.stream.application import WorkerApp, application
from workers.stream.fetched import Fetched
from workers.stream.rounds import Rounds

GROUP = "settlement"
FRESH_SECONDS = 0.05


def settlement_worker(
    cluster: Cluster, around: Surroundings, settings: WorkerSettings
) -> tuple[WorkerApp, Rounds]:
    """Return the application of one settlement worker, and its rounds."""
    fetched = Fetched()

    def make(engine: Engine, partition: int) -> Settlement:
        return Settlement(
            engine,
            partition,
            replace(around, owned=owned),
            inboxes=fetched,
            snapshots=settings.snapshots,
        )

    rounds = Rounds(
        open_engine=lambda: KafkaEngine(cluster, fresh_seconds=FRESH_SECONDS),
        make=make,
        wait=fetched.wait,
        forget=fetched.forget,
        stand_by=lambda engine: range(partitions_of(engine)) if settings.stand_by else (),
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
    )
    return app, rounds


def books_of(assignment: Iterable[Any]) -> frozenset[int]:
    """Return the partitions of which every inbox is in the assignment: a book has one owner."""
    seen: dict[int, int] = {}
    for tp in assignment:
        seen[tp.partition] = seen.get(tp.partition, 0) + 1
    return frozenset(partition for partition, topics in seen.items() if topics >= len(TOPICS))
