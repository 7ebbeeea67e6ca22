"""`devicevault init`: a repository for an inventory."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.echo import echo
from pipeline.scaffold.repository import ScaffoldResult, installed_from, scaffold
from pipeline.text.words import counted


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Lay out an inventory repository in DIR, with an example, checks for pull requests, and a first commit.

    Writes what is missing and changes nothing that is there. A repository that has commits already, or one
    around DIR, is not committed to.

    \b
    Example:  devicevault init network
    Exit status: 0 done, 1 it could not be written or committed, 2 wrong usage: DIR cannot be a directory
    """
    requirement = installed_from()
    done = scaffold(folder, requirement)
    _report(done)
    if done.written and requirement is None:
        echo("next: say in .devicevault/requirements.txt where the workflows get DeviceVault from")


def _report(done: ScaffoldResult) -> None:
    place = repr(str(done.folder))
    if done.written:
        echo(f"{counted(len(done.written), 'file')} written to {place}")
    else:
        echo(f"nothing to do: {place} has every file")
    for name in done.edited:
        echo(f"kept: {name} differs from what init would write")
    if done.commit:
        echo(f"committed as {done.commit[:10]}")
        return
    if done.written:
        echo("not committed: look at the files, and commit them")
    if done.outer:
        echo(
            f"note: {place} is inside the Git repository {str(done.outer)!r}; GitHub reads .github at its "
            "top only",
            err=True,
        )
