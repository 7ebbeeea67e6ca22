"""Which devices a command is for: by name, by group, all, or those that have changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import click

from pipeline.errors import UsageError
from pipeline.plan.selection import Selection

NOTHING_CHANGED = "no device is new or collected in another way"
"""What a command says if `--changed-since` leaves it nothing to do."""


def with_selection(command: Callable[..., None]) -> Callable[..., None]:
    """Add names, `--group`, `--all` and `--changed-since`, which the command gets as `selection`."""

    @wraps(command)
    def with_one(
        devices: tuple[str, ...],
        named: tuple[str, ...],
        groups: tuple[str, ...],
        everything: bool,
        changed_since: str | None,
        **others: object,
    ) -> None:
        selection = Selection((*devices, *named), groups, everything, changed_since)
        if changed_since is not None and (selection.names or groups or everything):
            raise UsageError(
                "--changed-since says which devices: do not name devices beside it, "
                "and leave out --group and --all"
            )
        command(selection=selection, **others)

    for decorate in (
        click.option(
            "--changed-since",
            metavar="REV",
            help="The devices that are new, or collected in another way, since this Git revision.",
        ),
        click.option("--all", "everything", is_flag=True, help="All devices of the inventory."),
        click.option(
            "--group",
            "groups",
            multiple=True,
            metavar="NAME",
            help="All devices of a group; may be repeated.",
        ),
        # Older versions of `collect` took names only in this way.
        click.option("--device", "named", multiple=True, hidden=True),
        click.argument("devices", nargs=-1, metavar="[DEVICE]..."),
    ):
        with_one = decorate(with_one)
    return with_one


def nothing_selected(*other_options: str) -> UsageError:
    """The error of a command that needs devices. `other_options` of the command would do, too."""
    *most, last = ("--group", *other_options, "--all")
    return UsageError(f"name devices, or give {', '.join(most)} or {last}, or --changed-since REV")
