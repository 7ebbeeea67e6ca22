"""`devicevault platforms`: the operating systems that can be backed up, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from rich.table import Table

from collectors import registry
from collectors.define import Command
from pipeline.cli import options
from pipeline.cli.output import print_json, print_table
from pipeline.errors import UsageError
from pipeline.inventory.problems import did_you_mean
from pipeline.text.words import counted


@click.command()
@click.argument("name", required=False)
@options.output
def platforms(name: str | None, output: str) -> None:
    """List the platforms, or show one: its commands, filters, end marker and other names.

    \b
    Example:  devicevault platforms cisco_ios
    Exit status: 0 done, 2 no such platform
    """
    if name is None:
        described = [_describe(known) for known in registry.names()]
        if output == "json":
            print_json(described)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("PLATFORM", "VERIFIED BY", "CONFIG COMMAND", "ALSO KNOWN AS"):
            table.add_column(column)
        for item in described:
            verified, command = item.get("verified", "-"), item.get("config_command", "-")
            table.add_row(item["name"], verified, command, ", ".join(item["aliases"]))
        print_table(table)
        return
    resolved = registry.resolve(name)
    if resolved is None:
        known = registry.KnownNames()
        hint = known.advice(name) or did_you_mean(name, known)
        raise UsageError(
            f"no platform '{name}'" + (f" ({hint})" if hint else "; `devicevault platforms` lists them")
        )
    described_one = _describe(resolved)
    if output == "json":
        print_json(described_one)
        return
    for key, value in described_one.items():
        lines = value if isinstance(value, (list, tuple)) else [value]
        for number, line in enumerate(lines):
            click.echo(f"{key + ':' if number == 0 else '':<18}{line}")


def _describe(name: str) -> dict[str, Any]:
    """A platform as scripts read it; a collector without a definition has only its names."""
    definition = registry.platform(name)
    if definition is None:
        return {"name": name, "aliases": []}
    return {
        "name": name,
        "aliases": list(definition.aliases),
        "verified": "recorded session" if definition.recorded else "documentation only",
        "transport": definition.transport,
        "enable": definition.enable or "-",
        "setup": list(definition.setup),
        "config_command": " or ".join(command.text for command in definition.configs),
        "end_of_config": ", or ".join(dict.fromkeys(map(whole_when, definition.configs))),
        "volatile": [rule.text for rule in definition.volatile],
        "secrets": [rule.text for rule in definition.hides],
        "artefacts": [*definition.artefacts, *definition.files],
    }


def whole_when(command: Command, code: Callable[[str], str] = str) -> str:
    """By what its answer is known to be a whole configuration; `code` marks up what is not prose."""
    marks = [f"its last line matches {code(command.ends_with)}"] if command.ends_with else []
    marks += ["its braces balance"] if command.balanced else []
    marks += ["its structure is closed"] if command.fault else []
    marks += [f"a line matches {code(command.known_by)}"] if command.known_by else []
    end = " and ".join([*marks, f"it has {counted(command.min_lines, 'line')} or more"])
    return f"{end} (in another form, when the device says that it is done)" if command.or_form else end
