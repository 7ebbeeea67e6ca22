"""Which backups the schedules ask for now: the latest slot of each device that has no row yet. Pure.

This is computed from slots and from what is already recorded, never from a timer's ticks. A late, lost or
doubled trigger changes nothing, and of the slots missed during an outage only the latest is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from pipeline.values.device import Device
from pipeline.values.identifier import slot_identifier
from pipeline.values.job import Backup
from pipeline.values.schedule import Schedule, latest_slot

RowLookup = Callable[[Sequence[str]], Container[str]]
"""Returns those of the identifiers given to it that have a row."""


def due(
    devices: Iterable[Device],
    schedules: Mapping[str, Schedule],
    now: datetime,
    recorded: Container[str] | RowLookup = (),
) -> list[Backup]:
    """The latest slot of each scheduled device, unless it is recorded; in the order of `devices`.

    `recorded` are the identifiers that have a row, or a function that looks them up, all at once.
    The deadline counts from `now`, when the backup is enqueued, so that a late trigger costs nothing.
    """
    slots = {name: (schedule, latest_slot(schedule, now)) for name, schedule in schedules.items()}
    expected: list[Backup] = []
    for device in devices:
        if device.schedule is None:
            continue
        schedule, slot = slots[device.schedule]
        if slot is not None:
            identifier = slot_identifier(schedule.name, device.name, slot)
            deadline = now.astimezone(UTC) + schedule.deadline
            expected.append(Backup(identifier, device, deadline, schedule.name, slot))
    if callable(recorded):
        recorded = recorded([backup.task_identifier for backup in expected])
    return [backup for backup in expected if backup.task_identifier not in recorded]
