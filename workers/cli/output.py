"""What commands print: tables and sentences for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


class Finding(Exception):  # noqa: N818 - it is one
    """Something was found that somebody should look at: exit 1 with one line."""


def console() -> Console:
    """Return the console for people, on standard output."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def progress_console() -> Console:
    """Return the console for progress, on standard error."""
    return Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON value on one line."""
    print(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")), flush=True)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; columns whose name ends in a dot are numbers and stand to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        if column.endswith("."):
            table.add_column(column[:-1], justify="right", no_wrap=True)
        else:
            table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console().print(table)
