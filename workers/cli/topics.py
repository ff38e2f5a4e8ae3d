"""`tallystick topics`: the Kafka topics of a log, as declared."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from workers.bootstrap import cluster_of
from workers.cli import options
from workers.cli.output import Finding, console, print_json
from workers.settings import KafkaSettings, Settings, SettingsError, load
from workers.topics.declaration import Topic, declare
from workers.topics.differences import Difference, differences
from workers.topics.rights import rights

if TYPE_CHECKING:
    from workers.topics.administration import Administration

app = typer.Typer(help="The Kafka topics of a log, as declared.", no_args_is_help=True)
HEARD_SECONDS_MAX = 30.0
LOOK_SECONDS = 0.2


@app.command("plan")
def plan(
    *,
    acls: Annotated[
        bool,
        typer.Option("--acls", help="Print each role's rights instead, as commands of Kafka's own tool."),
    ] = False,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """Show what `apply` would do; with --acls, the rights that each role needs. Changes nothing."""
    settings = load(config)
    if acls:
        _show_rights(settings, json=json)
        return
    with _connected(settings) as (connection, declared):
        _show(_differences(connection, declared), json=json)


@app.command("apply")
def apply(*, config: options.Config = None, json: options.Json = False) -> int:
    """Make missing topics and set what can be set. Exit 1 where something is left for people."""
    with _connected(load(config)) as (connection, declared):
        connection.apply(declared, _differences(connection, declared))
        left = _left(connection, declared)
    _show(left, json=json)
    return int(bool(left))


@app.command("check")
def check(*, config: options.Config = None, json: options.Json = False) -> int:
    """Exit 1 where a topic could lose a record, or a broker is too old; workers refuse to start there."""
    with _connected(load(config)) as (connection, declared):
        too_old = connection.too_old()
        found = _differences(connection, declared)
    if too_old:
        raise Finding(too_old)
    _show(found, json=json)
    return int(bool(found))


def declared_topics(settings: Settings) -> tuple[Topic, ...]:
    """Return every topic of the log that the settings describe."""
    kafka = kafka_of(settings)
    return declare(
        partitions=settings.partitions,
        accounts=tuple(account for chain in settings.chains for account in chain.accounts),
        prefix=kafka.prefix,
        replication_factor=kafka.replication_factor,
    )


def kafka_of(settings: Settings) -> KafkaSettings:
    """Return the cluster's settings; `SettingsError` where there are none."""
    if settings.kafka is None:
        raise SettingsError("kafka: no cluster is named; set kafka.bootstrap_servers in the file of --config")
    return settings.kafka


@contextmanager
def _connected(settings: Settings) -> Iterator[tuple["Administration", tuple[Topic, ...]]]:
    from workers.topics.administration import administration  # noqa: PLC0415 - its client is slow to import

    declared = declared_topics(settings)
    with administration(cluster_of(kafka_of(settings))) as connection:
        yield connection, declared


def _differences(connection: "Administration", declared: tuple[Topic, ...]) -> list[Difference]:
    return differences(declared, connection.observe(topic.name for topic in declared))


def _left(connection: "Administration", declared: tuple[Topic, ...]) -> list[Difference]:
    """Return what is left once it was applied: brokers hear of it one after another, and any may be asked."""
    deadline = time.monotonic() + HEARD_SECONDS_MAX
    while True:
        left = _differences(connection, declared)
        unheard = [each for each in left if each.cure in ("create", "alter")]
        if not unheard or time.monotonic() > deadline:
            return left
        time.sleep(LOOK_SECONDS)


def _show(found: list[Difference], *, json: bool) -> None:
    if json:
        print_json(
            [
                {
                    "topic": each.topic,
                    "setting": each.setting,
                    "found": each.found,
                    "wanted": each.wanted,
                    "cure": each.cure,
                }
                for each in found
            ]
        )
        return
    for each in found:
        console().print(str(each), markup=False)
    if not found:
        console().print("every topic is as declared", markup=False)


def _show_rights(settings: Settings, *, json: bool) -> None:
    needed = rights(declared_topics(settings), prefix=kafka_of(settings).prefix)
    if json:
        print_json([right.as_json() for right in needed])
        return
    for right in needed:
        console().print(right.as_command(), markup=False)
