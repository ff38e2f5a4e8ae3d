"""One round's appends, collected from everybody who works in it and made durable together."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from workers.log.engine import Engine, LogError


class GroupCommit:
    """Collects appends by stream; `flush` appends them in one call and tells everybody if that failed."""

    def __init__(self) -> None:
        self._batches: dict[str, list[bytes]] = defaultdict(list)
        self._failed: list[Callable[[LogError], None]] = []

    def append(self, stream: str, values: Sequence[bytes]) -> None:
        """Add values to a stream, behind those that were added before."""
        if values:
            self._batches[stream].extend(values)

    def on_failure(self, tell: Callable[[LogError], None]) -> None:
        """Have somebody told when the appends of this round failed or their outcome is unknown."""
        self._failed.append(tell)

    @property
    def values(self) -> int:
        """Return how many values were collected."""
        return sum(map(len, self._batches.values()))

    def flush(self, engine: Engine) -> int:
        """Append everything, and return how many values that were; nothing is tried a second time."""
        values = self.values
        if not values:
            return 0
        try:
            engine.append(self._batches)
        except LogError as error:
            self.abandon(error)
            raise
        return values

    def abandon(self, error: LogError) -> None:
        """Append nothing, and tell everybody: what they decided in this round is not on the log."""
        for tell in self._failed:
            tell(error)
