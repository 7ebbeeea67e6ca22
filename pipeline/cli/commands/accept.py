"""`devicevault accept`: release a configuration from quarantine."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from pipeline import services
from pipeline.cli import options
from pipeline.cli.backups import print_backups
from pipeline.cli.workplace import Workplace, with_workplace
from pipeline.driver.backups import MANUAL_DEADLINE
from pipeline.driver.connect import open_driver
from pipeline.driver.wait import wait_for
from pipeline.store import accept as process
from pipeline.transit.connect import open_redis
from pipeline.values.identifier import accept_identifier
from pipeline.values.job import Backup


@click.command()
@click.argument("device")
@click.option(
    "--timeout", type=click.FloatRange(min=0), default=60, show_default=True, help="Seconds to wait."
)
@with_workplace
@options.output
def accept(
    device: str,
    timeout: float,
    workplace: Workplace,
    output: str,
) -> None:
    """Commit a configuration that was quarantined because it had lost too many lines.

    Look at it first: git diff main refs/quarantine/<group>/<device>.cfg in the configs repo.

    \b
    Example:  devicevault accept core-sw1
    Exit status: 0 committed, 1 nothing was done, 2 nothing is quarantined, 3 not committed in time
    """
    settings = services.locate(workplace.settings())
    current = workplace.read(settings)
    chosen = current.device(device)
    found = process.find_quarantined(settings.repo_path(chosen.repo), chosen.path)
    now = datetime.now(UTC)
    backup = Backup(accept_identifier(chosen.name, now), chosen, now + MANUAL_DEADLINE)
    with open_driver(settings) as (driver, results), open_redis(settings) as client:
        job = process.accept(found, backup, current.commit, results, client, settings.stream)
        rows = wait_for(driver, results, [job], settings.republish_after, timeout_s=timeout)
    print_backups(rows, output)
    raise SystemExit(3 if rows[0].status != "success" else 0)
