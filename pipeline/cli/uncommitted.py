"""A note for whoever has edited the inventory and reads what is committed."""

from __future__ import annotations

import click

from pipeline.inventory import uncommitted_changes
from pipeline.settings import Settings


def note_uncommitted(settings: Settings, *, worktree: bool) -> None:
    """Say on stderr that the files differ from what is read, where HEAD is read for want of a choice."""
    if not worktree and settings.inventory_ref == "HEAD" and uncommitted_changes(settings.inventory):
        click.echo("note: there are changes that are not committed; --worktree reads them", err=True)
