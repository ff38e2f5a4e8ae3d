"""Describing and changing topics through kafka-python's administration client."""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka.admin import ConfigResource, KafkaAdminClient, NewTopic
from kafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
)
from kafka.errors import TopicAuthorizationFailedError as Forbidden

from workers.log.engine import LogUnusable
from workers.log.kafka import Cluster
from workers.log.kafka.admission import ask_admission
from workers.topics.declaration import Topic
from workers.topics.differences import Difference, Observed

logging.getLogger("kafka").setLevel(logging.CRITICAL)  # what fails is raised, and said in one line

CREATED_MILLISECONDS = 60_000
OLDEST_METADATA_VERSION = 19
"""Feature level of Kafka 3.7 (3.7-IV4): what a reader of an older broker saw could vanish."""


class Administration:
    """One connection to a cluster."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def too_old(self) -> str | None:
        """Return why these brokers are refused: they are older than 3.7."""
        level = _metadata_version(self._client.describe_features())
        if level >= OLDEST_METADATA_VERSION:
            return None
        return f"the brokers support metadata.version {level}, which is before Kafka 3.7; upgrade them"

    def observe(self, names: Iterable[str]) -> dict[str, Observed]:
        """Return those of these topics that exist, as they are."""
        described = self._client.describe_topics(sorted(names))  # by name: what may not be seen is told apart
        hidden = sorted(each["name"] for each in described if each["error_code"] == Forbidden.errno)
        if hidden:
            raise LogUnusable(_no_right(f"describe {', '.join(hidden)}"))
        there = [each for each in described if each["error_code"] != UnknownTopicOrPartitionError.errno]
        settings = self._settings([each["name"] for each in there])
        return {
            each["name"]: Observed(
                partitions=len(each["partitions"]),
                replication_factor=min(len(part["replica_nodes"]) for part in each["partitions"]),
                settings=settings.get(each["name"], {}),
            )
            for each in there
        }

    def apply(self, declared: Iterable[Topic], found: Iterable[Difference]) -> None:
        """Make what is missing and set what can be set; what people must do is left as it is."""
        by_name = {topic.name: topic for topic in declared}
        found = list(found)
        for each in found:
            topic = by_name[each.topic]
            if each.cure == "create":
                self._create(topic)
            elif each.cure == "alter":
                resource = ConfigResource("TOPIC", topic.name, configs={each.setting: each.wanted})
                self._client.alter_configs([resource])
        created = [each.topic for each in found if each.cure == "create"]
        self._client.wait_for_topics(created, timeout_ms=CREATED_MILLISECONDS)

    def _create(self, topic: Topic) -> None:
        new = NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=topic.replication_factor,
            topic_configs=topic.settings,
        )
        try:
            self._client.create_topics([new])
        except TopicAlreadyExistsError:
            return  # somebody was faster: `check` tells whether it is as declared

    def _settings(self, names: list[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        resources = [ConfigResource("TOPIC", name) for name in names]
        described = self._client.describe_configs(resources, config_filter="all")
        return {
            name: {key: str(value["value"]) for key, value in settings.items()}
            for by_name in described.values()
            for name, settings in by_name.items()
        }


@contextmanager
def administration(cluster: Cluster) -> Iterator[Administration]:
    """Connect to a cluster for as long as the block lasts."""
    asyncio.run(ask_admission(cluster))
    try:
        client = KafkaAdminClient(**client_settings(cluster), bootstrap_timeout_ms=cluster.timeout_ms)
        try:
            yield Administration(client)
        finally:
            client.close()
    except (Forbidden, ClusterAuthorizationFailedError) as error:
        raise LogUnusable(_no_right(f"make topics, or see how they are set ({error})")) from error
    except KafkaError as error:
        why = f"{type(error).__name__}: {error}"
        raise LogUnusable(
            f"{cluster} cannot be administered ({why}); see the address and the rights"
        ) from error


def client_settings(cluster: Cluster) -> dict[str, Any]:
    """Return what every client of kafka-python is made with."""
    settings: dict[str, Any] = {
        "bootstrap_servers": list(cluster.bootstrap_servers),
        "security_protocol": cluster.security_protocol,
        "request_timeout_ms": cluster.timeout_ms,
    }
    if cluster.ca_file:
        settings["ssl_context"] = cluster.ssl_context()
    if cluster.username:
        settings |= {
            "sasl_mechanism": cluster.mechanism,
            "sasl_plain_username": cluster.username,
            "sasl_plain_password": cluster.password,
        }
    return settings


def _no_right(to: str) -> str:
    return f"no right to {to} with these credentials; `tallystick topics plan --acls` prints the rights"


def _metadata_version(described: Any) -> int:
    """Return the newest `metadata.version` that the brokers support; 0 where they know of none."""
    _, newest = described.get("metadata.version", {}).get("supported", (0, 0))
    return int(newest)
