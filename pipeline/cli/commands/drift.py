"""`devicevault drift`: where the configs repos are not what the inventory says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from pipeline.audit.find_drift import find_drift, of_devices
from pipeline.cli import options
from pipeline.cli.echo import echo
from pipeline.cli.output import print_json, print_lines, print_table
from pipeline.cli.selection import with_selection
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.inventory.values import duration
from pipeline.plan.selection import Selection
from pipeline.services import locate
from pipeline.views import drift as view


@click.command()
@with_selection
@click.option(
    "--max-age",
    metavar="TIME",
    help="Stale is what is older than this, such as 36h or 7d.  [default: as the schedule says]",
)
@with_workplace
@options.rich_output
def drift(selection: Selection, max_age: str | None, workplace: Workplace, output: str) -> None:
    """List where the configs repos are not what the inventory says.

    Devices that were never backed up, that have no good backup since their schedule's latest slot whose
    deadline is over, or whose file is missing; and files of devices that are not in the inventory. Such files
    are not looked for where names of devices, --group or --changed-since say which devices are meant.

    \b
    Example:  devicevault drift --max-age 7d
    Exit status: 0 none, 1 it cannot be read, 2 wrong usage, 3 there is some
    """
    settings = locate(workplace.settings(), redis=False)
    limit = _age(max_age)
    current = workplace.read(settings)
    devices = workplace.select(selection, settings, current) if selection else current.devices
    found = find_drift(settings, current, datetime.now(UTC), limit)
    if selection and not selection.everything:
        found = of_devices(found, devices)
    if output == "json":
        print_json(view.as_json(found))
    elif output == "markdown":
        echo(view.as_markdown(found, len(devices)), nl=False)
    else:
        if found:
            print_table(view.COLUMNS, found)
        print_lines(view.lines(found, len(devices)))
    raise SystemExit(3 if found else 0)


def _age(text: str | None) -> timedelta | None:
    try:
        return None if text is None else duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--max-age") from error
