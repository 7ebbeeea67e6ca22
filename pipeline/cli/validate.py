"""`devicevault validate`: is the inventory right?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from collectors.registry import known_names
from pipeline.cli import options
from pipeline.errors import InventoryError, Problem
from pipeline.inventory import Inventory, load, uncommitted_changes
from pipeline.settings import load_settings

MAX_WARNINGS = 10
"""Warnings that a person is shown; `--output json` lists them all."""


@click.command()
@click.option(
    "--inventory", type=click.Path(path_type=Path), help="The inventory's directory. [default: inventory]"
)
@click.option("--ref", help="The Git revision to read: a branch, tag or commit. [default: HEAD]")
@click.option("--worktree", is_flag=True, help="Read the files as they lie on disk, committed or not.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def validate(inventory: Path | None, ref: str | None, worktree: bool, output: str) -> None:
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
    settings = load_settings(inventory=inventory, inventory_ref=ref)
    try:
        found = load(
            settings.inventory,
            None if worktree else settings.inventory_ref,
            platforms=known_names(),
            cache=settings.inventory_cache,
        )
    except InventoryError as error:
        if output == "text":
            raise
        click.echo(_json(None, error.problems))
        sys.exit(error.exit_status)
    if output == "json":
        click.echo(_json(found, ()))
        return
    click.echo(_summary(found))
    _warn(found)
    if not worktree and settings.inventory_ref == "HEAD" and uncommitted_changes(settings.inventory):
        click.echo("note: there are changes that are not committed; --worktree checks them", err=True)


def _summary(inventory: Inventory) -> str:
    counts = (
        (len(inventory.devices), "device"),
        (len(inventory.groups), "group"),
        (len(inventory.schedules), "schedule"),
    )
    words = ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts)
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
