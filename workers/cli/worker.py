"""`tallystick worker`: one role in one process, on Kafka."""

from dataclasses import replace
from typing import Annotated

import typer

from workers.bootstrap import chain_node, cluster_of, surroundings
from workers.cli import options
from workers.cli.output import Finding
from workers.cli.topics import declared_topics, kafka_of
from workers.development import SimulatedChains
from workers.observability import configure_logs
from workers.settings import Settings, load
from workers.topics.differences import differences
from workers.tracing.exporting import tracing

app = typer.Typer(help="One role in one process, on Kafka.", no_args_is_help=True)
LogLevel = Annotated[str, typer.Option(help="debug, info, warning or error.")]


@app.callback()
def worker() -> None:
    """Run one role in one process, on Kafka."""


@app.command("settlement")
def settlement(*, config: options.Config = None, log_level: LogLevel = "info") -> None:
    """Decide the ledger's books that the group gives this process, until a signal asks it to stop.

    Refuses to start on topics that could lose a record, and says which setting.
    """
    configure_logs(level=log_level)
    settings = load(config)
    refuse_unsafe(settings)
    from workers.stream.run import run_settlement  # noqa: PLC0415 - Faust takes half a second to import

    with tracing(settings.tracing, "settlement") as traces:
        around = replace(surroundings(), told=traces.of_ledger())
        cluster = cluster_of(kafka_of(settings))
        why = run_settlement(cluster, around, settings.worker, partitions=settings.partitions)
    refuse_an_end(why)


@app.command("executor")
def executor(*, config: options.Config = None, log_level: LogLevel = "info") -> None:
    """Sign, send and watch for the signing accounts that the group gives this process.

    Simulated chains live in the settings' `data` folder, in this process: run one executor beside them. Those
    with a `url` live where `tallystick chain serve` runs, and as many executors as you like reach them.
    """
    configure_logs(level=log_level)
    settings = load(config)
    refuse_unsafe(settings)
    from workers.stream.executor import SigningAccount  # noqa: PLC0415 - see above
    from workers.stream.run import run_executor  # noqa: PLC0415

    cluster = cluster_of(kafka_of(settings))
    nodes = [chain_node(settings.data, each) for each in settings.chains]
    chains = SimulatedChains(nodes)
    accounts = [
        SigningAccount(account, node.chain, chains.keep_up)
        for each, node in zip(settings.chains, nodes, strict=True)
        for account in each.accounts
    ]
    poll_seconds = settings.poll_milliseconds / 1000
    with tracing(settings.tracing, "executor") as traces:
        why = run_executor(
            cluster,
            surroundings(),
            settings.worker,
            accounts,
            partitions=settings.partitions,
            poll_seconds=poll_seconds,
            tracing=traces,
        )
    refuse_an_end(why)


def refuse_an_end(why: str | None) -> None:
    """Exit 1 where a worker ended that nobody asked to stop."""
    if why is not None:
        raise Finding(why)


def refuse_unsafe(settings: Settings) -> None:
    """Refuse topics that are not as declared and brokers that are too old: exit 1 names the first."""
    from workers.topics.administration import administration  # noqa: PLC0415 - see above

    declared = declared_topics(settings)
    with administration(cluster_of(kafka_of(settings))) as connection:
        too_old = connection.too_old()
        found = differences(declared, connection.observe(topic.name for topic in declared))
    if too_old:
        raise Finding(too_old)
    if found:
        raise Finding(f"{found[0]} ({len(found)} in all; `tallystick topics check` lists them)")
