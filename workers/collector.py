"""Sparing the cyclic garbage collector: the state of a book grows, holds no cycles, and need not be walked.

Without this, a decision in a book of a million takes half as long again as in one of ten thousand, because
each full collection walks everything that is remembered.
"""

import gc

FREEZE_EVERY = 20_000


class Collector:
    """Counts what was made durable, and takes what has survived out of the collector's walks."""

    def __init__(self) -> None:
        self._since = 0

    def made(self, values: int) -> None:
        """Count values; freeze what they left behind once there are enough of them."""
        self._since += values
        if self._since < FREEZE_EVERY:
            return
        self._since = 0
        gc.collect(1)
        gc.freeze()
