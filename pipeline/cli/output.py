"""How commands print: JSON, tables and colours."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.store.ledger.table import Row
from pipeline.values.checks import plain
from pipeline.views.rows import what_happened

_ANY_WIDTH = 100_000


def exit_status(rows: Sequence[Row]) -> int:
    """3 if a device failed, else 0."""
    return 3 if any(row.failed for row in rows) else 0


def print_json(value: object) -> None:
    """JSON on stdout, times as ISO 8601 UTC: each member of the whole, and each row of a list, on one line.

    For eyes, grep and diff. To indent all of it costs ten times as much, which a thousand devices show.
    """
    if not isinstance(value, dict) or not value:
        click.echo(_rows(value))
        return
    members = (f"  {_one_line(name)}: {_rows(member, '  ')}" for name, member in value.items())
    click.echo("{\n" + ",\n".join(members) + "\n}")


def _rows(value: object, indent: str = "") -> str:
    if not isinstance(value, list | tuple) or not value:
        return _one_line(value)
    return "[\n" + ",\n".join(f"{indent}  {_one_line(row)}" for row in value) + f"\n{indent}]"


def as_json(row: Row) -> dict[str, Any]:
    """A row as scripts read it."""
    values: dict[str, Any] = plain(row)
    return values


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(value)


_one_line = json.JSONEncoder(default=_plain, ensure_ascii=False).encode  # json.dumps makes one for each row


def shown_time(moment: datetime | None) -> str:
    """`2025-01-31 02:17:00Z`, or a dash."""
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def print_rows(rows: Sequence[Row]) -> None:
    """A table of backups, one line each; a narrow terminal shows fewer columns, and those whole."""
    columns = ["DEVICE", "GROUP", "STATUS", "WHAT", "COMMIT", "WHEN"]
    table = _backups(rows, columns)
    for least_needed in ("COMMIT", "WHEN", "GROUP"):
        if not on_terminal() or _least_width(table) <= Console().width:
            break
        columns.remove(least_needed)
        table = _backups(rows, columns)
    print_table(table)


def _backups(rows: Sequence[Row], columns: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=True)
    for row in rows:
        style = "red" if row.failed else "green" if row.status == "success" else "yellow"
        # Text, not str: a plugin's reason with brackets in it is no markup.
        cells: dict[str, str | Text] = {
            "DEVICE": row.device, "GROUP": row.collection_group or "-", "STATUS": Text(row.status, style),
            "WHAT": Text(what_happened(row)), "COMMIT": (row.commit or "-")[:10],
            "WHEN": shown_time(row.timestamp or row.queued_at),
        }  # fmt: skip
        table.add_row(*(cells[column] for column in columns))
    return table


def print_table(table: Table) -> None:
    """Print it at the terminal's width, or wider where that would cut a word or a column that does not wrap.

    A pipe has no width, and lines stay whole there, for grep.
    """
    console = Console(width=max(Console().width, _least_width(table)) if on_terminal() else 200)
    with console.capture() as captured:
        console.print(table, soft_wrap=True)
    # rich itself would end the process where the reader of a pipe has gone, and fill up the last column.
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def _least_width(table: Table) -> int:
    """What the table takes at least: all of it where no column wraps, else its longest words."""
    needed = Console(width=_ANY_WIDTH).measure(table)
    return needed.maximum if all(column.no_wrap for column in table.columns) else needed.minimum


def on_terminal() -> bool:
    """Whether a person reads stdout: colour, and tables that fit the terminal's width."""
    return sys.stdout is not None and sys.stdout.isatty()


def git_colour() -> str:
    """git's `color.ui`: colour where our own output has it."""
    return "always" if on_terminal() and click.get_current_context().color is not False else "never"
