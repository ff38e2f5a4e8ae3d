"""`tallystick run`: the whole product in one process on the embedded log."""

import signal
from types import FrameType
from typing import Annotated

import typer

from workers.cli import options
from workers.cli.output import Finding, progress_console
from workers.embedded import Embedded
from workers.observability import configure_logs
from workers.settings import load


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
    embedded = Embedded(settings)
    try:
        if embedded.created:
            say.print(f"created a development log in {settings.data}", markup=False)
        findings = embedded.check()
        if findings:
            raise Finding(
                f"{settings.data}: {findings[0]}; nothing was appended, restore a copy that verifies"
            )
        say.print(f"running on {settings.data}; lay files into {embedded.drop.inside}", markup=False)
        stopping = _stop_on_signals()
        embedded.run(lambda: bool(stopping))
    finally:
        embedded.close()


def _stop_on_signals() -> list[int]:
    """Return a list that is empty until a signal asks the process to stop."""
    received: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return received
