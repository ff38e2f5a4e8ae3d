"""Options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option("--data", help="The embedded log's folder.", show_default="tallystick-data"),
]
Config = Annotated[
    Path | None, typer.Option("--config", help="A TOML file of settings; TALLYSTICK_... variables win.")
]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable output on standard output.")]
Moment = Annotated[
    str | None, typer.Option("--at", help="BOOK:SEQ or a time: the state up to there; else to the end.")
]
