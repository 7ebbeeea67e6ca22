"""`devicevault accept`: release a configuration from quarantine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from collectors import registry
from pipeline import accept as process
from pipeline import runtime
from pipeline.cli import options
from pipeline.driver import MANUAL_DEADLINE, InventoryReader, open_driver, wait_for
from pipeline.model import Backup, iso
from pipeline.settings import load_settings


@click.command()
@click.argument("device")
@click.option(
    "--timeout", type=click.FloatRange(min=0), default=60, show_default=True, help="Seconds to wait."
)
@options.inventory
@options.state_dir
@options.output
def accept(
    device: str,
    timeout: float,
    inventory: Path | None,
    ref: str | None,
    worktree: bool,
    state_dir: Path | None,
    output: str,
) -> None:
    """Commit a configuration that was quarantined because it had lost too many lines.

    Look at it first: git diff main refs/quarantine/<group>/<device>.cfg in the configs repo.

    \b
    Example:  devicevault accept core-sw1
    Exit status: 0 committed, 1 nothing was done, 2 nothing is quarantined, 3 not committed in time
    """
    settings = runtime.locate(load_settings(inventory=inventory, inventory_ref=ref, state_dir=state_dir))
    current = InventoryReader(settings, registry.known_names(), worktree=worktree).current()
    chosen = current.device(device)
    found = process.quarantined(settings.repo_path(chosen.repo), chosen.path)
    now = datetime.now(UTC)
    backup = Backup(f"accept:{chosen.name}:{iso(now)}", chosen, now + MANUAL_DEADLINE)
    with open_driver(settings) as (driver, results), runtime.open_redis(settings) as client:
        job = process.accept(found, backup, current.commit, results, client, settings.stream)
        rows = wait_for(driver, results, [job], settings.republish_after, timeout_s=timeout)
    if output == "json":
        options.print_json([options.as_json(row) for row in rows])
    else:
        options.print_rows(rows)
    raise SystemExit(3 if rows[0].status != "success" else 0)
