"""Redemptions, as the events say, for the predicates alone. Amounts are exact integers of 10^-18."""

from dataclasses import dataclass, field

from schemas.confirmation import SettledAmount
from schemas.events import BurnAuthorized, DeliveryInstructed, ReturnAuthorized
from schemas.events.redemption import RedemptionAccepted

Authorized = BurnAuthorized | ReturnAuthorized


@dataclass(slots=True)
class InstructionFacts:
    """An instructed delivery: what is left of it, and whether its reference links nothing any more."""

    event: DeliveryInstructed
    left: int
    cancelled: bool = False


@dataclass(slots=True)
class ReturnFacts:
    """Units that are to go back to somebody, until they are."""

    chain: str
    recipient: str
    units: int
    attempts: int = 0
    open: str | None = None


@dataclass(slots=True)
class RedemptionFacts:
    """An accepted redemption. `promised` counts what its final burn promised, `delivered` what is gone of it.

    `settled` says what each confirmed delivery took: of which instruction, how much, for what.
    """

    event: RedemptionAccepted
    stage: str = "accepted"
    attempts: int = 0
    return_attempts: int = 0
    open: str | None = None
    promised: int = 0
    deliveries: dict[str, InstructionFacts] = field(default_factory=dict)
    settled: dict[str, tuple[str, int, SettledAmount | None]] = field(default_factory=dict)

    @property
    def delivered(self) -> int:
        """Return the shares that were delivered, and did not come back."""
        return sum(shares for _, shares, _ in self.settled.values())

    @property
    def instructed(self) -> int:
        """Return the shares that standing instructions are still to deliver."""
        return sum(each.left for each in self.deliveries.values())

    @property
    def to_instruct(self) -> int:
        """Return the promised shares that no standing instruction covers."""
        return self.promised - self.delivered - self.instructed
