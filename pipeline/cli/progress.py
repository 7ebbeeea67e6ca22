"""Progress bars for a person who waits. They are on stderr, and only on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pipeline.cli.echo import echo
from pipeline.live.asking import OnProgress, start_a_worker
from pipeline.store.ledger.table import Row
from pipeline.values.job import Job

_HINT_AFTER_S = 5.0


@contextmanager
def bar(what: str, total: int, *, shown: bool) -> Iterator[tuple[Progress, TaskID]]:
    """A bar of `total` steps. It is disabled, and draws nothing, unless `shown` and on a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as display:
        yield display, display.add_task(what, total=total)


@contextmanager
def progress(total: int, *, shown: bool = True) -> Iterator[Callable[[Sequence[Row]], None]]:
    """A bar for `total` backups. Call what it yields with the rows that are finished."""
    with bar("collecting", total, shown=shown) as (display, task):

        def on_progress(finished: Sequence[Row]) -> None:
            failed = sum(row.status != "success" for row in finished)
            description = "collecting" + (f" ({failed} failed)" if failed else "")
            display.update(task, completed=len(finished), description=description)

        yield on_progress


@contextmanager
def waiting(what: str, total: int, *, shown: bool = True) -> Iterator[OnProgress]:
    """A bar for `total` answers. After a while without any, it says which worker may be missing."""
    with bar(what, total, shown=shown) as (display, task):
        hint_at: float | None = time.monotonic() + _HINT_AFTER_S

        def on_progress(done: int, unanswered: Sequence[Job]) -> None:
            nonlocal hint_at
            display.update(task, completed=done)
            if not display.disable and hint_at is not None and not done and time.monotonic() >= hint_at:
                hint_at = None
                for queue_id in sorted({job.device.queue_id or "" for job in unanswered}):
                    display.console.print(f"nothing yet: {start_a_worker(queue_id or None)}", markup=False)

        yield on_progress


def interrupted(*, withdrawn: bool = True) -> SystemExit:
    """The end of a command that Ctrl-C interrupted. `withdrawn`: it had asked workers, and withdraws that."""
    echo("interrupted" + (": what no worker has taken is withdrawn" if withdrawn else ""), err=True)
    return SystemExit(130)
