"""`devicevault collect --dry-run`: what would be queued, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import click

from pipeline import services
from pipeline.cli.output import print_json
from pipeline.cli.place import Place
from pipeline.driver.backups import on_demand, select
from pipeline.driver.due import due
from pipeline.errors import SettingsError
from pipeline.inventory import Inventory, without_gc
from pipeline.settings import Settings
from pipeline.store.ledger.results import Results
from pipeline.text.words import counted
from pipeline.transit.broker import queue_name
from pipeline.values.checks import iso
from pipeline.values.job import Backup


@without_gc()
def would_queue(
    place: Place,
    devices: Collection[str],
    groups: Collection[str],
    everything: bool,
    due: bool,
    now: datetime,
) -> Sequence[Backup]:
    """What `collect` with these options would queue. Raises SettingsError, InventoryError or UsageError."""
    settings = place.settings()
    if due:
        settings = _located(settings)
        return _due_now(settings, place.read(settings), now)
    return on_demand(select(place.read(settings), devices, groups, everything=everything), now)


def _located(settings: Settings) -> Settings:
    """Settings with the table located; SettingsError says what for."""
    try:
        return services.locate(settings, redis=False)
    except SettingsError as error:
        raise SettingsError(f"what is due depends on what has been recorded, in Postgres: {error}") from error


def _due_now(settings: Settings, inventory: Inventory, now: datetime) -> list[Backup]:
    """What is due. The table is read, and not made where there is none yet."""
    assert settings.database_url is not None, "_located() fills it in"
    with Results(settings.database_url) as results:
        recorded = results.recorded if results.exists() else ()
        return due(inventory.devices, inventory.schedules, now, recorded)


@without_gc()
def show(backups: Sequence[Backup], output: str) -> None:
    """Print the backups, one line each."""
    if output == "json":
        print_json({"would_queue": [_as_json(backup) for backup in backups]})
        return
    rows = [(queue_name(backup.device.queue_id), backup.task_identifier) for backup in backups]
    width = max((len(queue) for queue, _ in rows), default=0)
    lines = [f"{queue:<{width}}  {identifier}" for queue, identifier in rows]
    total = f"{counted(len(backups), 'backup')} would be queued" if lines else "nothing is due"
    click.echo("\n".join([*lines, total]))


def _as_json(backup: Backup) -> dict[str, Any]:
    return {
        "task_identifier": backup.task_identifier,
        "device": backup.device.name,
        "group": backup.device.group,
        "queue": queue_name(backup.device.queue_id),
        "schedule": backup.schedule,
        "slot": None if backup.slot is None else iso(backup.slot),
        "deadline": iso(backup.deadline),
    }
