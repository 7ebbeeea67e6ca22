"""Options that several commands have in common."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])


class Seconds(click.FloatRange):
    """A time in seconds, within bounds. It refuses `nan`, which no bound excludes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number of seconds."""
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail("'nan' is no time", param, ctx)
        return seconds


def state_dir(command: _F) -> _F:
    """`--state-dir`, which counts before DEVICEVAULT_STATE_DIR."""
    option = click.option(
        "--state-dir",
        type=click.Path(path_type=Path),
        help="Where services and configs repo live. [DEVICEVAULT_STATE_DIR]",
    )
    return option(command)


def inventory(command: _F) -> _F:
    """`--inventory`, `--ref` and `--worktree`, which count before the variables of the environment."""
    command = click.option("--worktree", is_flag=True, help="Read the files as they lie, committed or not.")(
        command
    )
    command = click.option("--ref", help="Git revision of the inventory. [DEVICEVAULT_INVENTORY_REF]")(
        command
    )
    option = click.option(
        "--inventory",
        type=click.Path(path_type=Path),
        help="The inventory's directory. [DEVICEVAULT_INVENTORY]",
    )
    return option(command)


def one_inventory(ref: str | None, worktree: bool) -> None:
    """Refuse `--ref` together with `--worktree`."""
    if ref is not None and worktree:
        raise click.UsageError("--ref and --worktree exclude each other")


def output(command: _F) -> _F:
    """`--output text|json`."""
    option = click.option(
        "--output", type=click.Choice(["text", "json"]), default="text", help="How to print."
    )
    return option(command)


def rich_output(command: _F) -> _F:
    """`--output text|json|markdown`."""
    option = click.option(
        "--output",
        type=click.Choice(["text", "json", "markdown"]),
        default="text",
        help="How to print; markdown is for a CI job's summary.",
    )
    return option(command)
