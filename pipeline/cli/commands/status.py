"""`devicevault status`: each device's newest backup."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import options
from pipeline.cli.output import as_json, exit_status, print_json, print_rows
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
    if output == "json":
        print_json([as_json(row) for row in rows])
    elif rows:
        print_rows(rows)
    else:
        click.echo("no device failed" if failed else "nothing has been backed up yet")
    raise SystemExit(exit_status(rows))
