"""Progress on standard error for long readings, silent where nobody looks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from workers.cli.output import progress_console


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that shows what is being done, how much of it is done, and how much there is."""
    tasks: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    out = progress_console()
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bars:

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=total or None)

        yield tell
