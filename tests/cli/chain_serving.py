"""`tallystick chain serve` as a process of its own."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from command_line import SECONDS_MAX, TALLYSTICK, environment


def unused_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def serving(config: Path, port: int) -> Iterator[None]:
    """Have the chains served; at the end the process must end with 0 when it is asked to."""
    said = config.with_suffix(".said")
    with said.open("wb") as file:
        process = subprocess.Popen(
            [*TALLYSTICK, "chain", "serve", "--config", str(config), "--port", str(port)],
            stdout=file,
            stderr=file,
            env=environment(),
        )
    try:
        until(lambda: process.poll() is not None or "chains_served" in said.read_text())
        yield
        process.terminate()
        assert process.wait(SECONDS_MAX) == 0, said.read_text()
        assert "Traceback" not in said.read_text()
    finally:
        process.kill()
        process.wait()


def until(happened: Callable[[], bool]) -> None:
    """Return once it happened."""
    deadline = time.monotonic() + SECONDS_MAX
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
