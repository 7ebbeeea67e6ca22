"""What a plan is made of. Names of devices are those after the change, but for removed ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from pipeline.errors import Problem
from pipeline.values.device import Device


class Difference(NamedTuple):
    """A setting before and after a change, as text; None where it is not set."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that changes alike for some devices. `group` is the one whose own setting causes it."""

    setting: Difference
    devices: tuple[str, ...]
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    """A device with a stable id and a new name."""

    id: str
    before: str
    after: str


class Assignment(NamedTuple):
    """Who collects a device and where its configurations go: group, queue and configs repo."""

    group: str | None
    queue_id: str | None
    repo: str


@dataclass(frozen=True, slots=True)
class Move:
    """Devices that go from one assignment to another together."""

    before: Assignment
    after: Assignment
    devices: tuple[str, ...]


class ConfigFile(NamedTuple):
    """A device's configuration: a path in a configs repo."""

    repo: str
    path: str


@dataclass(frozen=True, slots=True)
class ConfigMove:
    """A configuration that goes on at another path, or in another configs repo."""

    device: str
    before: ConfigFile
    after: ConfigFile


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A device whose pinned host keys change: fingerprints before and after."""

    device: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def is_replaced(self) -> bool:
        """Whether other keys are pinned after, and none of those before."""
        return bool(self.before and self.after) and not set(self.before) & set(self.after)


@dataclass(frozen=True, slots=True)
class Definition:
    """A schedule, group, credential or jump host that changes, and how many devices use it.

    `next_before` and `next_after` are a schedule's next slots in UTC.
    """

    kind: Literal["schedule", "group", "credential", "jump host"]
    name: str
    change: Literal["added", "removed", "changed"]
    settings: tuple[Difference, ...]
    devices: int
    next_before: datetime | None = None
    next_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A secret that workers of these queues (None: the default queue) have to find.

    `is_new`: on these queues it is needed only from now on. `provided` is None where nobody said what is.
    """

    reference: str
    credentials: tuple[str, ...]
    queues: tuple[str | None, ...]
    is_new: bool
    provided: bool | None


@dataclass(frozen=True, slots=True)
class GroupLoad:
    """Backups that a group's schedules start in each hour of a day in UTC, on its busiest day of a week."""

    group: str | None
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that changes between two inventories. `base` and `head` are commits; None for files on disk.

    `base_problems`: why the base cannot be read. All of head is then among `added`, known or not.
    `load` is None where the schedules have more slots than are worth counting.
    """

    base: str | None
    head: str | None
    devices_before: int
    devices_after: int
    added: tuple[Device, ...] = ()
    removed: tuple[Device, ...] = ()
    renamed: tuple[Rename, ...] = ()
    moved: tuple[Move, ...] = ()
    changes: tuple[Change, ...] = ()
    definitions: tuple[Definition, ...] = ()
    host_keys: tuple[KeyChange, ...] = ()
    without_host_key: tuple[str, ...] = ()
    without_schedule: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    leaving: tuple[ConfigFile, ...] = ()
    config_moves: tuple[ConfigMove, ...] = ()
    load: tuple[GroupLoad, ...] | None = ()
    notes: tuple[str, ...] = ()
    base_problems: tuple[Problem, ...] = ()

    @property
    def has_changes(self) -> bool:
        """Whether merging changes anything, as far as can be known."""
        found = (self.added, self.removed, self.renamed, self.moved, self.changes, self.definitions)
        return any(found) or bool(self.host_keys or self.base_problems)

    @property
    def changed_devices(self) -> int:
        """Devices of which a setting or host key changes."""
        names = {name for change in self.changes for name in change.devices}
        return len(names.union(change.device for change in self.host_keys))

    @property
    def not_provided(self) -> tuple[str, ...]:
        """References that the workers are known to lack."""
        return tuple(found.reference for found in self.references if found.provided is False)
