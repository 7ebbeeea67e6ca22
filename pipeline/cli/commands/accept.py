"""`devicevault accept`: release configurations from quarantine."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from pipeline import services
from pipeline.cli import options
from pipeline.cli.backups import print_backups
from pipeline.cli.person import person
from pipeline.cli.selection import nothing_selected, with_selection
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.driver import accept as process
from pipeline.driver.connect import open_driver
from pipeline.driver.wait import wait_for
from pipeline.plan.selection import Selection
from pipeline.store.ledger.actions import Word
from pipeline.transit.connect import open_redis


@click.command()
@with_selection
@click.option(
    "--timeout", type=click.FloatRange(min=0), default=60, show_default=True, help="Seconds to wait."
)
@click.option("--reason", default="", help="Why; the table notes it with your name.")
@with_workplace
@options.output
def accept(selection: Selection, timeout: float, reason: str, workplace: Workplace, output: str) -> None:
    """Commit a configuration that was quarantined because it had lost too many lines.

    Look at it first: git diff main refs/quarantine/<group>/<device>.cfg in the configs repo. With --group,
    --all or --changed-since, this is about those devices of which something is quarantined.

    \b
    Example:  devicevault accept core-sw1
    Exit status: 0 committed, 1 nothing was done, 2 nothing is quarantined, 3 not committed in time
    """
    if not selection:
        raise nothing_selected()
    settings = services.locate(workplace.settings())
    current = workplace.read(settings)
    devices = workplace.select(selection, settings, current)
    found = process.find_quarantined(settings, devices, selection.names)
    now = datetime.now(UTC)
    with open_driver(settings) as (driver, results), open_redis(settings) as client:
        jobs = process.accept(
            settings, results, client, devices, found, current.commit, now, Word(person(), reason)
        )
        rows = wait_for(driver, results, jobs, settings.republish_after, timeout_s=timeout)
    print_backups(rows, output)
    raise SystemExit(3 if any(row.status != "success" for row in rows) else 0)
