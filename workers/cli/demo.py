"""`tallystick demo`: a day at an issuer, played on an embedded log, verified and shown."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from workers.cli import options
from workers.demo.elsewhere import run_demo_elsewhere
from workers.demo.run import run_demo
from workers.settings import load

FOLDER = Path("tallystick-demo")


def demo(
    *,
    data: Annotated[
        Path | None, typer.Option("--data", help="The folder to play in.", show_default=str(FOLDER))
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            help="Play on the log of these settings instead, which is new and has its workers: nobody is "
            "killed, and the export is left in the settings' data folder.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed is another day.")] = 1,
    chain: Annotated[
        Literal["simulated"], typer.Option("--chain", help="What stands where nodes would.")
    ] = "simulated",
    json: options.Json = False,
) -> int:
    """Play a day: confirmations in, mints out, a kill in the middle; then verify and replay the log."""
    del chain
    if config is None:
        return run_demo(data or FOLDER, seed, json=json)
    if data is not None:
        raise typer.BadParameter(
            "--config names the log and its folder; leave --data out", param_hint="--data"
        )
    return run_demo_elsewhere(load(config), seed, json=json)
