"""Progress bars for whoever waits, on stderr and only on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pipeline.store.ledger.table import Row


@contextmanager
def bar(what: str, total: int, *, shown: bool) -> Iterator[tuple[Progress, TaskID]]:
    """A bar of `total` steps. It draws nothing, and its progress is disabled, unless a person sees it."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as drawn:
        yield drawn, drawn.add_task(what, total=total)


@contextmanager
def progress(total: int, *, shown: bool = True) -> Iterator[Callable[[Sequence[Row]], None]]:
    """Yields what is to be told of the rows that are finished."""
    with bar("collecting", total, shown=shown) as (drawn, task):

        def tell(finished: Sequence[Row]) -> None:
            failed = sum(row.status != "success" for row in finished)
            description = "collecting" + (f" ({failed} failed)" if failed else "")
            drawn.update(task, completed=len(finished), description=description)

        yield tell
