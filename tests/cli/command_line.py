"""`tallystick` as a user runs it: a process of its own, in a folder of its own, without other settings."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TALLYSTICK = [sys.executable, "-m", "workers.cli"]
FORKING = Path(__file__).with_name("forking.py")
SECONDS_MAX = 60


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    def objects(self) -> list[dict[str, Any]]:
        """Return standard output as what `--json` promises: one object a line and nothing else."""
        found = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(each, dict) for each in found)
        return found

    def refusal(self) -> str:
        """Return the one line with which a command that could not run explains itself."""
        assert self.code == 2, self
        assert self.out == ""
        assert self.err.startswith("tallystick: ")
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("tallystick: ").rstrip("\n")


class Forker:
    """Starts commands by forking a process that has the program loaded: a process of its own each."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, FORKING],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            text=True,
        )

    def run(self, arguments: Sequence[str], folder: Path, variables: Mapping[str, str], stdin: bytes) -> Ran:
        """Run one command to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.TemporaryDirectory(prefix="tallystick-said-") as said:
            out, err, given = (Path(said) / name for name in ("out", "err", "in"))
            given.write_bytes(stdin)
            order = {
                "arguments": ["tallystick", *arguments],
                "folder": str(folder),
                "variables": dict(variables),
                "stdin": str(given),
                "stdout": str(out),
                "stderr": str(err),
                "seconds_max": SECONDS_MAX,
            }
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            return Ran(code, out.read_bytes().decode(), err.read_bytes().decode())

    def close(self) -> None:
        """End."""
        self._process.communicate()


class CommandLine:
    """Runs commands in a folder."""

    def __init__(self, folder: Path, forker: Forker) -> None:
        self.folder = folder
        self._forker = forker

    def __call__(
        self, *arguments: object, variables: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> Ran:
        """Run one command to its end."""
        return self._forker.run([str(each) for each in arguments], self.folder, variables or {}, stdin)

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment with no other settings of ours than these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")}
    return inherited | {"COLUMNS": "100"} | dict(variables or {})


class Worker:
    """A `tallystick run` that is alive; what it logs is read from its standard error."""

    def __init__(self, process: subprocess.Popen[bytes], data: Path, said: Path) -> None:
        self.process = process
        self.data = data
        self._said = said

    def said(self) -> str:
        """Return its standard error so far."""
        return self._said.read_text(encoding="utf-8")

    def logged(self) -> list[dict[str, Any]]:
        """Return its log's lines, which are JSON where no terminal is."""
        return [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]

    def until(self, what: str, happened: Callable[[], bool]) -> None:
        """Return once it happened; the worker must live meanwhile."""
        deadline = time.monotonic() + SECONDS_MAX
        while not happened():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, f"{what}: {self.said()}"
            time.sleep(0.01)

    def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        self.process.terminate()
        return self.process.wait(SECONDS_MAX)


@contextmanager
def working(
    data: Path,
    *options: object,
    command: Sequence[object] = (*TALLYSTICK, "run"),
    variables: Mapping[str, str] | None = None,
) -> Iterator[Worker]:
    """Have a worker run on a folder; it is stopped at the end, and must then exit with 0."""
    said = data.with_name(f"{data.name}.said")
    with said.open("wb") as error:
        process = subprocess.Popen(
            [*map(str, command), "--data", str(data), *map(str, options)],
            stdout=subprocess.PIPE,
            stderr=error,
            env=environment(variables),
        )
    worker = Worker(process, data, said)
    try:
        worker.until("it says that it runs", lambda: "running on" in worker.said())
        yield worker
        assert worker.stop() == 0, worker.said()
        assert process.stdout is not None
        assert process.stdout.read() == b"", "logs go to standard error alone"
    finally:
        process.kill()
        process.communicate()
