"""What can go wrong with a node and its network, each fault with its own rate and its own count.

Faults never lie at finality: what is said to be final, reverted, dead or used is so.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """The faults by name; the first group belongs to a client's node, the second to the network."""

    BROADCAST_UNAVAILABLE = "broadcast_unavailable"
    BROADCAST_LOST = "broadcast_lost"
    BROADCAST_DELAYED = "broadcast_delayed"
    BROADCAST_DUPLICATED = "broadcast_duplicated"
    BROADCAST_ACCEPTED_BUT_REFUSED = "broadcast_accepted_but_refused"
    BROADCAST_ACCEPTED_BUT_UNAVAILABLE = "broadcast_accepted_but_unavailable"
    READ_UNAVAILABLE = "read_unavailable"
    INCLUSION_UNSEEN = "inclusion_unseen"
    INCLUSION_CLAIMED = "inclusion_claimed"
    FINAL_VIEW_LAGS = "final_view_lags"
    FEED_UNAVAILABLE = "feed_unavailable"
    FEED_LAGS = "feed_lags"
    FEED_DISAGREES = "feed_disagrees"
    FEED_ANSWERS_TWICE = "feed_answers_twice"

    MEMPOOL_DROPPED = "mempool_dropped"
    MEMPOOL_REORDERED = "mempool_reordered"
    BLOCK_WITHOUT_TRANSACTIONS = "block_without_transactions"
    TIMESTAMP_JUMPED = "timestamp_jumped"
    FINALITY_STALLED = "finality_stalled"
    REORG = "reorg"
    REORG_LOST_TRANSACTION = "reorg_lost_transaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """How often each fault happens where it can (0 to 1), and how far it goes."""

    rates: Mapping[Fault, float] = field(default_factory=dict)
    delay_blocks_max: int = 8
    jump_seconds_max: int = 600
    stall_blocks_max: int = 12
    lag_blocks_max: int = 6

    @classmethod
    def everything(cls, rate: float) -> "FaultPlan":
        """Return a plan in which every fault happens at the same rate."""
        return cls(rates=dict.fromkeys(Fault, rate))


class Faults:
    """A plan with its source of chance and its counts; several clients and a network may share one."""

    def __init__(self, random: Random, plan: FaultPlan, counts: "Counter[str] | None" = None) -> None:
        self.random = random
        self.plan = plan
        self.counts: Counter[str] = Counter() if counts is None else counts

    def happens(self, fault: Fault) -> bool:
        """Return whether the fault happens now, and count it if so. Ask only where it can happen."""
        rate = self.plan.rates.get(fault, 0.0)
        if rate <= 0.0 or self.random.random() >= rate:
            return False
        self.counts[fault.value] += 1
        return True

    def calm(self) -> None:
        """Switch every fault off from now on; the counts stay."""
        self.plan = FaultPlan()


def no_faults() -> Faults:
    """Return faults that never happen."""
    return Faults(Random(0), FaultPlan())  # noqa: S311 - never drawn from, and no secret
