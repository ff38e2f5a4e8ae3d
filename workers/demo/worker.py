"""The demo's worker: `tallystick run` as a process of its own, so that it can really be killed."""

import signal
import subprocess
import sys
from pathlib import Path

from workers.cli.output import Finding
from workers.demo.market import CHAINS

STOP_SECONDS = 20
CONFIG = "demo.toml"


class WorkerDied(Finding):
    """The worker ended by itself; its log says why."""


class Worker:
    """Starts, kills and stops the worker of a data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._log = data / "worker.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the worker."""
        command = [sys.executable, "-m", "workers.cli", "run", "--config", str(self._data / CONFIG)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own program

    def check(self) -> None:
        """Raise `WorkerDied` where the worker should run and does not."""
        if self._process is not None and self._process.poll() is not None:
            raise WorkerDied(f"the worker ended with {self._process.returncode}; see {self._log}")

    def kill(self) -> None:
        """End the worker as a power cut would: SIGKILL, in the middle of whatever it does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the worker to stop, and wait until it has."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait(STOP_SECONDS)
        self._process = None


def write_config(data: Path) -> None:
    """Write the settings of the demo's worker: fast blocks, so that a day fits into seconds."""
    chains = "\n".join(
        f'[[chains]]\nname = "{chain}"\naccounts = ["{chain}-1"]\n'
        "block_time_milliseconds = 100\nfinality_depth_blocks = 4\n"
        for chain in CHAINS
    )
    (data / CONFIG).write_text(f'data = "{data}"\npoll_milliseconds = 50\n\n{chains}', encoding="utf-8")
