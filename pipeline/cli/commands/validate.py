"""`devicevault validate`: is the inventory right?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from collectors.registry import KnownNames
from pipeline.cli import options
from pipeline.cli.workplace import note_uncommitted
from pipeline.errors import InventoryError, Problem
from pipeline.inventory import Inventory, Source, open_source, read, without_gc
from pipeline.inventory.annotations import step_log
from pipeline.inventory.revisions import base_of, changed_files, folder, source_at
from pipeline.inventory.sarif import sarif
from pipeline.settings import load_settings
from pipeline.text.words import counted

MAX_WARNINGS = 10
"""Warnings that a person is shown; `--output json` lists them all."""


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
@without_gc()
def validate(inventory: Path | None, ref: str | None, worktree: bool, base: str | None, output: str) -> None:
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
    if base is not None and output != "github":
        raise click.UsageError("--base orders the annotations of --output github, and nothing else")
    settings = load_settings(inventory=inventory, inventory_ref=ref)
    revision = None if worktree else settings.inventory_ref
    found: Inventory | None = None
    source: Source | None = None
    problems: Sequence[Problem] = ()
    try:
        source = open_source(settings.inventory, revision)
        found = read(source, KnownNames(), settings.inventory_cache)
    except InventoryError as error:
        if output == "text":
            raise
        problems = error.problems
    warnings = found.warnings if found else ()
    if output == "json":
        click.echo(_json(found, problems))
    elif output == "sarif":
        report = sarif(problems, warnings, folder(settings.inventory), version("devicevault"))
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    elif output == "github":
        changed = _changed(settings.inventory, revision, base, source)
        for line in step_log(problems, warnings, folder(settings.inventory), changed):
            click.echo(line)
    if found is None:
        sys.exit(InventoryError.exit_status)
    if output in ("text", "github"):
        click.echo(_summary(found))
    if output == "text":
        _warn(found)
        note_uncommitted(settings, worktree=worktree)


def _changed(path: Path, revision: str | None, base: str | None, source: Source | None) -> frozenset[str]:
    """The files that the branch changes; none without --base, or where they are more than can be read."""
    if base is None:
        return frozenset()
    commit = base_of(path, revision or "HEAD", base).commit
    return changed_files(source_at(path, commit), source) if source else frozenset()


def _summary(inventory: Inventory) -> str:
    counts = (
        (len(inventory.devices), "device"),
        (len(inventory.groups), "group"),
        (len(inventory.schedules), "schedule"),
    )
    words = ", ".join(f"{counted(count, noun)}" for count, noun in counts)
    return f"ok: {words} in {inventory.source}"


def _warn(inventory: Inventory) -> None:
    for warning in inventory.warnings[:MAX_WARNINGS]:
        click.echo(f"warning: {warning}", err=True)
    if (rest := len(inventory.warnings) - MAX_WARNINGS) > 0:
        click.echo(f"warning: {rest} more; --output json lists them", err=True)


def _json(inventory: Inventory | None, problems: Sequence[Problem]) -> str:
    report: dict[str, Any] = {
        "ok": inventory is not None,
        "commit": inventory.commit if inventory else None,
        "devices": len(inventory.devices) if inventory else None,
        "groups": len(inventory.groups) if inventory else None,
        "schedules": len(inventory.schedules) if inventory else None,
        "problems": [asdict(problem) for problem in problems],
        "warnings": [asdict(warning) for warning in inventory.warnings] if inventory else [],
    }
    return json.dumps(report, ensure_ascii=False, indent=2)
