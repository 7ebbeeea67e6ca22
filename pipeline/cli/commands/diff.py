"""`devicevault diff`: what changed between two backups."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import options
from pipeline.cli.echo import echo_diff
from pipeline.errors import UsageError
from pipeline.history import find
from pipeline.history.show import difference, last_change
from pipeline.store.connect import open_results


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="[B]", required=False)
@options.state_dir
def diff(a: str, b: str | None, state_dir: Path | None) -> None:
    """What changed between two backups, as `git diff` shows it.

    A and B are task identifiers or devices. With one device: its last change. With one task identifier:
    what that backup changed.

    \b
    Example:  devicevault diff core-sw1
    Exit status: 0 done, 1 it cannot be read, 2 no such backup
    """
    settings = find.settings_of(state_dir)
    with open_results(settings) as results:
        after = find.find(results, b or a, success=True)
        before = find.find(results, a, success=True) if b else None
    if before is None:
        echo_diff(last_change(settings, after))
    elif before.repo == after.repo:
        echo_diff(difference(settings, before, after))
    else:
        raise UsageError(f"{a} and {b} are in the configs repos '{before.repo}' and '{after.repo}'")
