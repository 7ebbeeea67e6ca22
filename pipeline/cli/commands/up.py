"""`devicevault up`: everything on this machine."""

from __future__ import annotations

import click

from pipeline import logs
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.local import up as process
from pipeline.system.private_files import keep_files_private


@click.command()
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    help="Collections per worker. [DEVICEVAULT_WORKER_CONCURRENCY]",
)
@with_workplace
def up(concurrency: int | None, workplace: Workplace) -> None:
    """Run everything on this machine until stopped: services, workers, consumer, beat.

    Valkey and Postgres are started in the state directory unless DEVICEVAULT_REDIS_URL and
    DEVICEVAULT_DATABASE_URL name others. There is one worker per queue of the inventory and one for the
    default queue. Ctrl-C stops all of it; a process that dies is started again.

    \b
    Example:  devicevault up --inventory /srv/network/inventory
    Exit status: 0 stopped, 1 could not start, 2 wrong usage
    """
    settings = workplace.settings(worker_concurrency=concurrency)
    keep_files_private()
    logs.configure(settings, "up")
    process.run(settings, worktree=workplace.worktree)
