"""`devicevault status`: each device's newest backup."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import options
from pipeline.cli.backups import print_backups
from pipeline.history import find
from pipeline.store.connect import open_results


@click.command()
@click.option("--failed", is_flag=True, help="Only devices whose newest backup failed.")
@options.state_dir
@options.output
def status(failed: bool, state_dir: Path | None, output: str) -> None:
    """Each device's newest backup.

    \b
    Example:  devicevault status --failed
    Exit status: 0 all is well, 1 the table cannot be read, 3 some devices failed
    """
    with open_results(find.settings_of(state_dir)) as results:
        rows = [row for row in results.latest() if row.failed or not failed]
    if rows or output == "json":
        print_backups(rows, output)
    else:
        click.echo("no device failed" if failed else "nothing has been backed up yet")
    raise SystemExit(3 if any(row.failed for row in rows) else 0)
