"""`tallystick schemas`: the JSON Schemas of every message, event and file dialect."""

import msgspec
import typer

from schemas.export import FOLDER, Difference
from schemas.export import check as check_committed
from schemas.export import export as write_missing
from workers.cli import options
from workers.cli.output import console, print_json

app = typer.Typer(help="JSON Schemas of every message, event and file dialect.", no_args_is_help=True)


@app.command("export")
def export(*, json: options.Json = False) -> int:
    """Write the schemas of new types and versions; a committed one is never changed (exit 1)."""
    refused = write_missing()
    _show(refused, json=json, none=f"{FOLDER.name}: every schema is written")
    return int(bool(refused))


@app.command("check")
def check(*, json: options.Json = False) -> int:
    """Compare the code with the committed schemas. Exit 1 where they part."""
    differences = check_committed()
    _show(differences, json=json, none=f"{FOLDER.name}: the code says what is committed")
    return int(bool(differences))


def _show(differences: list[Difference], *, json: bool, none: str) -> None:
    if json:
        for each in differences:
            print_json(msgspec.to_builtins(each))
        return
    for each in differences:
        console().print(f"{each.kind} {each.file}: {each.text}", markup=False)
    if not differences:
        console().print(none, markup=False)
