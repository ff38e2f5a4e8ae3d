"""`tallystick schemas`: the JSON Schemas of every message, event and file dialect."""

import typer

app = typer.Typer(help="JSON Schemas of every message, event and file dialect.", no_args_is_help=True)


@app.callback()
def schemas() -> None:
    """Write or check the JSON Schemas."""
