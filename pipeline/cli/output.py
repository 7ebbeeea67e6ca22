"""How commands print: JSON, lines, tables and colours."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli.echo import echo, on_terminal, shown
from pipeline.views.table import Column, without_least_needed

T = TypeVar("T")

_ANY_WIDTH = 100_000


def print_lines(lines: Iterable[str], *, err: bool = False) -> None:
    """Each line on stdout, or on stderr; all of them at once, which a hundred thousand show."""
    echo("".join(f"{line}\n" for line in lines), nl=False, err=err)


def print_json(value: object) -> None:
    """JSON on stdout, times as ISO 8601 UTC: each member of the whole, and each row of a list, on one line.

    For eyes, grep and diff. To indent all of it costs ten times as much, which a thousand devices show.
    """
    if not isinstance(value, dict) or not value:
        echo(_rows(value))
        return
    members = (f"  {_one_line(name)}: {_rows(member, '  ')}" for name, member in value.items())
    echo("{\n" + ",\n".join(members) + "\n}")


def _rows(value: object, indent: str = "") -> str:
    if not isinstance(value, list | tuple) or not value:
        return _one_line(value)
    return "[\n" + ",\n".join(f"{indent}  {_one_line(row)}" for row in value) + f"\n{indent}]"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(value)


_one_line = json.JSONEncoder(default=_plain, ensure_ascii=False).encode  # json.dumps makes one for each row


def print_table(columns: tuple[Column[T], ...], things: Iterable[T]) -> None:
    """A table with a line for each thing, at the terminal's width.

    A terminal that is too narrow shows fewer columns, but those whole. If each column is needed, the table is
    wider than the terminal. A pipe has no width, and lines stay whole there, for grep.
    """
    things = tuple(things)
    table = _table(columns, things)
    while on_terminal() and _least_width(table) > Console().width:
        fewer = without_least_needed(columns)
        if fewer == columns:
            break
        columns, table = fewer, _table(fewer, things)
    console = Console(width=max(Console().width, _least_width(table)) if on_terminal() else 200)
    with console.capture() as captured:
        console.print(table, soft_wrap=True)
    # If the reader of a pipe has gone, rich would end the process; it would also fill up the last column. The
    # cells were made visible before they were coloured.
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def _table(columns: tuple[Column[T], ...], things: Iterable[T]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.heading, no_wrap=not column.wraps)
    for thing in things:
        # Text, not str: brackets in a plugin's reason, say, are no markup.
        table.add_row(*(Text(shown(column.text(thing)), column.colour(thing)) for column in columns))
    return table


def _least_width(table: Table) -> int:
    """The width of the whole table if no column wraps, else of its longest words."""
    needed = Console(width=_ANY_WIDTH).measure(table)
    return needed.maximum if all(column.no_wrap for column in table.columns) else needed.minimum


def git_colour() -> str:
    """git's `color.ui`: colour where our own output has it."""
    return "always" if on_terminal() and click.get_current_context().color is not False else "never"
