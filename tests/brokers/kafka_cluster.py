"""Three real brokers on a network of their own, each of which can be killed, frozen or cut off."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest
from testcontainers.core.network import Network

from tests.brokers.kafka_broker import KafkaBroker, owned, until

SIZE = 3
WHOLE_SECONDS = 90
VIEW_MILLISECONDS = 3_000


@dataclass(frozen=True, slots=True)
class View:
    """What one broker knows: the brokers that live, and each partition's replicas and those in sync."""

    brokers: frozenset[int]
    partitions: dict[tuple[str, int], tuple[frozenset[int], frozenset[int]]]

    @property
    def whole(self) -> bool:
        """Return whether every broker lives and every replica is in sync."""
        alive = len(self.brokers) == SIZE
        return alive and all(replicas == in_sync for replicas, in_sync in self.partitions.values())


async def _ask(broker: KafkaBroker) -> View:
    connection = await create_conn("127.0.0.1", broker.port, request_timeout_ms=VIEW_MILLISECONDS)
    try:
        answer = await connection.send(MetadataRequest())
    finally:
        connection.close()
    return View(
        frozenset(node for node, *_ in answer.brokers),
        {
            (topic, partition): (frozenset(replicas), frozenset(in_sync))
            for _, topic, _, partitions in answer.topics
            for _, partition, _, replicas, in_sync, *_ in partitions
        },
    )


def view(broker: KafkaBroker) -> View | None:
    """Return what the broker knows, or None while it does not answer."""
    try:
        return asyncio.run(asyncio.wait_for(_ask(broker), VIEW_MILLISECONDS / 1000))
    except (KafkaError, OSError, TimeoutError):
        return None


class KafkaCluster:
    """Three brokers; topics have three replicas, of which two must acknowledge."""

    def __init__(self) -> None:
        self.network = Network(docker_network_kw={"labels": owned()})
        self.brokers = {
            node: KafkaBroker(node=node, size=SIZE, network=self.network) for node in range(1, SIZE + 1)
        }
        self._cut: set[int] = set()

    @property
    def bootstrap(self) -> str:
        """Return where clients on this machine find it, whichever broker lives."""
        return ",".join(broker.bootstrap for broker in self.brokers.values())

    def start(self) -> None:
        """Start all three together, since none serves without a second, and wait until they are whole."""
        self.network.create()
        for broker in self.brokers.values():
            broker.launch()
        for broker in self.brokers.values():
            broker.until_started()
        self.until_whole()

    def stop(self) -> None:
        """Remove everything."""
        for broker in self.brokers.values():
            broker.stop()
        self.network.remove()

    def cut(self, node: int) -> None:
        """Take a broker off the network: it lives on, and reaches nobody."""
        broker = self.brokers[node]
        network = broker.get_docker_client().client.networks.get(self.network.name)
        network.disconnect(broker.get_container_id())
        self._cut.add(node)

    def mend(self, node: int) -> None:
        """Give a broker its network back."""
        broker = self.brokers[node]
        self.network.connect(broker.get_container_id(), network_aliases=[broker.alias])
        self._cut.discard(node)

    def until_whole(self) -> None:
        """Return once each broker by itself says that all live and all replicas are in sync.

        Each is asked, since one that was frozen or cut off knows nothing newer than what it knew before.
        """
        until("each broker sees whole in-sync sets", WHOLE_SECONDS, self._whole)

    def until_away(self, node: int, *, seen_by: int) -> None:
        """Return once a broker counts another one as dead, and in sync with nothing."""
        until(f"kafka{seen_by} counts kafka{node} as dead", WHOLE_SECONDS, self._away(node, seen_by))

    def heal(self) -> None:
        """Undo whatever was done to the brokers, and wait until they are whole."""
        for node in sorted(self._cut):
            self.mend(node)
        asleep = []
        for broker in self.brokers.values():
            container = broker.get_wrapped_container()
            container.reload()
            if container.status == "paused":
                broker.unpause()
            elif container.status != "running":
                broker.launch()
                asleep.append(broker)
        for broker in asleep:
            broker.until_started()
        self.until_whole()

    def _whole(self) -> bool:
        views = [view(broker) for broker in self.brokers.values()]
        return all(seen is not None and seen.whole for seen in views)

    def _away(self, node: int, seen_by: int) -> Callable[[], bool]:
        def away() -> bool:
            seen = view(self.brokers[seen_by])
            if seen is None or node in seen.brokers:
                return False
            return all(node not in in_sync for _, in_sync in seen.partitions.values())

        return away
