"""Progress bars for whoever waits, on stderr and only on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pipeline.live.asking import OnProgress, start_a_worker
from pipeline.store.ledger.table import Row
from pipeline.values.job import Job

_HINT_AFTER_S = 5.0


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


@contextmanager
def waiting(what: str, total: int, *, shown: bool = True) -> Iterator[OnProgress]:
    """Yields what is to be told of the answers."""
    with bar(what, total, shown=shown) as (drawn, task):
        hint_at: float | None = time.monotonic() + _HINT_AFTER_S

        def tell(done: int, unanswered: Sequence[Job]) -> None:
            nonlocal hint_at
            drawn.update(task, completed=done)
            if not drawn.disable and hint_at is not None and not done and time.monotonic() >= hint_at:
                hint_at = None
                for queue_id in sorted({job.device.queue_id or "" for job in unanswered}):
                    drawn.console.print(f"nothing yet: {start_a_worker(queue_id or None)}", markup=False)

        yield tell


def interrupted(*, withdrawn: bool = True) -> SystemExit:
    """How a command ends that was interrupted; where workers were asked, what none has taken is withdrawn."""
    click.echo("interrupted" + (": what no worker has taken is withdrawn" if withdrawn else ""), err=True)
    return SystemExit(130)
