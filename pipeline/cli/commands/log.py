"""`devicevault log`: the backups of one device."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import options
from pipeline.cli.backups import print_backups
from pipeline.history import find
from pipeline.store.connect import open_results


@click.command()
@click.argument("device")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@options.state_dir
@options.output
def log(device: str, limit: int, state_dir: Path | None, output: str) -> None:
    """The backups of one device, newest first.

    \b
    Example:  devicevault log core-sw1
    Exit status: 0 done, 1 the table cannot be read, 2 no such device
    """
    with open_results(find.settings_of(state_dir)) as results:
        rows = find.history(results, device, limit)
    print_backups(rows, output)
