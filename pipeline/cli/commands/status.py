"""`devicevault status`: each device's newest backup."""

from __future__ import annotations

import click

from pipeline import services
from pipeline.cli import options
from pipeline.cli.backups import print_backups
from pipeline.cli.echo import echo
from pipeline.cli.selection import with_selection
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.history.newest import newest_backups
from pipeline.plan.selection import Selection
from pipeline.store.connect import open_results
from pipeline.views.status import no_backups, without_backup


@click.command()
@with_selection
@click.option("--failed", is_flag=True, help="Only devices whose newest backup failed.")
@with_workplace
@options.output
def status(selection: Selection, failed: bool, workplace: Workplace, output: str) -> None:
    """Each device's newest backup.

    Without names of devices, --group, --all or --changed-since these are the devices that the table knows,
    and no inventory is read.

    \b
    Example:  devicevault status --failed
    Exit status: 0 all is well, 1 the table cannot be read, 2 wrong usage,
                 3 some devices failed, or no session of a backup gets to them
    """
    settings = services.locate(workplace.settings(), redis=False)
    devices = workplace.select(selection, settings, workplace.read(settings)) if selection else None
    with open_results(settings) as results:
        newest = newest_backups(results, devices)
    rows = [row for row in newest.rows if row.unwell or not failed]
    if rows or output == "json":
        print_backups(rows, output)
    else:
        echo(no_backups(failed=failed, all_devices=devices is None))
    if newest.without_backup and output == "text":
        echo(without_backup(newest.without_backup), err=True)
    raise SystemExit(3 if any(row.unwell for row in rows) else 0)
