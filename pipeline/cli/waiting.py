"""A progress bar for whoever waits for workers' answers, and a hint where none seems to work."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from pipeline.cli.progress import bar
from pipeline.live.asking import Tell, start_a_worker
from pipeline.values.job import Job

_HINT_AFTER_S = 5.0


@contextmanager
def waiting(what: str, total: int, *, shown: bool = True) -> Iterator[Tell]:
    """Yields what is to be told of the answers."""
    with bar(what, total, shown=shown) as (drawn, task):
        hint_at: float | None = time.monotonic() + _HINT_AFTER_S

        def tell(done: int, unanswered: Sequence[Job]) -> None:
            nonlocal hint_at
            drawn.update(task, completed=done)
            if not drawn.disable and hint_at is not None and not done and time.monotonic() >= hint_at:
                hint_at = None
                for queue_id in sorted({job.queue_id or "" for job in unanswered}):
                    drawn.console.print(f"nothing yet: {start_a_worker(queue_id or None)}", markup=False)

        yield tell


def interrupted(*, withdrawn: bool = True) -> SystemExit:
    """How a command ends that was interrupted; where workers were asked, what none has taken is withdrawn."""
    click.echo("interrupted" + (": what no worker has taken is withdrawn" if withdrawn else ""), err=True)
    return SystemExit(130)
