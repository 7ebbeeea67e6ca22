"""`devicevault platforms`: the operating systems that can be backed up, and how."""

from __future__ import annotations

from pathlib import Path

import click

from collectors import registry
from pipeline.cli import options
from pipeline.cli.output import print_json, print_lines, print_table
from pipeline.errors import UsageError
from pipeline.inventory.problems import did_you_mean
from pipeline.views import platforms as view


@click.command()
@click.argument("name", required=False)
@click.option(
    "--secrets",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Show which words of this configuration are hidden, by which rule, and which came close.",
)
@options.output
def platforms(name: str | None, secrets: Path | None, output: str) -> None:
    """List the platforms, or show one: its commands, filters, end marker and other names.

    With --secrets it shows what would be stored of a configuration instead: each line in which something is
    hidden, with the rule that hides it, and each word that came close, with why it stays. No secret is shown.

    \b
    Example:  devicevault platforms cisco_ios --secrets running-config.txt
    Exit status: 0 done, 2 no such platform
    """
    if secrets is not None:
        remarks = view.secrets(_canonical(_named(name)), _text(secrets))
        if output == "json":
            print_json(remarks)
        else:
            print_lines(view.secret_lines(remarks))
        return
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


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error


def _named(name: str | None) -> str:
    if name is None:
        raise UsageError("--secrets needs the name of a platform, whose rules are used")
    return name


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
