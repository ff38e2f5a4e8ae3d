"""Not even a test process that was killed leaves a broker behind for long."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker

from tests.brokers.kafka_broker import OWNER, KafkaBroker, remove_leftovers

LAUNCH = (
    "from tests.brokers.kafka_broker import KafkaBroker; "
    "KafkaBroker().launch(); print('launched', flush=True); input()"
)


@contextmanager
def _launching() -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process of its own that has launched a broker; it is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        assert process.stdout.readline() == b"launched\n"
        yield process
        process.kill()
        process.wait()


def _brokers_of(process: int) -> list[str]:
    client = docker.from_env()
    found = client.containers.list(all=True, filters={"label": f"{OWNER}={process}"})
    client.close()
    return [container.id for container in found]


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_uses_is_not(broker: KafkaBroker) -> None:
    with _launching() as process:
        remove_leftovers()
        assert len(_brokers_of(process.pid)) == 1
    assert len(_brokers_of(process.pid)) == 1
    remove_leftovers()
    assert _brokers_of(process.pid) == []
    broker.get_wrapped_container().reload()
    assert broker.get_wrapped_container().status == "running"
