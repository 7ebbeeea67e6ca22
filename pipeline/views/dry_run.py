"""What `collect --dry-run` shows: the backups that would be queued."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.text.words import counted
from pipeline.transit.broker import queue_name
from pipeline.values.job import Backup
from pipeline.values.times import iso


def lines(backups: Sequence[Backup]) -> Iterator[str]:
    """One line for each backup, with its queue and its identifier; then their number."""
    queues = [queue_name(backup.device.queue_id) for backup in backups]
    width = max(map(len, queues), default=0)
    for queue, backup in zip(queues, backups, strict=True):
        yield f"{queue:<{width}}  {backup.task_identifier}"
    yield f"{counted(len(backups), 'backup')} would be queued"


def as_json(backups: Sequence[Backup]) -> dict[str, Any]:
    """The same as scripts read it."""
    return {"would_queue": [_backup_as_json(backup) for backup in backups]}


def _backup_as_json(backup: Backup) -> dict[str, Any]:
    return {
        "task_identifier": backup.task_identifier,
        "device": backup.device.name,
        "group": backup.device.group,
        "queue": queue_name(backup.device.queue_id),
        "schedule": backup.schedule,
        "slot": None if backup.slot is None else iso(backup.slot),
        "deadline": iso(backup.deadline),
    }
