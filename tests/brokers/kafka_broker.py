"""A real Kafka broker in a container, from the public image's name: `make containers` sees that it is here.

Everything that is started has this process's number as a label. Whoever starts next removes what dead
processes left behind, so that even tests that were killed leave nothing for long.
"""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from socket import AF_INET, SOCK_STREAM, socket

import docker
from docker.errors import APIError
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

IMAGE = "apache/kafka:4.4.0"
OWNER = "tallystick.tests.process"
STARTED = b"Kafka Server started"
START_SECONDS = 120
OBEY_SECONDS = 60
LOOK_SECONDS = 0.1
HOST_PORTS = (20_000, 32_000)  # below those that outgoing connections take, also while a broker is down

testcontainers_config.ryuk_disabled = True  # its image comes from a registry; labels do the same here


class TookTooLong(AssertionError):  # noqa: N818 - it names what happened
    """What was waited for did not happen before its deadline."""


def until(what: str, seconds: float, happened: Callable[[], bool]) -> None:
    """Return once it happened."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TookTooLong(f"after {seconds} s: {what}")
        time.sleep(LOOK_SECONDS)


def owned() -> dict[str, str]:
    """Return the labels of what this process starts."""
    return {OWNER: str(os.getpid())}


def remove_leftovers() -> None:
    """Remove the containers and networks of test processes that no longer live."""
    client = docker.from_env()
    for container in client.containers.list(all=True, filters={"label": OWNER}):
        if not Path("/proc", container.labels[OWNER]).exists():
            container.remove(force=True, v=True)
    for network in client.networks.list(filters={"label": OWNER}):
        if not Path("/proc", network.attrs["Labels"][OWNER]).exists():
            network.remove()
    client.close()


def unused_port(chance: Random) -> int:
    """Return a port of this machine that nobody listens on."""
    while True:
        port = chance.randint(*HOST_PORTS)
        with socket(AF_INET, SOCK_STREAM) as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


class KafkaBroker(DockerContainer):
    """A broker that is a controller too, in a cluster of `size`; this machine reaches it at `bootstrap`.

    The port on this machine is chosen beforehand: a broker advertises it and keeps it when it starts again.
    `behind_port` is of a proxy that stands before it: then this is what it advertises.
    """

    def __init__(
        self,
        *,
        node: int = 1,
        size: int = 1,
        network: Network | None = None,
        heap_megabytes: int = 256,
        settings: Mapping[str, str] | None = None,
        behind_port: int | None = None,
    ) -> None:
        self.node = node
        self.alias = f"kafka{node}"
        self.port = unused_port(Random())  # tests of several checkouts run side by side, so no seed
        self._advertised = behind_port or self.port
        super().__init__(IMAGE, network=network, network_aliases=[self.alias])
        self.with_bind_ports(9094, self.port)
        self.with_kwargs(labels=owned(), hostname=self.alias)
        self.with_envs(
            CLUSTER_ID="5L6g3nShT-eMCtK--X86sw",
            KAFKA_NODE_ID=str(node),
            KAFKA_PROCESS_ROLES="broker,controller",
            KAFKA_CONTROLLER_QUORUM_VOTERS=",".join(f"{n}@kafka{n}:9093" for n in range(1, size + 1)),
            KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
            KAFKA_INTER_BROKER_LISTENER_NAME="BROKER",
            KAFKA_LISTENERS="BROKER://:9092,CONTROLLER://:9093,HOST://:9094",
            KAFKA_ADVERTISED_LISTENERS=f"BROKER://{self.alias}:9092,HOST://{self.bootstrap}",
            KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,HOST:PLAINTEXT",
            KAFKA_DEFAULT_REPLICATION_FACTOR=str(size),
            KAFKA_MIN_INSYNC_REPLICAS=str(size // 2 + 1),
            KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR=str(size),
            KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS="3",
            KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR=str(size),
            KAFKA_TRANSACTION_STATE_LOG_MIN_ISR=str(size // 2 + 1),
            KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS="3",
            KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR=str(size),
            KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR=str(size // 2 + 1),
            KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS="0",
            KAFKA_AUTO_CREATE_TOPICS_ENABLE="false",
            KAFKA_BROKER_SESSION_TIMEOUT_MS="6000",
            KAFKA_REPLICA_LAG_TIME_MAX_MS="6000",
            KAFKA_LOG_DIRS="/var/lib/kafka/data",
            KAFKA_HEAP_OPTS=f"-Xms128m -Xmx{heap_megabytes}m",
        )
        self.with_envs(**(settings or {}))
        self._starts = 0

    @property
    def bootstrap(self) -> str:
        """Return where clients on this machine find it."""
        return f"127.0.0.1:{self._advertised}"

    def launch(self) -> None:
        """Start it, the first time or again, without waiting until it serves."""
        if self._container is None:
            super().start()
        else:
            self._starts = self.get_wrapped_container().logs().count(STARTED)
            self._container.start()

    def until_started(self) -> None:
        """Return once it serves; one that ended by itself fails the test with what it said last."""
        container = self.get_wrapped_container()

        def started() -> bool:
            said = container.logs()
            container.reload()
            assert container.status == "running", said[-2000:].decode(errors="replace")
            return said.count(STARTED) > self._starts

        until(f"{self.alias} serves", START_SECONDS, started)

    def start(self) -> "KafkaBroker":
        """Start it, the first time or again, and return once it serves."""
        self.launch()
        self.until_started()
        return self

    def kill(self) -> None:
        """End it as a power cut would; its disk stays."""
        self.get_wrapped_container().kill()

    def pause(self) -> None:
        """Freeze it: its connections stay open and answer nothing.

        On control groups 1 the kernel gives up, and thaws, while threads come and go; so it is tried again.
        """
        self._until_obeyed(self.get_wrapped_container().pause, unless="unable to freeze")

    def unpause(self) -> None:
        """Let it go on as if no time had passed.

        The engine may hear late of an earlier thawing, and think for a moment that nothing is frozen.
        """
        self._until_obeyed(self.get_wrapped_container().unpause, unless="is not paused")

    def _until_obeyed(self, command: Callable[[], None], *, unless: str) -> None:
        def obeyed() -> bool:
            try:
                command()
            except APIError as error:
                if unless not in str(error):
                    raise
                return False
            return True

        until(f"{self.alias} is no longer {unless!r}", OBEY_SECONDS, obeyed)
