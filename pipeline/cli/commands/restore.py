"""`devicevault restore`: print a configuration with its secrets, from the sealed copy."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.errors import UsageError
from pipeline.history import find
from pipeline.history.restore import unseal
from pipeline.history.show import sealed_copy
from pipeline.store.connect import open_results


@click.command()
@click.argument("device")
@click.option("--at", metavar="TASK_IDENTIFIER", help="The backup to restore; the newest success without it.")
@click.option(
    "--identity",
    required=True,
    type=click.Path(path_type=Path),
    help="File with an age identity or SSH private key.",
)
@options.state_dir
def restore(device: str, at: str | None, identity: Path, state_dir: Path | None) -> None:
    """Print a device's whole configuration, secrets too, from its sealed copy.

    \b
    Example:  devicevault restore core-sw1 --identity backup-team.age
    Exit status: 0 done, 1 it cannot be read, 2 no such backup, no sealed copy, or not for this identity
    """
    settings = find.settings_of(state_dir)
    with open_results(settings) as results:
        row = find.find(results, at or device, success=True)
    if row.device != device:
        raise UsageError(f"{at} is a backup of {row.device}, not of {device}")
    echo(unseal(sealed_copy(settings, row), identity), nl=False)
