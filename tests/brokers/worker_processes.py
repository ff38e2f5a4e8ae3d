"""Workers as processes, each with settings and a file of what it says; none outlives the test."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Literal, Self

from tests.brokers.kafka_broker import until, unused_port
from workers.log.kafka import Cluster

TALLYSTICK = ("-m", "workers.cli")
CHAINS = ("ethereum", "solana", "bnb", "tron", "mantle")
ACCOUNTS = tuple(f"{chain}-1" for chain in CHAINS)
ROOT = Path(__file__).parents[2]
STOP_SECONDS = 120
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
"""So that a test that is killed leaves no worker behind."""
LOOK_SECONDS = 0.005

Role = Literal["settlement", "executor"]
Program = tuple[str, ...]


class WorkerProcess:
    """One worker; `said` is what it wrote on standard error, `down` whether it was killed on purpose."""

    def __init__(self, role: Role, config: Path, program: Program = TALLYSTICK) -> None:
        self.role = role
        self.config = config
        self.said = config.with_suffix(".log")
        self.down = False
        self.program = program
        self.process = self._start()

    def start(self) -> None:
        """Begin another life; what the earlier ones said stays."""
        self.process = self._start()
        self.down = False

    @property
    def pid(self) -> int:
        """Return the present life's process number, which stands in its owner ids."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Return whether it has not ended."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        self._signal(signal.SIGKILL)
        self.process.wait()
        self.down = True

    def freeze(self) -> None:
        """Let no instruction of it go on: it keeps its sockets and what it believes."""
        self._signal(signal.SIGSTOP)

    def freeze_at_work(self, cpu_seconds: float) -> None:
        """Freeze it when it has computed for so long from now on, however busy the machine is."""
        wanted = processor_seconds(self.pid) + cpu_seconds
        deadline = time.monotonic() + STOP_SECONDS
        while processor_seconds(self.pid) < wanted:
            assert time.monotonic() < deadline, f"{self.role} has nothing to do"
            time.sleep(LOOK_SECONDS)
        self.freeze()

    def thaw(self) -> None:
        """Let it go on as if no time had passed."""
        self._signal(signal.SIGCONT)

    def stop(self) -> int:
        """Ask it to stop, and return its exit code once it has."""
        self._signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)

    def clean_up(self) -> None:
        """End it whatever state it is in."""
        if self.alive:
            self.process.kill()
            self.process.wait()

    def words(self) -> str:
        """Return everything that it said, in all its lives."""
        return self.said.read_text(encoding="utf-8", errors="replace")

    def _signal(self, number: signal.Signals) -> None:
        assert self.alive, (
            f"{self.role} ended by itself with {self.process.returncode}:\n{self.words()[-4000:]}"
        )
        self.process.send_signal(number)

    def _start(self) -> subprocess.Popen[bytes]:
        command = ("worker", self.role, "--config", str(self.config))
        with self.said.open("ab") as said:
            return subprocess.Popen(
                [*DIES_WITH_US, sys.executable, *self.program, *command],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=environment(),
                start_new_session=True,  # an interrupt at the terminal is the test's, which cleans up
            )


class WorkerProcesses:
    """The workers of one log, in a folder of their own; leaving the block ends every one of them."""

    def __init__(
        self, cluster: Cluster, folder: Path, *, partitions: int, replication_factor: int = 1
    ) -> None:
        self.cluster = cluster
        self.folder = folder
        self.all: list[WorkerProcess] = []
        self._partitions = partitions
        self._replication_factor = replication_factor
        self._number = 0

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for worker in self.all:
            worker.clean_up()

    @property
    def chains(self) -> Path:
        """Return the folder of the simulated chains, which live in the executor's process."""
        return self.folder / "data" / "chains"

    def add(
        self, role: Role = "settlement", *, program: Program = TALLYSTICK, **settings: Any
    ) -> WorkerProcess:
        """Start one more worker; `program` is what Python runs instead of the command."""
        worker = WorkerProcess(role, self.config(f"{role}-{self._number}", **settings), program)
        self._number += 1
        self.all.append(worker)
        return worker

    def remove(self, worker: WorkerProcess) -> int:
        """Ask a worker to stop, for good, and return its exit code."""
        self.all.remove(worker)
        try:
            return worker.stop()
        finally:
            worker.clean_up()

    def drop(self, worker: WorkerProcess) -> None:
        """Kill a worker for good."""
        self.all.remove(worker)
        worker.clean_up()

    def of(self, role: Role) -> list[WorkerProcess]:
        """Return the workers of a role that live."""
        return [each for each in self.all if each.role == role and each.alive]

    def config(
        self,
        name: str,
        *,
        cluster: Cluster | None = None,
        chains: Sequence[str] = CHAINS,
        instance: str | None = None,
        session_seconds: int = 6,
        stand_by: bool = True,
        snapshots: Path | None = None,
    ) -> Path:
        """Write settings of a process with fast blocks and a web port of its own.

        `cluster` says with which credentials, `chains` for whose accounts an executor signs.
        """
        file = self.folder / f"{name}.toml"
        simulated = "".join(
            f'[[chains]]\nname = "{chain}"\naccounts = ["{account}"]\n'
            "block_time_milliseconds = 500\nfinality_depth_blocks = 3\n\n"
            for chain, account in zip(CHAINS, ACCOUNTS, strict=True)
            if chain in chains
        )
        named = f'instance = "{instance}"\n' if instance else ""
        named += f"session_seconds = {session_seconds}\nstand_by = {json.dumps(stand_by)}\n"
        named += f'snapshots = "{snapshots}"\n' if snapshots else ""
        file.write_text(
            f'data = "{self.folder / "data"}"\npartitions = {self._partitions}\npoll_milliseconds = 100\n\n'
            f"{self._kafka(name, cluster or self.cluster)}\n"
            f'[worker]\nweb_port = {unused_port(Random())}\nfolder = "{self.folder / name}"\n{named}\n'
            f"{simulated}",
            encoding="utf-8",
        )
        return file

    def _kafka(self, name: str, cluster: Cluster) -> str:
        """Return the settings of the cluster; a password has a file of its own."""
        lines = {
            "bootstrap_servers": list(cluster.bootstrap_servers),
            "prefix": cluster.prefix,
            "replication_factor": self._replication_factor,
            "timeout_milliseconds": cluster.timeout_ms,
            "ca_file": cluster.ca_file,
            "certificate_file": cluster.certificate_file,
            "key_file": cluster.key_file,
            "username": cluster.username,
        }
        if cluster.password is not None:
            password_file = self.folder / f"{name}.password"
            password_file.write_text(cluster.password + "\n", encoding="utf-8")
            lines["password_file"] = str(password_file)
        text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items() if value is not None)
        return f"[kafka]\n{text}"


def processor_seconds(pid: int) -> float:
    """Return the seconds of processor time that a process has used, its threads' included."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def environment() -> dict[str, str]:
    """Return this process's environment without settings of ours, and with this checkout first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")}
    return kept | {"PYTHONPATH": str(ROOT)}


def tallystick(*arguments: str | Path, exit_code: int = 0) -> str:
    """Run a command to its end and return its output, or what it says of an error that is expected."""
    done = subprocess.run(
        [sys.executable, *TALLYSTICK, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == exit_code, f"exit {done.returncode}: {done.stdout}{done.stderr}"
    return done.stderr if exit_code else done.stdout


def until_among(what: str, seconds: float, workers: WorkerProcesses, happened: Callable[[], bool]) -> None:
    """Return once it happened; a worker that ended by itself fails the test with what it said last."""

    def looked() -> bool:
        for worker in workers.all:
            code = worker.process.poll()
            assert worker.down or code is None, (
                f"{worker.role} ended by itself with {code}:\n{worker.words()[-4000:]}"
            )
        return happened()

    until(what, seconds, looked)
