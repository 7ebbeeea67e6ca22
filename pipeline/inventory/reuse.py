"""Which devices of the last revision that was read are the same in the next one: those are not built again.

Two revisions of one inventory have most of it in common. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import TypeVar

from pipeline.inventory.devices import DeviceReader, Row
from pipeline.inventory.known_hosts import HostKeys

_K = TypeVar("_K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class LastReading:
    """What the last reading of an inventory without problems used and built.

    `reader` has built the devices. `pins` is the content of known_hosts. `rows` are the devices of each file,
    by the file's content.
    """

    reader: DeviceReader
    pins: bytes
    rows: Mapping[bytes, tuple[Row, ...]]

    def hosts(self, pins: bytes) -> HostKeys | None:
        """The host keys, if `pins` is the same content of known_hosts; else None."""
        return self.reader.hosts if pins == self.pins else None

    def reusable(self, reader: DeviceReader) -> Mapping[bytes, tuple[Row, ...]]:
        """The files, by their content, of which `reader` would build the same devices without a problem."""
        differences = Differences.between(self.reader, reader)
        return {content: rows for content, rows in self.rows.items() if not differences.touch(rows)}


@dataclass(frozen=True, slots=True)
class Differences:
    """The names of all that devices refer to and that differs between two revisions, or that is gone."""

    groups: Collection[str | None]
    schedules: Collection[str]
    credentials: Collection[str]
    jump_hosts: Collection[str]
    pins: Set[str]
    """Names, addresses and `[address]:port` of known_hosts."""
    recipients: bool
    """Whether sealed copies are encrypted to other keys."""

    @classmethod
    def between(cls, old: DeviceReader, new: DeviceReader) -> Differences:
        """The differences between what two readers build devices with. `old` has found no problem."""
        before, after = old.definitions, new.definitions
        return cls(
            groups=_differing_names(old.bases, new.bases),
            # A schedule that changes leaves its devices as they are: they hold its name only.
            schedules=set(before.schedules or ()) - set(after.schedules or ()),
            credentials=_differing_names(before.credentials or {}, after.credentials or {}),
            jump_hosts={name for name in before.jump_hosts or () if old.hops((name,)) != new.hops((name,))},
            pins=frozenset() if old.hosts is new.hosts else _differing_names(old.hosts, new.hosts),
            recipients=before.recipients != after.recipients,
        )

    def __bool__(self) -> bool:
        return bool(
            self.groups
            or self.schedules
            or self.credentials
            or self.jump_hosts
            or self.pins
            or self.recipients
        )

    def touch(self, rows: Iterable[Row]) -> bool:
        """Whether one of these devices may differ in the other revision."""
        return bool(self) and any(map(self._touch_device, rows))

    def _touch_device(self, row: Row) -> bool:
        device = row.device
        return (
            device is None
            or device.group in self.groups
            or device.schedule in self.schedules
            or device.credential.name in self.credentials
            or any(hop.name in self.jump_hosts for hop in device.jump)
            or (self.recipients and bool(device.recipients))
            or not self.pins.isdisjoint((row.name, row.host, f"[{row.host}]:{row.port}"))
        )


def _differing_names(old: Mapping[_K, Hashable], new: Mapping[_K, Hashable]) -> Set[_K]:
    """The names that only one of the mappings has, or that stand for another value in each."""
    return {name for name, _ in old.items() ^ new.items()}
