"""A worker's figures as Prometheus sees them: published, exposed as text, and parsed again."""

import sys
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from workers.log.engine import Engine
from workers.metrics.exposition import Exposition
from workers.metrics.figures import Board
from workers.metrics.publishing import Publisher
from workers.metrics.watches import AccountWatch, LedgerWatch
from workers.metrics.watches import Clock as Clocks
from workers.settlement import Settlement

for folder in ("loop", "core", "cli"):  # the words of their sentences
    sys.path.append(str(Path(__file__).parent.parent / folder))


class Scrape:
    """One scrape: values by the metric's name and its labels."""

    def __init__(self, text: bytes) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text.decode())}
        self._values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float | None:
        """Return a value; None where there is no such series."""
        return self._values.get((f"tallystick_{name}", frozenset(labels.items())))

    def add(self, other: "Scrape") -> None:
        """Take the series of another process that are not here."""
        self._values = other._values | self._values

    def names(self) -> set[str]:
        """Return the names of all series of ours."""
        return {name for name, _ in self._values if name.startswith("tallystick_")}

    def labels(self, name: str) -> list[dict[str, str]]:
        """Return the labels of every series of a name."""
        return [dict(labels) for each, labels in self._values if each == f"tallystick_{name}"]


class Watched:
    """Some parts that are published at every call, whatever the time."""

    def __init__(self, engine: Engine, clock: Any, *parts: Any, books: tuple[str, ...] = ()) -> None:
        clocks = Clocks(clock.now, clock.monotonic)
        self.parts = dict(enumerate(parts))
        self._engine = engine
        self._board = Board("tests", "tallystick-tests", started_at=clock.monotonic())
        self._exposition = Exposition(self._board, clock.monotonic)
        self._publisher: Publisher[Any] = Publisher(
            self._board,
            clocks,
            watch=lambda engine, part: (
                LedgerWatch(engine, part, clocks)
                if isinstance(part, Settlement)
                else AccountWatch(part, clocks)
            ),
            books=lambda _engine: books,
            every_seconds=0.0,
        )

    def publish(self) -> None:
        """Publish, as the thread that works does between two rounds."""
        self._publisher.after_round(self._engine, self.parts)

    def scrape(self) -> Scrape:
        """Scrape what was published last."""
        return Scrape(self._exposition.text())

    def now(self) -> Scrape:
        """Publish and scrape."""
        self.publish()
        return self.scrape()
