"""Block production on a network where things go wrong between the blocks."""

from workers.chains.base import Block
from workers.chains.simulated.faults import Fault, Faults
from workers.chains.simulated.network import Network


class BlockProducer:
    """Produces the network's blocks, one fault plan's weather before and in each."""

    def __init__(self, network: Network, faults: Faults) -> None:
        self._network = network
        self._faults = faults
        self._stands_still_blocks = 0

    def produce_block(self, timestamp: int) -> Block:
        """Let what goes wrong go wrong, then append a block at this time (seconds) or later."""
        with self._network.lock:
            self._reorganise()
            self._drop_one()
            return self._network.produce_block(
                self._time(timestamp), include=self._chosen(), finality_stands_still=self._stands_still()
            )

    def _reorganise(self) -> None:
        depth_max = self._network.tip().height - self._network.finalized().height
        if depth_max == 0 or not self._faults.happens(Fault.REORG):
            return
        depth_blocks = self._faults.random.randint(1, depth_max)
        back = self._network.newest(depth_blocks)
        lost = {name for name in back if self._faults.happens(Fault.REORG_LOST_TRANSACTION)}
        self._network.reorg(depth_blocks, lost=lost, shuffled_by=self._faults.random)

    def _drop_one(self) -> None:
        waiting = self._network.mempool()
        if waiting and self._faults.happens(Fault.MEMPOOL_DROPPED):
            self._network.drop(self._faults.random.choice(waiting))

    def _chosen(self) -> list[str] | None:
        waiting = list(self._network.mempool())
        if waiting and self._faults.happens(Fault.BLOCK_WITHOUT_TRANSACTIONS):
            return []
        if len(waiting) > 1 and self._faults.happens(Fault.MEMPOOL_REORDERED):
            self._faults.random.shuffle(waiting)
            return waiting
        return None

    def _time(self, timestamp: int) -> int:
        if self._faults.happens(Fault.TIMESTAMP_JUMPED):
            return timestamp + self._faults.random.randint(1, self._faults.plan.jump_seconds_max)
        return timestamp

    def _stands_still(self) -> bool:
        if self._stands_still_blocks == 0 and self._faults.happens(Fault.FINALITY_STALLED):
            self._stands_still_blocks = self._faults.random.randint(1, self._faults.plan.stall_blocks_max)
        stands_still = self._stands_still_blocks > 0
        self._stands_still_blocks -= stands_still
        return stands_still
