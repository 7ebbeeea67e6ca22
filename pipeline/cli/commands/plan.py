"""`devicevault plan`: what would merging change?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from collectors.registry import KnownNames
from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.cli.output import print_json
from pipeline.cli.workplace import note_uncommitted
from pipeline.errors import UsageError
from pipeline.inventory import without_gc
from pipeline.plan import Plan, make_plan
from pipeline.plan.as_json import as_json
from pipeline.plan.markdown import page
from pipeline.plan.secrets import provided_names
from pipeline.plan.sections import ADDED, ATTENTION, CHANGED, MOVED, REMOVED
from pipeline.plan.text import lines
from pipeline.settings import load_settings
from pipeline.values.times import from_iso

CHANGES = 2
"""The exit status that --detailed-exitcode has for changes."""

_COLOURS = {ADDED: "green", REMOVED: "red", CHANGED: "yellow", MOVED: "cyan", ATTENTION: "bright_red"}


@click.command()
@click.option(
    "--base",
    metavar="REF",
    help="What the branch will be merged into. [default: origin/HEAD, or main or master]",
)
@click.option("--head", metavar="REF", help="The branch, tag or commit to merge. [default: HEAD]")
@click.option("--worktree", is_flag=True, help="Plan the files as they lie on disk, committed or not.")
@click.option(
    "--inventory",
    type=click.Path(path_type=Path),
    help="The inventory's directory. [DEVICEVAULT_INVENTORY]",
)
@click.option(
    "--provided",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Names of the variables and files that workers have, one on each line; an env file will do. "
    "References that are not among them are marked.",
)
@click.option("--now", hidden=True, help="The time to plan from, ISO 8601.")
@options.rich_output
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@without_gc()
def plan(
    base: str | None,
    head: str | None,
    worktree: bool,
    inventory: Path | None,
    provided: Path | None,
    now: str | None,
    output: str,
    detailed_exitcode: bool,
) -> None:
    """Show what merging a branch of the inventory would change.

    Compares the branch with the commit where it left its base, as a Git host does for a pull request.
    Changes nothing, connects to nothing, and looks no secret up.

    \b
    Example:  devicevault plan --base origin/main --output markdown
    Exit status: 0 done, 1 the inventory has problems, 2 wrong usage; with --detailed-exitcode
                 0 no changes, 1 any error, 2 there are changes
    """
    try:
        if worktree and head is not None:
            raise click.UsageError("--head and --worktree exclude each other")
        settings = load_settings(inventory=inventory)
        if output == "text" and head is None:
            note_uncommitted(settings, worktree=worktree)
        found = make_plan(
            settings.inventory,
            None if worktree else head or "HEAD",
            base,
            KnownNames(),
            _moment(now),
            None if provided is None else provided_names(str(provided), _text(provided)),
            settings.inventory_cache,
        )
    except (UsageError, click.UsageError) as error:
        if not detailed_exitcode:
            raise
        # 2 would say that there are changes.
        echo(f"error: {error}", err=True)
        raise SystemExit(1) from None
    _print(found, output)
    raise SystemExit(CHANGES if detailed_exitcode and found.has_changes else 0)


def _moment(now: str | None) -> datetime:
    if now is None:
        return datetime.now(UTC)
    try:
        return from_iso(now)
    except ValueError as error:
        raise UsageError(f"--now: {error}") from error


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: not UTF-8 text") from error


def _print(found: Plan, output: str) -> None:
    if output == "json":
        print_json(as_json(found))
    elif output == "markdown":
        echo(page(found), nl=False)
    else:
        for line in lines(found):
            colour = _COLOURS.get(line[2:3]) if line.startswith("  ") else None
            echo(line, fg=colour)
