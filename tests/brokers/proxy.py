"""A wire between clients and a broker that can be cut, be slow, or swallow what the broker answers.

It knows one thing of Kafka's protocol: a request begins with its length in four bytes, and with what it asks
in two, 0 for an append (Produce).
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Literal, Self

Fault = Literal["none", "slow", "cut", "swallow appends' answers"]
PRODUCE = b"\x00\x00"
SLOW_SECONDS = 0.3
START_SECONDS = 10


class Proxy:
    """Listens on `port` and passes everything to `target` until told otherwise.

    `swallowed` counts the answers that nobody got, `harmed` those that came late or not at all, and the
    connections that were refused.
    """

    def __init__(self, port: int, target: int) -> None:
        self.fault: Fault = "none"
        self.swallowed = 0
        self.harmed = 0
        self._port, self._target = port, target
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def harm(self, fault: Fault) -> None:
        """Let it go wrong from now on; what is cut ends every connection that there is."""
        self.fault = fault
        if fault == "cut":
            self._call(self._cut())

    def heal(self) -> None:
        """Pass everything again; connections on which something was swallowed are cut."""
        self.fault = "none"
        self._call(self._cut())

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(START_SECONDS)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._cut()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _cut(self) -> None:
        for writer in list(self._open):
            writer.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault == "cut":
            self.harmed += 1
            writer.close()
            return
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
            await _Wire(self, (reader, writer), (far_reader, far_writer)).carry(self._open)
        writer.close()


class _Wire:
    """One connection; once an append's answer is swallowed, nothing more of the broker's is passed on it."""

    def __init__(
        self,
        proxy: Proxy,
        near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._proxy = proxy
        self._near, self._far = near, far
        self._deaf = False

    async def carry(self, writers: set[asyncio.StreamWriter]) -> None:
        """Pass both ways until either side ends."""
        ends = {self._near[1], self._far[1]}
        writers |= ends
        both = [asyncio.ensure_future(self._requests()), asyncio.ensure_future(self._answers())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            for writer in ends:
                writer.close()
            writers -= ends

    async def _requests(self) -> None:
        reader, writer = self._near[0], self._far[1]
        while True:
            head = await reader.readexactly(6)
            if head[4:] == PRODUCE and self._proxy.fault == "swallow appends' answers":
                self._deaf = True
            rest = await reader.readexactly(int.from_bytes(head[:4]) - 2)
            if self._proxy.fault == "cut":
                return
            writer.write(head + rest)
            await writer.drain()

    async def _answers(self) -> None:
        reader, writer = self._far[0], self._near[1]
        while data := await reader.read(65_536):
            self._proxy.harmed += self._proxy.fault != "none"
            if self._proxy.fault == "slow":
                await asyncio.sleep(SLOW_SECONDS)
            if self._proxy.fault == "cut":
                return
            if self._deaf:
                self._proxy.swallowed += 1
                continue
            writer.write(data)
            await writer.drain()
