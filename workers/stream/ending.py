"""The end of a worker: what is dead ends its process, also where Faust does not.

A crash inside Faust marks its services and leaves its threads as they are: the process could stay alive
without a membership and look well from outside. So somebody apart from its event loops looks on.
"""

import os
import sys
import threading
from collections.abc import Callable

WATCH_SECONDS = 0.5
ENDING_SECONDS = 20.0
ENDED_BY_FORCE = 1


class Ending(threading.Thread):
    """Watches until `why_dead` says why; what has not ended by itself a while later is ended."""

    def __init__(
        self,
        why_dead: Callable[[], str | None],
        *,
        ending_seconds: float = ENDING_SECONDS,
        end: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(name="ending", daemon=True)
        self._why_dead = why_dead
        self._ending_seconds = ending_seconds
        self._end = end or end_by_force
        self._over = threading.Event()

    def over(self) -> None:
        """Watch no longer: the process is on its way out."""
        self._over.set()

    def run(self) -> None:
        """Look again and again; once something is dead, wait for an end, and make one."""
        while not self._over.wait(WATCH_SECONDS):
            why = self._why_dead()
            if why is not None and not self._over.wait(self._ending_seconds):
                self._end(why)
                return


def end_by_force(why: str) -> None:
    """End this process without further ado: what it has not appended, it has not done."""
    print(f"tallystick: {why}", file=sys.stderr, flush=True)  # noqa: T201 - the line that says why
    os._exit(ENDED_BY_FORCE)
