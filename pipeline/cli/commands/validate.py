"""`devicevault validate`: is the inventory right?"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from collectors.registry import KnownNames
from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.cli.workplace import note_uncommitted
from pipeline.errors import InventoryError, Problem
from pipeline.inventory import without_gc
from pipeline.inventory.problems import NO_FILE
from pipeline.inventory.revisions import folder
from pipeline.inventory.validation import files_of_branch
from pipeline.inventory.validation import validate as check
from pipeline.plan import make_plan
from pipeline.plan.sections import risk_words
from pipeline.settings import load_settings
from pipeline.views import validation as view


@click.command()
@click.option(
    "--inventory", type=click.Path(path_type=Path), help="The inventory's directory. [default: inventory]"
)
@click.option("--ref", help="The Git revision to read: a branch, tag or commit. [default: HEAD]")
@click.option("--worktree", is_flag=True, help="Read the files as they lie on disk, committed or not.")
@click.option(
    "--base",
    metavar="REF",
    help="With --output github: problems in files changed since the branch left REF are annotated first. "
    "All files are checked in any case.",
)
@click.option(
    "--output",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="github: annotations for a workflow's step; sarif: for code scanning.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Take the warnings of `devicevault plan` since the branch left --base for problems.",
)
@without_gc()
def validate(
    inventory: Path | None, ref: str | None, worktree: bool, base: str | None, output: str, strict: bool
) -> None:
    """Check the inventory and list everything that is wrong with it, with file and line.

    Changes nothing and connects to nothing. For a pull request's check:

        devicevault validate --inventory inventory --ref HEAD

    \b
    Exit status:
      0  the inventory can be used; warnings go to stderr
      1  it has problems
      2  wrong usage: no such directory, repository or revision
    """
    options.one_inventory(ref, worktree)
    if base is not None and output != "github" and not strict:
        raise click.UsageError("--base orders the annotations of --output github, or is for --strict")
    settings = load_settings(inventory=inventory, inventory_ref=ref)
    revision = None if worktree else settings.inventory_ref
    validation = check(settings.inventory, revision, KnownNames(), settings.inventory_cache)
    if strict and validation.inventory is not None:
        found = make_plan(
            settings.inventory,
            revision,
            base,
            KnownNames(),
            datetime.now(UTC),
            None,
            settings.inventory_cache,
        )
        validation = validation.refused(
            [Problem(NO_FILE, 0, 0, risk_words(risk), rule="trust") for risk in found.risks]
        )
    if validation.problems and output == "text":
        raise InventoryError(validation.problems)
    if output == "json":
        echo(view.as_json(validation))
    elif output == "sarif":
        echo(view.as_sarif(validation, folder(settings.inventory)))
    elif output == "github":
        changed = frozenset[str]()
        if base is not None:
            changed = files_of_branch(settings.inventory, revision or "HEAD", base, validation.source)
        for line in view.as_annotations(validation, folder(settings.inventory), changed):
            echo(line)
    if validation.inventory is None:
        sys.exit(InventoryError.exit_status)
    if output in ("text", "github"):
        echo(view.summary(validation.inventory))
    if output == "text":
        for line in view.warnings(validation.inventory):
            echo(line, err=True)
        note_uncommitted(settings, worktree=worktree)
