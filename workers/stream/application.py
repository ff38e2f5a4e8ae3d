"""The Faust application of a worker: it joins the group, supervises the rounds, answers for its health."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import faust
from mode import Service

from workers.log.kafka import Cluster
from workers.metrics.exposition import Exposition
from workers.settings import WorkerSettings
from workers.stream.consumer import LedgerTransport
from workers.stream.fetched import Fetched
from workers.stream.pages import add_pages
from workers.stream.rounds import Rounds

REBALANCE_SECONDS = 6.0
HEARTBEAT_SECONDS = 1.5
POLL_SECONDS_MAX = 10 * 365 * 24 * 3600.0
"""Never: an executor fetches nothing, and a worker without a book nothing yet; both stay in their group."""
WATCH_SECONDS = 0.2


class WorkerApp(faust.App):
    """Membership of one group over the topics that a role reads; no streams, tables or commits."""

    def __init__(self, *args: Any, prefix: str, fetched: Fetched, **options: Any) -> None:
        self.topic_prefix = prefix
        self.fetched = fetched
        super().__init__(*args, **options)

    def _new_transport(self) -> LedgerTransport:
        return LedgerTransport(self.conf.broker_consumer, self)

    def follow(self, topic: str) -> None:
        """Join the group for a topic; the agent never sees an event, batches go to the rounds."""

        async def follow(stream: Any) -> None:
            async for _ in stream:
                pass

        source = self.topic(
            self.topic_prefix + topic, key_serializer="raw", value_serializer="raw", acks=False
        )
        self.agent(source, name=topic)(follow)


def credentials(cluster: Cluster) -> Any:
    """Return what Faust connects with; None where that is neither TLS nor a password."""
    context = cluster.ssl_context() if cluster.ca_file else None
    if cluster.username:
        return faust.SASLCredentials(
            username=cluster.username,
            password=cluster.password,
            mechanism=cluster.mechanism,
            ssl_context=context,
        )
    return None if context is None else faust.SSLCredentials(context)


class Supervision(Service):
    """Starts and stops the rounds with the application, and ends it where they fail."""

    rounds: Rounds

    async def on_start(self) -> None:
        """Begin the rounds."""
        self.rounds.start()

    async def on_stop(self) -> None:
        """End the rounds before the group is left, so that nobody decides for another's book."""
        await asyncio.to_thread(self.rounds.stop)

    @Service.task
    async def _watch(self) -> None:
        while not self.should_stop:
            await self.sleep(WATCH_SECONDS)
            if not self.rounds.alive and not self.should_stop:
                await self.crash(self.rounds.failure or RuntimeError("the rounds ended by themselves"))


def application(
    group: str,
    cluster: Cluster,
    *,
    topics: Iterable[str],
    rounds: Rounds,
    fetched: Fetched,
    partitions_of: Callable[[Iterable[Any]], frozenset[int]],
    settings: WorkerSettings,
    exposition: Exposition,
) -> WorkerApp:
    """Return the application of one worker; `partitions_of` says which parts an assignment makes ours."""
    app = WorkerApp(
        cluster.prefix + group,
        prefix=cluster.prefix,
        fetched=fetched,
        broker=[f"kafka://{server}" for server in cluster.bootstrap_servers],
        broker_credentials=credentials(cluster),
        broker_session_timeout=float(settings.session_seconds),
        broker_heartbeat_interval=HEARTBEAT_SECONDS,
        broker_request_timeout=max(settings.session_seconds, cluster.timeout_ms / 1000),
        broker_rebalance_timeout=REBALANCE_SECONDS,
        broker_max_poll_interval=POLL_SECONDS_MAX,
        **({"consumer_group_instance_id": settings.instance} if settings.instance else {}),
        consumer_auto_offset_reset="earliest",
        topic_allow_declare=False,
        topic_disable_leader=True,
        autodiscover=False,
        datadir=str(settings.folder),
        web_port=settings.web_port,
        web_bind=settings.web_bind,
        store="memory://",
    )
    for topic in topics:
        app.follow(topic)

    @app.on_partitions_assigned.connect(weak=False)
    async def assigned(_app: Any, assigned: Iterable[Any], **_: Any) -> None:
        rounds.owned = partitions_of(assigned)

    @app.on_partitions_revoked.connect(weak=False)
    async def revoked(_app: Any, _revoked: Iterable[Any], **_: Any) -> None:
        rounds.owned = frozenset()

    class Supervised(Supervision):
        """Faust makes it, when the application starts."""

    Supervised.rounds = rounds
    app.service(Supervised)
    add_pages(app, rounds, exposition)
    return app
