"""`tallystick run` as a process that is killed, and what is laid in meanwhile."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from kill_load import Load

TALLYSTICK = [sys.executable, "-m", "workers.cli"]
CHAINS = ("ethereum", "solana", "bnb", "tron", "mantle")
LOOK_SECONDS = 0.005


class TookTooLong(AssertionError):  # noqa: N818 - it names what happened
    """What was waited for did not happen before its deadline."""


def until(what: str, seconds: float, happened: Callable[[], bool], *, look: float = LOOK_SECONDS) -> None:
    """Return once it happened."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TookTooLong(f"after {seconds} s: {what}")
        time.sleep(look)


def environment() -> dict[str, str]:
    """Return this process's environment without settings of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")}


def write_config(data: Path) -> Path:
    """Write settings with fast blocks beside the data folder."""
    chains = "".join(
        f'[[chains]]\nname = "{chain}"\naccounts = ["{chain}-1"]\n'
        "block_time_milliseconds = 25\nfinality_depth_blocks = 3\n\n"
        for chain in CHAINS
    )
    config = data.with_name(data.name + ".toml")
    config.write_text(f'data = "{data}"\npoll_milliseconds = 25\n\n{chains}', encoding="utf-8")
    return config


class Run:
    """One life of the worker; what it says on standard error is in `said`."""

    def __init__(self, config: Path, said: Path) -> None:
        self.said = said
        with said.open("wb") as error:
            self.process = subprocess.Popen(
                [*TALLYSTICK, "run", "--config", str(config), "--log-level", "warning"],
                stdout=subprocess.DEVNULL,
                stderr=error,
                env=environment(),
            )

    def working(self) -> bool:
        """Return whether it said that it runs; a worker that ended by itself fails the test."""
        assert self.process.poll() is None, self.said.read_text(encoding="utf-8")
        return "running on" in self.said.read_text(encoding="utf-8")

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process.poll() is None, self.said.read_text(encoding="utf-8")
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds: float) -> int:
        """Ask it to stop, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@dataclass(slots=True)
class Laid:
    """A file that was laid in: who sent it, under which name it will be laid aside, and its bytes."""

    sender: str
    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Return the digest under which its bytes are evidence."""
        return hashlib.sha256(self.data).hexdigest()


class DropFolder:
    """Lays files into DATA/in by renaming them there, in a thread of its own once it is started.

    `gate` is held while files appear, so that whoever holds it sees a folder that stands still. It waits
    while `backlog` files wait for the worker.
    """

    def __init__(self, data: Path, load: Load, *, backlog: int) -> None:
        self.gate = threading.Lock()
        self.laid: dict[str, Laid] = {}
        self.inside = data / "in"
        self._load = load
        self._backlog = backlog
        self._chance = Random(f"{load.seed}-pace")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._lay_on, name="laying")

    def lay(self, sender: str, data: bytes) -> None:
        """Lay one file in, whole from the first moment on."""
        folder = self.inside / sender
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{len(self.laid):06d}"
        draft = folder / f".{name}"
        draft.write_bytes(data)
        self.laid[name] = Laid(sender, f"{sender}-{name}", data)
        draft.rename(folder / name)

    def waiting(self) -> list[Laid]:
        """Return what was laid in and is not laid aside."""
        return [self.laid[path.name] for path in self.inside.glob("*/[0-9]*")]

    def start(self) -> None:
        """Begin to lay files in."""
        self._thread.start()

    def stop(self) -> None:
        """Lay nothing more in."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _lay_on(self) -> None:
        deliveries = self._load.deliveries()
        while not self._stopping.wait(self._chance.uniform(0.0, 0.08)):
            if len(self.waiting()) >= self._backlog:
                continue
            with self.gate:
                for _ in range(self._chance.randint(1, 12)):
                    self.lay(*next(deliveries))


@dataclass(slots=True)
class Submitter:
    """Sends files with `tallystick submit`, a process each time, while the worker lives and dies."""

    data: Path
    load: Load
    answers: list[dict[str, str]] = field(default_factory=list)
    digests: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to submit."""
        self._thread = threading.Thread(target=self._submit_on, name="submitting")
        self._thread.start()

    def stop(self) -> None:
        """Submit nothing more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _submit_on(self) -> None:
        deliveries = self.load.deliveries()
        folder = self.data.with_name("submitted")
        folder.mkdir()
        number = 0
        while not self._stopping.wait(1.0):
            sender, batch = self._batch(deliveries)
            files = []
            for data in batch:
                number += 1
                self.digests.add(hashlib.sha256(data).hexdigest())
                files.append(folder / f"{number:06d}")
                files[-1].write_bytes(data)
            self._submit(sender, files)

    def _batch(self, deliveries: Iterator[tuple[str, bytes]]) -> tuple[str, list[bytes]]:
        """Return up to eight deliveries of one sender; what others send meanwhile is never sent."""
        sender, first = next(deliveries)
        batch = [first]
        batch += [data for _, (other, data) in zip(range(20), deliveries, strict=False) if other == sender]
        return sender, batch[:8]

    def _submit(self, sender: str, files: list[Path]) -> None:
        done = subprocess.run(
            [*TALLYSTICK, "submit", "--json", "--data", str(self.data), "--sender", sender, *map(str, files)],
            capture_output=True,
            text=True,
            env=environment(),
            check=False,
        )
        if done.returncode not in (0, 1) or done.stderr:
            self.errors.append(f"exit {done.returncode}: {done.stderr}")
        self.answers += [json.loads(line) for line in done.stdout.splitlines()]
