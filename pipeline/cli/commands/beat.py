"""`devicevault beat`: the process that enqueues what is due."""

from __future__ import annotations

import click

from pipeline import logs, services
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.driver import beat as process
from pipeline.system.private_files import keep_files_private


@click.command()
@with_workplace
def beat(workplace: Workplace) -> None:
    """Enqueue what the schedules make due, and sweep; any number may run.

    Reads the inventory at its Git revision and again whenever that moves.

    \b
    Example:  devicevault beat --inventory /srv/network/inventory --ref main
    Exit status: 0 stopped, 1 could not start, 2 wrong usage
    """
    settings = services.locate(workplace.settings())
    keep_files_private()
    logs.configure(settings, "beat")
    process.run(settings, worktree=workplace.worktree)
