"""`devicevault show`: one backup, or its configuration."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.cli.output import print_json, print_lines
from pipeline.history import find
from pipeline.history.show import stored_config
from pipeline.store.connect import open_results
from pipeline.views import backup
from pipeline.views.rows import as_json


@click.command()
@click.argument("what", metavar="TASK_IDENTIFIER|DEVICE")
@click.option("--config", is_flag=True, help="Print the configuration instead, and nothing else.")
@options.state_dir
@options.output
def show(what: str, config: bool, state_dir: Path | None, output: str) -> None:
    """One backup: how it went, step by step; or, with --config, what it stored.

    A device's name means its newest backup, or with --config its newest success.

    \b
    Example:  devicevault show core-sw1 --config
    Exit status: 0 done, 1 it cannot be read, 2 no such backup
    """
    if config and output == "json":
        raise click.UsageError("--config prints the configuration as it is; leave out --output json")
    settings = find.settings_of(state_dir)
    with open_results(settings) as results:
        row = find.find(results, what, success=config)
    if config:
        echo(stored_config(settings, row), nl=False)
    elif output == "json":
        print_json(as_json(row))
    else:
        print_lines(backup.lines(row))
