"""Which backup a person means: a row of the table, by its device or its task identifier."""

from __future__ import annotations

from pathlib import Path

from pipeline import services
from pipeline.errors import UsageError
from pipeline.inventory.problems import shown
from pipeline.settings import Settings, load_settings
from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import Row


def settings_of(state_dir: Path | None) -> Settings:
    """The settings, with the address of the table filled in. Reading needs no Redis."""
    return services.locate(load_settings(state_dir=state_dir), redis=False)


def history(results: Results, device: str, limit: int) -> list[Row]:
    """The newest backups of a device; UsageError if there are none."""
    # Bytes that are not text in this locale arrive as surrogates, which no table can hold.
    rows = results.history(device, limit) if device.isprintable() else []
    if not rows:
        raise UsageError(f"no backup of a device {shown(device)}; `devicevault status` lists the devices")
    return rows


def find(results: Results, what: str, *, success: bool) -> Row:
    """The backup that `what` means: a task identifier, or a device for its newest backup.

    With `success`, a device means its newest success. UsageError if there is no such backup, or with
    `success` if it stored nothing.
    """
    row = results.get([what]).get(what) if what.isprintable() else None
    if row is None:
        rows = history(results, what, 1)
        row = results.last_successes([rows[0].device_id]).get(rows[0].device_id) if success else rows[0]
    if row is None or (success and row.commit is None):
        raise UsageError(f"{what}: no configuration is stored for it")
    return row
