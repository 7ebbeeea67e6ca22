"""Which backups a run of the driver enqueues: those that a person asks for, or those that are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pipeline.driver.driver import Driver
from pipeline.driver.due import due
from pipeline.inventory import Inventory
from pipeline.store.ledger.results import Results
from pipeline.values.device import Device
from pipeline.values.identifier import manual_identifier
from pipeline.values.job import Backup, Job

MANUAL_DEADLINE = timedelta(hours=4)


def on_demand(devices: Sequence[Device], now: datetime) -> list[Backup]:
    """One manual backup of each device, due within MANUAL_DEADLINE."""
    return [Backup(manual_identifier(device.name, now), device, now + MANUAL_DEADLINE) for device in devices]


def collect_due(
    driver: Driver, results: Results, inventory: Inventory, now: datetime, run_url: str | None = None
) -> list[Job]:
    """Enqueue the latest slot of each scheduled device that has no row yet. Idempotent."""
    backups = due(inventory.devices, inventory.schedules, now, results.with_row)
    return driver.enqueue(backups, inventory.commit, run_url)
