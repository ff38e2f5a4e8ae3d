"""Rounds: what one book decided does not wait for the others, and a failure is told to whom it is."""

import threading
from collections.abc import Mapping, Sequence

import pytest

from workers.log.commit import GroupCommit
from workers.log.engine import AppendFailed, Engine, LogError
from workers.log.memory import MemoryEngine
from workers.stream import rounds
from workers.stream.rounds import APPENDED_AT, Rounds


class Told(MemoryEngine):
    """An engine that knows its appends, and refuses the one that is named."""

    def __init__(self, *, refuses: str = "") -> None:
        super().__init__()
        self.appends: list[list[str]] = []
        self.refuses = refuses

    def append(self, batches: Mapping[str, Sequence[bytes]]) -> None:
        self.appends.append(sorted(batches))
        if self.refuses in batches:
            raise AppendFailed("it says so")
        super().append(batches)


class Book:
    """A part that decides so much in its first round, and nothing more."""

    pending = 0
    behind = False

    def __init__(self, name: str, count: int) -> None:
        self.name = name
        self.count = count
        self.failed: list[LogError] = []

    def advance(self, commit: GroupCommit) -> None:
        commit.on_failure(self.failed.append)
        commit.append(self.name, [b"decided"] * self.count)
        self.count = 0


def one_round(engine: Told, books: Sequence[Book]) -> None:
    """Let all of them have one round, in a thread of their own as in a worker."""
    done = threading.Event()

    def after_round(_engine: Engine, _parts: object) -> None:
        done.set()
        working.stop_soon()

    class Once(Rounds):
        def stop_soon(self) -> None:
            self._stopping.set()

    working = Once(
        open_engine=lambda: engine,
        make=lambda _engine, partition: books[partition],
        wait=lambda _seconds: None,
        forget=lambda _partition: None,
        after_round=after_round,
    )
    working.owned = frozenset(range(len(books)))
    working.start()
    assert done.wait(60)
    working.stop()
    assert working.failure is None


def test_a_book_that_decided_much_does_not_wait_for_the_others() -> None:
    engine = Told()
    one_round(engine, [Book("a", APPENDED_AT), Book("b", 1), Book("c", 1)])
    assert engine.appends == [["a"], ["b", "c"]]


def test_small_decisions_of_many_books_are_appended_in_one_call() -> None:
    engine = Told()
    one_round(engine, [Book("a", 1), Book("b", APPENDED_AT - 2), Book("c", 1), Book("d", 1)])
    assert engine.appends == [["a", "b", "c"], ["d"]]


@pytest.mark.parametrize(("refuses", "failed"), [("a", ["a"]), ("b", ["b", "c"])])
def test_only_those_whose_append_failed_are_told(
    refuses: str, failed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "FAILED_SECONDS", 0.0)
    books = [Book("a", APPENDED_AT), Book("b", 1), Book("c", 1)]
    one_round(Told(refuses=refuses), books)
    assert [each.name for each in books if each.failed] == failed
