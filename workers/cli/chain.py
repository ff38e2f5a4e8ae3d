"""`tallystick chain`: simulated chains in a process of their own, for development."""

import signal
from contextlib import ExitStack
from threading import Event
from types import FrameType
from typing import Annotated

import structlog
import typer

from workers.bootstrap import SimulatedNode, simulated_node
from workers.chains.simulated import Served, served
from workers.cli import options
from workers.log.engine import LogUnusable
from workers.observability import configure_logs
from workers.settings import load

app = typer.Typer(help="Simulated chains, for development.", no_args_is_help=True)
LOOK_SECONDS = 0.05


@app.callback()
def chain() -> None:
    """Run simulated chains."""


@app.command("serve")
def serve(
    *,
    bind: Annotated[str, typer.Option(help="The address to answer at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes any that is free.")] = 8545,
    data: options.Data = None,
    config: options.Config = None,
) -> None:
    """Run the simulated chains of the settings, until a signal asks to stop; executors reach them by `url`.

    They live in the settings' `data` folder. Who can reach the port can sign: let nobody in but executors.
    """
    configure_logs()
    settings = load(config, data=data)
    nodes = [simulated_node(settings.data, each) for each in settings.chains]
    chains = {node.chain.name: Served(node.chain, node.deploy) for node in nodes}
    stopping = _stop_on_signals()
    with ExitStack() as ending:
        for node in nodes:
            ending.callback(node.network.close)
        try:
            bound = ending.enter_context(served(chains, bind, port))
        except OSError as error:
            raise LogUnusable(
                f"{bind}:{port} cannot be used: {error.strerror}; name another --port"
            ) from error
        structlog.get_logger("tallystick.chains").info("chains_served", bind=bind, port=bound)
        _run(nodes, stopping)


def _run(nodes: list[SimulatedNode], stopping: Event) -> None:
    while not stopping.wait(LOOK_SECONDS):
        for node in nodes:
            node.produce_blocks()


def _stop_on_signals() -> Event:
    stopping = Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping
