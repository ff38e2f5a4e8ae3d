"""What commands print: tables and sentences for people, JSON for programs."""

import errno
import json
import os
import select
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


class Finding(Exception):  # noqa: N818 - it is one
    """Something was found that somebody should look at: exit 1 with one line."""


class _Console(Console):
    """A console that leaves a reader who went away to the command's entrance."""

    def on_broken_pipe(self) -> None:
        """Let the error through."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def wait_for_more(seconds: float) -> None:
    """Wait, and raise BrokenPipeError at once where whoever reads standard output goes away meanwhile."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)  # it tells of errors alone
    if any(event & select.POLLERR for _, event in poll.poll(seconds * 1000)):
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def printable(path: Path) -> str:
    """Return a path as text that every output takes; bytes that are no UTF-8 are shown escaped."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def console() -> Console:
    """Return the console for people, on standard output."""
    return _Console(highlight=False, soft_wrap=not sys.stdout.isatty())


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
            table.add_column(column, overflow="fold", min_width=min(10, len(column) + 2))
    for row in rows:
        table.add_row(*row)
    console().print(table)
