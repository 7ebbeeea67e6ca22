"""`devicevault platforms`: the operating systems that can be backed up, and how."""

from __future__ import annotations

import click

from collectors import registry
from pipeline.cli import options
from pipeline.cli.output import print_json, print_lines, print_table
from pipeline.errors import UsageError
from pipeline.inventory.problems import did_you_mean
from pipeline.views import platforms as view


@click.command()
@click.argument("name", required=False)
@options.output
def platforms(name: str | None, output: str) -> None:
    """List the platforms, or show one: its commands, filters, end marker and other names.

    \b
    Example:  devicevault platforms cisco_ios
    Exit status: 0 done, 2 no such platform
    """
    if name is not None:
        platform = view.as_json(_canonical(name))
        if output == "json":
            print_json(platform)
        else:
            print_lines(view.lines(platform))
        return
    every = [view.as_json(known) for known in registry.names()]
    if output == "json":
        print_json(every)
    else:
        print_table(view.COLUMNS, every)


def _canonical(name: str) -> str:
    """The platform that goes by this name, which may be another tool's; UsageError if there is none."""
    resolved = registry.resolve(name)
    if resolved is None:
        known = registry.KnownNames()
        hint = known.advice(name) or did_you_mean(name, known)
        raise UsageError(
            f"no platform '{name}'" + (f" ({hint})" if hint else "; `devicevault platforms` lists them")
        )
    return resolved
