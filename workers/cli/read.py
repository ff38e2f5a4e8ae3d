"""`tallystick read`: what messages mean, without appending anything."""

from pathlib import Path
from typing import Annotated, Any

import typer

from workers.cli import options
from workers.cli.output import console, print_json, printable
from workers.files import read_named
from workers.ingest import registry
from workers.ingest.printed import printed
from workers.settings import load


def read(
    files: Annotated[list[Path], typer.Argument(help="Files of any dialect, several messages in a file.")],
    *,
    config: options.Config = None,
    lenient: Annotated[
        bool,
        typer.Option(
            "--lenient", help="Accept identifiers that fail only their check digit or country prefix."
        ),
    ] = False,
    json: options.Json = False,
) -> int:
    """Parse messages and print what they mean; append nothing. Exit 1 when anything was parked."""
    profiles = load(config).reading_profiles()
    contents = [(path, read_named(path)) for path in files]
    parked = False
    for path, data in contents:
        for index, reading in enumerate(registry.read(data, profiles=profiles, lenient=lenient)):
            parked = parked or reading.outcome == "parked"
            shown = printed(reading, file=printable(path), index=index)
            if json:
                print_json(shown)
            else:
                _print_for_people(shown)
    return int(parked)


def _print_for_people(shown: dict[str, Any]) -> None:
    out = console()
    out.print(
        f"{shown['file']} #{shown['index']}  {shown['dialect'] or '?'}  {shown['outcome']}", markup=False
    )
    if shown["reason"]:
        where = f" (at {shown['reason']['where']})" if shown["reason"]["where"] else ""
        out.print(f"    {shown['reason']['code']}: {shown['reason']['text']}{where}", markup=False)
    for name, value in (shown["confirmation"] or shown["statement"] or {}).items():
        if value not in (None, (), [], False):
            out.print(f"    {name}: {_plain(value)}", markup=False)
    for warning in shown["warnings"]:
        out.print(f"    warning: {warning}", markup=False)


def _plain(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a value without brackets: `ISIN US0378331005` instead of an object."""
    if isinstance(value, dict):
        return " ".join(_plain(each) for each in value.values() if each is not None)
    if isinstance(value, list | tuple):
        return ", ".join(_plain(each) for each in value)
    return str(value)
