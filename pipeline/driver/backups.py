"""Which backups a run of the driver enqueues: those that a person asks for, or those that are due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from pipeline.driver.driver import Driver
from pipeline.driver.due import due
from pipeline.errors import UsageError
from pipeline.inventory import Inventory
from pipeline.store.ledger.results import Results
from pipeline.values.device import Device
from pipeline.values.identifier import manual_identifier
from pipeline.values.job import Backup, Job

MANUAL_DEADLINE = timedelta(hours=4)


def select(
    inventory: Inventory, names: Collection[str], groups: Collection[str], *, everything: bool
) -> list[Device]:
    """The devices that are asked for, sorted by name; UsageError if one, a group, or any is not there."""
    for group in groups:
        if group not in inventory.groups:
            known = ", ".join(sorted(inventory.groups)) or "none"
            raise UsageError(f"no group '{group}' in {inventory.source}; there are: {known}")
    wanted = {inventory.device(name).name for name in names}
    found = [d for d in inventory.devices if everything or d.name in wanted or d.group in groups]
    if not found:
        raise UsageError(f"no device matches in {inventory.source}")
    return found


def on_demand(devices: Sequence[Device], now: datetime) -> list[Backup]:
    """One manual backup of each device, due within MANUAL_DEADLINE."""
    return [Backup(manual_identifier(device.name, now), device, now + MANUAL_DEADLINE) for device in devices]


def collect_due(
    driver: Driver, results: Results, inventory: Inventory, now: datetime, run_url: str | None = None
) -> list[Job]:
    """Enqueue the latest slot of each scheduled device that has no row yet. Idempotent."""
    backups = due(inventory.devices, inventory.schedules, now, results.recorded)
    return driver.enqueue(backups, inventory.commit, run_url)
