"""What several commands have in common: options, and how rows are shown."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from collectors.journal import untimed
from pipeline.store.ledger.table import Row
from pipeline.text.words import counted
from pipeline.values.checks import plain

_F = TypeVar("_F", bound=Callable[..., Any])

_ANY_WIDTH = 100_000


class Seconds(click.FloatRange):
    """A time within bounds; `nan`, which lies outside of none, is no time."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number of seconds."""
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail("'nan' is no time", param, ctx)
        return seconds


def state_dir(command: _F) -> _F:
    """`--state-dir`, on top of DEVICEVAULT_STATE_DIR."""
    option = click.option(
        "--state-dir",
        type=click.Path(path_type=Path),
        help="Where services and configs repo live. [DEVICEVAULT_STATE_DIR]",
    )
    return option(command)


def inventory(command: _F) -> _F:
    """`--inventory`, `--ref` and `--worktree`, on top of DEVICEVAULT_INVENTORY and _INVENTORY_REF."""
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


def summary(rows: Sequence[Row]) -> str:
    """`18 backups: 4 changed, 12 unchanged, 2 failed`."""
    counts = {
        "changed": sum(row.changed is True for row in rows),
        "unchanged": sum(row.changed is False for row in rows),
        "failed": sum(row.failed for row in rows),
        "contended": sum(row.contended for row in rows),
        "waiting": sum(row.status == "queued" for row in rows),
    }
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{counted(len(rows), 'backup')}: {told}"


def what_happened(row: Row) -> str:
    """A row's outcome in two or three words."""
    if row.status == "success":
        return "changed" if row.changed else "unchanged"
    if row.status == "queued":
        return "waiting"
    return row.reason or ""


def why(row: Row) -> str:
    """The last error of a row's log, or its reason; without device and reason, which stand before it."""
    errors = [entry.get("message", "") for entry in row.log if entry.get("severity") == "error"]
    said = untimed(errors[-1]) if errors else row.reason or ""
    return said.removeprefix(f"{row.reason}: ").removeprefix(f"{row.device}: ")


def on_terminal() -> bool:
    """Whether a person reads stdout: colour, and tables that fit the terminal's width."""
    return sys.stdout is not None and sys.stdout.isatty()


def git_colour() -> str:
    """git's `color.ui`: colour where our own output has it."""
    return "always" if on_terminal() and click.get_current_context().color is not False else "never"
