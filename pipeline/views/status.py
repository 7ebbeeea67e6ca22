"""The columns of `devicevault status`, and of the other commands that list backups: one line for each."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.store.ledger.table import Row
from pipeline.text.words import counted, utc
from pipeline.values.device import Device
from pipeline.views.rows import what_happened
from pipeline.views.table import Column


def colour(row: Row) -> str:
    """Red if a person should look at the backup, green if it is good, yellow if it says nothing yet."""
    return "red" if row.failed else "green" if row.status == "success" else "yellow"


COLUMNS: tuple[Column[Row], ...] = (
    Column("DEVICE", lambda row: row.device),
    Column("GROUP", lambda row: row.collection_group or "-", rank=3),
    Column("STATUS", lambda row: row.status, colour),
    Column("WHAT", what_happened),
    Column("COMMIT", lambda row: (row.commit or "-")[:10], rank=1),
    Column("WHEN", lambda row: utc(row.timestamp or row.queued_at), rank=2),
)
"""From left to right. A narrow terminal leaves out the commit, then the time, then the group."""

MAX_NAMES = 10
"""How many devices a note names."""


def no_backups(*, failed: bool, all_devices: bool) -> str:
    """What stands in the place of a table without lines; `failed`: only failures were asked for."""
    if failed:
        return "no device failed"
    return "nothing has been backed up yet" if all_devices else "none of these devices has been backed up yet"


def without_backup(devices: Sequence[Device]) -> str:
    """A note of the devices that were asked for and have no line in the table."""
    names = ", ".join(device.name for device in devices[:MAX_NAMES])
    rest = len(devices) - MAX_NAMES
    more = f" and {rest} more" if rest > 0 else ""
    return f"note: {counted(len(devices), 'device')} without a backup: {names}{more}"
