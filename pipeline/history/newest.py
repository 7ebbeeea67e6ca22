"""The newest backup of each device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.store.ledger.results import Results
from pipeline.store.ledger.table import Row
from pipeline.values.device import Device


@dataclass(frozen=True, slots=True)
class Newest:
    """Each device's newest row, by name; and the devices that were asked for and have none."""

    rows: Sequence[Row]
    without_backup: Sequence[Device] = ()


def newest_backups(results: Results, devices: Sequence[Device] | None) -> Newest:
    """The newest rows of `devices`; with None, of every device of the inventory in force.

    Raises ServiceError if Postgres is away.
    """
    rows = results.latest()
    if devices is None:
        return Newest(rows)
    ids = {device.id for device in devices}
    rows = [row for row in rows if row.device_id in ids]
    found = {row.device_id for row in rows}
    return Newest(rows, [device for device in devices if device.id not in found])
