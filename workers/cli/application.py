"""The commands, gathered."""

from typing import Annotated

import typer

from workers.bootstrap import program_version
from workers.cli import audit, chain, demo, log, read, run, schemas, state, submit, topics, worker

app = typer.Typer(
    name="tallystick",
    help="Custody confirmations in, mints out, and a log that proves it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("read")(read.read)
app.command("submit")(submit.submit)
app.command("state")(state.state)
app.add_typer(log.app, name="log")
app.add_typer(topics.app, name="topics")
app.add_typer(worker.app, name="worker")
app.add_typer(chain.app, name="chain")
app.add_typer(audit.app, name="audit")
app.add_typer(schemas.app, name="schemas")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - the callback's form
    if wanted:
        print(program_version())
        raise typer.Exit


@app.callback()
def tallystick(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Custody confirmations in, mints out, and a log that proves it."""
    del version
