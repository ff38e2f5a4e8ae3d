"""An event loop in a thread of its own, so that the clients work while a decision is being made."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from workers.log.engine import LogUnusable

T = TypeVar("T")


class Background:
    """Runs coroutines for callers that are not asynchronous themselves."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T], *, seconds: float) -> T:
        """Return what the coroutine returns; TimeoutError where it takes longer, or a client gave it up.

        A client whose earlier work was cancelled hands that on to whoever waits for the same connection.
        """
        if self._loop.is_closed():
            work.close()
            raise LogUnusable("the log on Kafka is closed here; open it again")
        try:
            return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), self._loop).result()
        except CancelledError as error:
            raise TimeoutError("a client gave the work up") from error

    def stop(self) -> None:
        """End the thread; what still runs in it is cancelled."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
