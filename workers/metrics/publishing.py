"""Publishing figures now and then, between two rounds of the thread that works."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from workers.log.engine import Engine, LogError
from workers.metrics.figures import Board
from workers.metrics.watches import Clock, Watch

P = TypeVar("P")


class Publisher(Generic[P]):
    """Puts the figures of all parts on the board, at most every so many seconds.

    `watch` makes what takes a part's figures; `books` names all books of the role, also those of others, and
    may refuse with `LogError` while there is no log.
    """

    def __init__(
        self,
        board: Board,
        clock: Clock,
        *,
        watch: Callable[[Engine, P], Watch],
        books: Callable[[Engine], Sequence[str]],
        every_seconds: float,
    ) -> None:
        self._board = board
        self._clock = clock
        self._watch = watch
        self._name_books = books
        self._every_seconds = every_seconds
        self._published_at: float | None = None
        self._books: Sequence[str] = ()
        self._watches: dict[int, tuple[P, Watch]] = {}

    def after_round(self, engine: Engine, parts: Mapping[int, P]) -> None:
        """Publish, where it is time to."""
        now = self._clock.monotonic()
        if self._published_at is not None and now - self._published_at < self._every_seconds:
            return
        self._published_at = now
        self._follow(engine, parts.items())
        figures = [watch.figures() for _, watch in self._watches.values()]
        self._board.publish(self._clock.monotonic(), self._all_books(engine), figures)

    def _follow(self, engine: Engine, parts: Iterable[tuple[int, P]]) -> None:
        """Watch the parts that are there, each by a watch of its own."""
        kept: dict[int, tuple[P, Watch]] = {}
        for number, part in parts:
            known = self._watches.get(number)
            kept[number] = known if known and known[0] is part else (part, self._watch(engine, part))
        self._watches = kept

    def _all_books(self, engine: Engine) -> Sequence[str]:
        if not self._books:
            try:
                self._books = self._name_books(engine)
            except LogError:
                return ()
        return self._books
