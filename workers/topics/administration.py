"""Describing and changing topics through kafka-python's administration client."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka.admin import ConfigResource, KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from workers.log.engine import LogUnusable
from workers.log.kafka import Cluster
from workers.topics.declaration import Topic
from workers.topics.differences import Difference, Observed

logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)  # it warns where the machine is busy

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
        wanted = set(names)
        there = [each for each in self._client.describe_topics() if each["name"] in wanted]
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
    try:
        client = KafkaAdminClient(**_settings_of(cluster))
        try:
            yield Administration(client)
        finally:
            client.close()
    except KafkaError as error:
        why = f"{type(error).__name__}: {error}"
        raise LogUnusable(
            f"{cluster} cannot be administered ({why}); see the address and the rights"
        ) from error


def _settings_of(cluster: Cluster) -> dict[str, Any]:
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


def _metadata_version(described: Any) -> int:
    """Return the newest `metadata.version` that the brokers support; 0 where they know of none."""
    _, newest = described.get("metadata.version", {}).get("supported", (0, 0))
    return int(newest)
