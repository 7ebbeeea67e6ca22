"""A progress bar for whoever waits for backups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.ledger.table import Row


@contextmanager
def progress(total: int, *, shown: bool = True) -> Iterator[Callable[[Sequence[Row]], None]]:
    """Yields what is to be told of the finished rows; draws on stderr, and only on a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as bar:
        task = bar.add_task("collecting", total=total)

        def tell(finished: Sequence[Row]) -> None:
            failed = sum(row.status != "success" for row in finished)
            description = "collecting" + (f" ({failed} failed)" if failed else "")
            bar.update(task, completed=len(finished), description=description)

        yield tell
