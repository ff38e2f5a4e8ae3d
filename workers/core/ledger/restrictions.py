"""What restricts an instrument, in its book's state: holds, the day's totals, a pending multiplier."""

from dataclasses import dataclass, field

from schemas.events.holds import HoldReason


@dataclass(frozen=True, slots=True)
class Hold:
    """A reason to stop one instrument: what it belongs to, and when it ends by itself."""

    reason: HoldReason
    owner: str
    text: str
    until: str | None


@dataclass(slots=True)
class DayTotals:
    """Shares of the mints that were authorized on one UTC day and did not fail on it."""

    day: str
    shares: int = 0
    by_client: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class MultiplierChange:
    """A change that is pending; `waits` once it was said that operations keep it from activating."""

    change: str
    nonce: int
    after: int
    activates_at: str
    waits: bool = False
