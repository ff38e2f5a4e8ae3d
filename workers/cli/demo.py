"""`tallystick demo`: a day at an issuer, played on an embedded log, verified and shown."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from workers.cli import options
from workers.demo.run import run_demo


def demo(
    *,
    data: Annotated[Path, typer.Option("--data", help="The folder to play in.")] = Path("tallystick-demo"),
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed is another day.")] = 1,
    chain: Annotated[
        Literal["simulated"], typer.Option("--chain", help="What stands where nodes would.")
    ] = "simulated",
    json: options.Json = False,
) -> int:
    """Play a day: confirmations in, mints out, a kill in the middle; then verify and replay the log."""
    del chain
    return run_demo(data, seed, json=json)
