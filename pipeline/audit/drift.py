"""Where the configs repos are not what the inventory says: never backed up, stale, missing, orphaned.

The comparison is pure. `head_paths` reads what a branch holds, beside the consumer that writes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pipeline.inventory import Inventory
from pipeline.store.git.reader import open_reader
from pipeline.values.schedule import latest_slot

Kind = Literal["never", "stale", "missing", "orphaned"]

MEANING: Mapping[Kind, str] = {
    "never": "no backup has succeeded yet",
    "stale": "the newest good backup is older than it should be",
    "missing": "a backup has succeeded, and its file is not at its place",
    "orphaned": "a file of no device of the inventory",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `device` is None for an orphan; `last_success` is the time of the last good backup."""

    kind: Kind
    device: str | None
    group: str | None
    repo: str
    path: str
    last_success: datetime | None = None


def compare(
    inventory: Inventory,
    last_success: Mapping[str, datetime],
    heads: Mapping[str, Collection[str]],
    now: datetime,
    max_age: timedelta | None = None,
) -> list[Difference]:
    """Every difference: devices in the order of the inventory, then orphans by repo and path.

    `last_success` says when each device, by id, was last backed up. `heads` are the configurations on each
    repo's branch. A device is stale when its newest success is older than `max_age`. Without `max_age`, it is
    stale when its newest success is older than the latest slot of its schedule whose deadline is over.
    """
    limits = {
        name: latest_slot(schedule, now - schedule.deadline) for name, schedule in inventory.schedules.items()
    }
    differences: list[Difference] = []
    for device in inventory.devices:
        last = last_success.get(device.id)
        limit = now - max_age if max_age is not None else limits.get(device.schedule or "")
        kind: Kind | None = None
        if last is None:
            kind = "never"
        elif device.path not in heads.get(device.repo, ()):
            kind = "missing"
        elif limit is not None and last < limit:
            kind = "stale"
        if kind:
            differences.append(Difference(kind, device.name, device.group, device.repo, device.path, last))
    live = {(device.repo, device.path) for device in inventory.devices}
    differences += [
        Difference("orphaned", None, None, repo, path)
        for repo, paths in sorted(heads.items())
        for path in sorted(paths)
        if (repo, path) not in live
    ]
    return differences


def head_paths(path: Path, branch: str) -> set[str]:
    """The configurations, `<group>/<device>.cfg`, on the branch of a configs repo; none if there is no repo.

    Raises StateError if it cannot be read.
    """
    if not path.exists():
        return set()
    with open_reader(path, branch) as repo:
        return repo.config_paths()
