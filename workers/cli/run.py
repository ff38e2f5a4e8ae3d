"""`tallystick run`: the whole product in one process on the embedded log."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from workers.cli import options
from workers.cli.output import Finding, progress_console
from workers.embedded import AfterRound, Embedded
from workers.observability import configure_logs
from workers.settings import Settings, load
from workers.tracing.exporting import tracing


def run(
    *,
    data: options.Data = None,
    config: options.Config = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Run settlement, executors and simulated chains in one process; lay files into DATA/in.

    Creates a development log in an empty folder. A log that does not verify is never appended to.
    """
    if log_level not in ("debug", "info", "warning", "error"):
        raise typer.BadParameter(
            f"{log_level!r} is none of debug, info, warning, error", param_hint="--log-level"
        )
    configure_logs(level=log_level)
    settings = load(config, data=data)
    say = progress_console()
    with tracing(settings.tracing, "embedded") as traces:
        embedded = Embedded(settings, tracing=traces)
        try:
            _run(settings, embedded, say)
        finally:
            embedded.close()


def _run(settings: Settings, embedded: Embedded, say: Console) -> None:
    if embedded.created:
        say.print(f"created a development log in {settings.data}", markup=False)
    findings = embedded.check()
    if findings:
        raise Finding(f"{settings.data}: {findings[0]}; nothing was appended, restore a copy that verifies")
    say.print(f"running on {settings.data}; lay files into {embedded.drop.inside}", markup=False)
    stopping = _stop_on_signals()
    with _metrics(settings, say) as after_round:
        embedded.run(lambda: bool(stopping), after_round)


@contextmanager
def _metrics(settings: Settings, say: Console) -> Iterator[AfterRound]:
    """Serve `/metrics` where the settings name a port, and yield what publishes the figures."""
    if settings.metrics.port is None:
        yield lambda _engine, _parts: None
        return
    from workers.metrics.embedded import serve_embedded  # noqa: PLC0415 - its client takes long to import

    with serve_embedded(settings.metrics.bind, settings.metrics.port) as (address, after_round):
        say.print(f"metrics at {address}", markup=False)
        yield after_round


def _stop_on_signals() -> list[int]:
    """Return a list that is empty until a signal asks the process to stop."""
    received: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return received
