"""What a worker answers over HTTP, with rounds as they are and an application that joins no group."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faust
import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.observability.scrape import Scrape
from workers.bootstrap import append_genesis, development_log, surroundings
from workers.log.engine import Engine
from workers.log.memory import MemoryEngine
from workers.metrics.exposition import Exposition
from workers.metrics.figures import Board
from workers.metrics.publishing import Publisher
from workers.metrics.watches import Clock, LedgerWatch
from workers.settings import Settings
from workers.settlement import Settlement
from workers.stream.pages import add_pages
from workers.stream.rounds import Rounds


@dataclass
class Worker:
    """Settlement in rounds of its own; `published` tells when figures of an owned book are there."""

    engine: MemoryEngine = field(default_factory=MemoryEngine)
    published: threading.Event = field(default_factory=threading.Event)
    broken: bool = False
    hindered: frozenset[int] = frozenset()
    hinder: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        append_genesis(self.engine, development_log(Settings(partitions=2)))
        around = surroundings()
        clock = Clock(around.now, around.monotonic)
        self.board = Board("settlement", "tallystick-tests", started_at=around.monotonic())
        self.exposition = Exposition(self.board, around.monotonic)
        publisher: Publisher[Settlement] = Publisher(
            self.board,
            clock,
            watch=lambda engine, part: LedgerWatch(engine, part, clock),
            books=lambda _engine: ("ledger-0", "ledger-1"),
            every_seconds=0.0,
        )

        def after_round(engine: Engine, parts: Any) -> None:
            publisher.after_round(engine, parts)
            if any(each.owned for each in self.board.latest.figures):
                self.published.set()
            if self.broken:
                raise RuntimeError("broken")

        def make(engine: Engine, partition: int) -> Settlement:
            if partition in self.hindered:
                assert self.hinder.wait(60)
            return Settlement(engine, partition, around)

        self.rounds = Rounds(
            open_engine=lambda: self.engine,
            make=make,
            wait=lambda _seconds: None,
            forget=lambda _partition: None,
            after_round=after_round,
        )

    def answers(self, *paths: str) -> list[tuple[int, str, bytes]]:
        """Return status, type and body of each page, asked one after the other."""
        return asyncio.run(self._answers(paths))

    async def _answers(self, paths: tuple[str, ...]) -> list[tuple[int, str, bytes]]:
        app = faust.App("pages", broker="memory://", store="memory://", autodiscover=False)
        add_pages(app, self.rounds, self.exposition)
        app.finalize()
        async with TestClient(TestServer(await app.web.wsgi())) as client:
            found = []
            for path in paths:
                answer = await client.get(path)
                found.append((answer.status, answer.headers["Content-Type"], await answer.read()))
            return found


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    monkeypatch.chdir(tmp_path)
    made = Worker()
    yield made
    made.rounds.stop()


def test_a_worker_that_owns_its_books_is_alive_ready_and_tells_its_figures(worker: Worker) -> None:
    worker.rounds.owned = frozenset({0})
    worker.rounds.start()
    assert worker.published.wait(60)
    health, ready, metrics = worker.answers("/health", "/ready", "/metrics")
    assert (health[0], json.loads(health[2])) == (200, {"alive": True, "parts": [0]})
    assert (ready[0], json.loads(ready[2])) == (200, {"ready": True})
    assert metrics[:2] == (200, "text/plain; version=0.0.4; charset=utf-8")
    scrape = Scrape(metrics[2])
    assert scrape("book_owned", book="ledger-0") == 1
    assert scrape("book_owned", book="ledger-1") == 0


def test_a_worker_whose_rounds_died_says_so_and_still_tells_its_figures(worker: Worker) -> None:
    worker.rounds.owned = frozenset({0})
    worker.broken = True
    worker.rounds.start()
    worker.rounds._thread.join(60)
    assert [answer[0] for answer in worker.answers("/health", "/ready", "/metrics")] == [503, 503, 200]
    assert isinstance(worker.rounds.failure, RuntimeError)


def test_a_worker_is_ready_only_when_it_works_on_all_that_it_was_given(worker: Worker) -> None:
    worker.hindered = frozenset({1})
    worker.rounds.owned = frozenset({0, 1})
    worker.rounds.start()
    try:
        assert [answer[0] for answer in worker.answers("/health", "/ready")] == [200, 503]
    finally:
        worker.hinder.set()
    assert worker.published.wait(60)
    assert worker.answers("/ready")[0][0] == 200


def test_scrapes_while_rounds_go_on_find_whole_figures(worker: Worker) -> None:
    worker.rounds.owned = frozenset({0, 1})
    worker.rounds.start()
    assert worker.published.wait(60)
    for _ in range(200):
        scrape = Scrape(worker.exposition.text())
        counted = scrape("readback_seconds_count", book="ledger-0")
        assert counted == scrape("readback_seconds_bucket", book="ledger-0", le="+Inf")
        assert counted is not None
        assert (scrape("book_records_total", book="ledger-0") or 0) >= counted
