"""The run's own time: nothing here reads the machine's clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas import instants

# Shortly before midnight, so that most runs see a day begin.
START = datetime(2026, 11, 23, 23, 56, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """Seconds since the run began."""

    seconds: float = 0.0

    def now(self, skew_seconds: float = 0.0) -> str:
        """Return the wall clock of somebody whose clock is off by so much."""
        return instants.text(START + timedelta(seconds=self.seconds + skew_seconds))

    def epoch_seconds(self) -> int:
        """Return the time as block headers count it."""
        return int(START.timestamp() + self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds
