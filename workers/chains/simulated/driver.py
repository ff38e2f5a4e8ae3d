"""Lets blocks happen as wall time passes; the caller has the clock."""

from workers.chains.simulated.network import Network


class Driver:
    """Brings a network forward to a moment, in blocks of `block_time_milliseconds`.

    An idle network is brought forward once in `idle_step_milliseconds` at most, by quiet blocks, which are a
    number in its store: neither memory nor work grows while nothing happens, and deadlines pass all the same.
    """

    def __init__(
        self, network: Network, *, block_time_milliseconds: int, idle_step_milliseconds: int = 1000
    ) -> None:
        self._network = network
        self._block_time_milliseconds = block_time_milliseconds
        self._idle_step_milliseconds = max(idle_step_milliseconds, block_time_milliseconds)
        self._congested_until = 0

    def congest(self, blocks: int) -> None:
        """Let so many blocks include nothing, and have the network forget what waited, as under load."""
        self._congested_until = self._network.tip().height + blocks

    def advance_to(self, now_seconds: float) -> int:
        """Append the blocks that are due at this moment (seconds since 1970-01-01); return how many.

        What waits is included in the first of them; a clock that goes back stops the chain until it is past.
        """
        with self._network.lock:
            elapsed = int(now_seconds * 1000) - self._network.tip_milliseconds()
            idle = self._network.idle()
            if elapsed < (self._idle_step_milliseconds if idle else self._block_time_milliseconds):
                return 0
            due = elapsed // self._block_time_milliseconds
            self._append(due, idle=idle)
            return due

    def _append(self, due: int, *, idle: bool) -> None:
        if self._congested_until:
            due = self._append_empty(due)
        if not idle and due > 0 and self._network.mempool():
            first = self._network.tip_milliseconds() + self._block_time_milliseconds
            self._network.produce_block_at(first)
            due -= 1
        self._network.pass_quietly(due, self._block_time_milliseconds)

    def _append_empty(self, due: int) -> int:
        """Append blocks of a congested chain; return how many are still due when it is so no more."""
        while due > 0 and self._network.tip().height < self._congested_until:
            self._network.produce_block_at(
                self._network.tip_milliseconds() + self._block_time_milliseconds, include=()
            )
            due -= 1
        if self._network.tip().height >= self._congested_until:
            self._congested_until = 0
            for transaction in self._network.mempool():
                self._network.drop(transaction)
        return due
