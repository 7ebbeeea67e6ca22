"""What a plan consists of. A device has its name after the change, and a removed device its last name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from pipeline.errors import Problem
from pipeline.values.device import Device
from pipeline.values.showing import Way


class Difference(NamedTuple):
    """A setting before and after a change, as text; None where it is not set."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that changes in the same way for some devices.

    `group` is the group whose own setting is the cause; None if the cause is another one.
    """

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
    """The group and queue that collect a device, and the configs repo that its configuration goes to."""

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
    """A configuration whose history goes on at another path or in another configs repo."""

    device: str
    before: ConfigFile
    after: ConfigFile


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A device whose pinned host keys change. `before` and `after` are their fingerprints."""

    device: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def is_replaced(self) -> bool:
        """Whether the device has host keys before and after, and none of them is the same."""
        return bool(self.before and self.after) and not set(self.before) & set(self.after)


@dataclass(frozen=True, slots=True)
class Definition:
    """A schedule, group, credential or jump host that changes. `devices` is how many devices use it.

    `next_before` and `next_after` are the next slots of a schedule, in UTC.
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
    """A reference to a secret that the workers of these queues (None: the default queue) need.

    `is_new`: these queues did not need it before. `provided` is None if it is not known what is provided.
    """

    reference: str
    credentials: tuple[str, ...]
    queues: tuple[str | None, ...]
    is_new: bool
    provided: bool | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """Secrets that are newly sent to a server: to a device, or to the jump host `hop` of these devices.

    `host_keys` are the fingerprints by which the server is checked. `through` are jump hosts on the way.
    """

    references: tuple[str, ...]
    hop: str | None
    address: str
    port: int | None
    way: Way
    host_keys: tuple[str, ...]
    through: tuple[str, ...]
    devices: tuple[str, ...]

    @property
    def checked_by(self) -> str:
        """By what the server is known, in words."""
        if self.way == "telnet":
            return "nothing"
        if self.way == "https-ca":
            return "any public authority"
        return ", ".join(self.host_keys) or "no key: nothing is sent"


RiskKind = Literal["telnet", "https-ca", "jump-host", "keep", "recipients", "networks", "files"]


@dataclass(frozen=True, slots=True)
class Risk:
    """What a reviewer must not miss, and the devices that it is about."""

    kind: RiskKind
    message: str
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupLoad:
    """How many backups of a group start in each hour of the day (UTC), on the busiest day of a week."""

    group: str | None
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that changes between two inventories. `base` and `head` are commits; None for files on disk.

    `base_problems` are the reasons why the base cannot be read; all devices of `head` are then in `added`.
    `load` is None if the schedules have too many slots to count.
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
    exposures: tuple[Exposure, ...] = ()
    risks: tuple[Risk, ...] = ()

    @property
    def has_changes(self) -> bool:
        """Whether the merge changes anything. True if that cannot be known."""
        found = (self.added, self.removed, self.renamed, self.moved, self.changes, self.definitions)
        return any(found) or bool(self.host_keys or self.base_problems)

    @property
    def changed_devices(self) -> int:
        """How many devices change a setting or a host key."""
        names = {name for change in self.changes for name in change.devices}
        return len(names.union(change.device for change in self.host_keys))

    @property
    def not_provided(self) -> tuple[str, ...]:
        """The references that the workers do not have, as far as is known."""
        return tuple(found.reference for found in self.references if found.provided is False)
