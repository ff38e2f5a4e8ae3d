"""Which faults there are for an append, and which one a batch meets.

| fault        | what is stored                                              | the appender gets |
|--------------|-------------------------------------------------------------|-------------------|
| `refused`    | nothing of the whole call                                   | AppendFailed      |
| `lost`       | nothing                                                     | OutcomeUnknown    |
| `unanswered` | the batch                                                   | OutcomeUnknown    |
| `torn`       | its first entries, not all                                  | OutcomeUnknown    |
| `delayed`    | the batch, behind later appends to the stream by anyone     | OutcomeUnknown    |
| `duplicated` | the batch twice                                             | success           |
| `reordered`  | the batch in another order                                  | success           |
| `hole`       | positions without a value, then the batch                   | success           |

Each stream's batch of a call meets its own fault, as partitions of a broker do. A batch of one can be neither
torn nor reordered and is stored as it is. A delayed batch that lands behind another is how batches of one
stream change their order, and how a zombie's append arrives after its successor's.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """What the table above describes."""

    REFUSED = "refused"
    LOST = "lost"
    UNANSWERED = "unanswered"
    TORN = "torn"
    DELAYED = "delayed"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"
    HOLE = "hole"


@dataclass(frozen=True, slots=True, kw_only=True)
class PerMille:
    """Of 1000 batches, how many meet each fault; together at most 1000."""

    refused: int = 0
    lost: int = 0
    unanswered: int = 0
    torn: int = 0
    delayed: int = 0
    duplicated: int = 0
    reordered: int = 0
    hole: int = 0


DOUBTFUL = frozenset({Fault.LOST, Fault.UNANSWERED, Fault.TORN, Fault.DELAYED})
"""The faults after which the appender does not know what was stored."""

_NEED_TWO = {Fault.TORN, Fault.REORDERED}
_MILLE = 1000
_NEVER = PerMille()


class Faults:
    """Plans, and chances by the beginning of a stream's name, of which the longest that fits counts."""

    def __init__(self, randomness: Random, chances: Mapping[str, PerMille]) -> None:
        self._randomness = randomness
        self._chances = sorted(chances.items(), key=lambda item: -len(item[0]))
        self._planned: dict[str, deque[Fault | None]] = {}
        self._calm = False

    def plan(self, client: str, *faults: Fault | None) -> None:
        """Let the client's next batches meet these faults, in order, before any chance; None is no fault."""
        self._planned.setdefault(client, deque()).extend(faults)

    def calm(self) -> None:
        """Stop all chances; planned faults still happen."""
        self._calm = True

    def storm(self) -> None:
        """Let the chances act again."""
        self._calm = False

    def meet(self, client: str, stream: str, entries: int) -> Fault | None:
        """Return the fault that this batch of so many entries meets."""
        planned = self._planned.get(client)
        fault = planned.popleft() if planned else self._draw(stream)
        return None if fault in _NEED_TWO and entries == 1 else fault

    def _draw(self, stream: str) -> Fault | None:
        if self._calm:
            return None
        chances = next((found for prefix, found in self._chances if stream.startswith(prefix)), _NEVER)
        if chances == _NEVER:
            return None
        left = self._randomness.randrange(_MILLE)
        for fault in Fault:
            left -= int(getattr(chances, fault.value))
            if left < 0:
                return fault
        return None
