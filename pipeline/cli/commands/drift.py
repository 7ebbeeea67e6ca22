"""`devicevault drift`: where the configs repos are not what the inventory says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import click
from rich.table import Table

from pipeline.audit.drift import MEANING, Difference, compare, head_paths
from pipeline.cli import options
from pipeline.cli.output import print_json, print_table, shown_time
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.inventory.values import duration
from pipeline.services import locate
from pipeline.store.connect import open_results
from pipeline.text.markdown import bounded, code, table
from pipeline.text.words import counted
from pipeline.values.names import DEFAULT_REPO


@click.command()
@click.option(
    "--max-age",
    metavar="TIME",
    help="Stale is what is older than this, such as 36h or 7d.  [default: as the schedule says]",
)
@with_workplace
@options.rich_output
def drift(
    max_age: str | None,
    workplace: Workplace,
    output: str,
) -> None:
    """List where the configs repos are not what the inventory says.

    Devices that were never backed up, that have no good backup since their schedule's latest slot whose
    deadline is over, or whose file is missing; and files of devices that are not in the inventory.

    \b
    Example:  devicevault drift --max-age 7d
    Exit status: 0 none, 1 it cannot be read, 2 wrong usage, 3 there is some
    """
    settings = locate(workplace.settings(), redis=False)
    limit = _age(max_age)
    current = workplace.read(settings)
    with open_results(settings) as results:
        rows = results.last_successes()
        names = {DEFAULT_REPO, *results.rosters.repos(), *(device.repo for device in current.devices)}
    heads = {name: head_paths(settings.repo_path(name), settings.push_branch) for name in names}
    last = {ident: row.timestamp for ident, row in rows.items() if row.timestamp}
    found = compare(current, last, heads, datetime.now(UTC), limit)
    if output == "json":
        print_json([asdict(one) for one in found])
    elif output == "markdown":
        click.echo(bounded(_markdown(found, len(current.devices))), nl=False)
    else:
        _print(found, len(current.devices))
    raise SystemExit(3 if found else 0)


def _age(text: str | None) -> timedelta | None:
    try:
        return None if text is None else duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--max-age") from error


def _summary(found: Sequence[Difference], devices: int) -> str:
    counts = Counter(one.kind for one in found)
    told = ", ".join(f"{n} {kind}" for kind, n in counts.items())
    return f"{counted(devices, 'device')}: {told or 'no drift'}"


def _markdown(found: Sequence[Difference], devices: int) -> Iterator[str]:
    yield f"**{_summary(found, devices)}**"
    if found:
        yield ""
        head = ("What", "Device", "File", "Last good backup")
        rows = ((one.kind, code(one.device or "-"), code(_file(one)), _last(one)) for one in found)
        yield from table(head, rows)


def _print(found: Sequence[Difference], devices: int) -> None:
    if found:
        rows = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("WHAT", "DEVICE", "FILE", "LAST GOOD BACKUP"):
            rows.add_column(column, no_wrap=True)
        for one in found:
            rows.add_row(one.kind, one.device or "-", _file(one), _last(one))
        print_table(rows)
    click.echo(_summary(found, devices))
    for kind in dict.fromkeys(one.kind for one in found):
        click.echo(f"  {kind}: {MEANING[kind]}")


def _file(one: Difference) -> str:
    return one.path if one.repo == DEFAULT_REPO else f"{one.repo}: {one.path}"


def _last(one: Difference) -> str:
    return shown_time(one.last_success)
