"""Two revisions of one inventory have most of it in common: which devices need not be made again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import TypeVar

from pipeline.inventory.devices import DeviceReader, Row
from pipeline.inventory.known_hosts import HostKeys

_K = TypeVar("_K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Made:
    """What an inventory without a mistake was made of: known_hosts, and devices by their file's content."""

    reader: DeviceReader
    pins: bytes
    rows: Mapping[bytes, tuple[Row, ...]]

    def hosts(self, pins: bytes) -> HostKeys | None:
        """The keys that these `pins` hold, if they are the same."""
        return self.reader.hosts if pins == self.pins else None

    def common(self, reader: DeviceReader) -> Mapping[bytes, tuple[Row, ...]]:
        """The devices, by their file's content, that `reader` would make, and as free of mistakes."""
        differences = Differences.between(self.reader, reader)
        return {content: rows for content, rows in self.rows.items() if not differences.touch(rows)}


@dataclass(frozen=True, slots=True)
class Differences:
    """What devices were made with, and another revision lacks or has otherwise; each by its name."""

    groups: Collection[str | None]
    schedules: Collection[str]
    credentials: Collection[str]
    jump_hosts: Collection[str]
    pinned: Set[str]
    """Names, addresses and `[address]:port` of known_hosts."""
    recipients: bool
    """Whether sealed copies are for others."""

    @classmethod
    def between(cls, old: DeviceReader, new: DeviceReader) -> Differences:
        """Of what `old`, which found no mistake, made devices with, and `new` would."""
        before, after = old.tables, new.tables
        return cls(
            groups=_differing(old.bases, new.bases),
            schedules=set(before.schedules or ()) - set(after.schedules or ()),
            credentials=_differing(before.credentials or {}, after.credentials or {}),
            jump_hosts={name for name in before.jump_hosts or () if old.jump([name]) != new.jump([name])},
            pinned=frozenset() if old.hosts is new.hosts else _differing(old.hosts, new.hosts),
            recipients=before.recipients != after.recipients,
        )

    def __bool__(self) -> bool:
        return bool(
            self.groups
            or self.schedules
            or self.credentials
            or self.jump_hosts
            or self.pinned
            or self.recipients
        )

    def touch(self, rows: Iterable[Row]) -> bool:
        """Whether any of the devices may not be the same in the other revision."""
        return bool(self) and any(map(self._touches, rows))

    def _touches(self, row: Row) -> bool:
        device = row.device
        return (
            device is None
            or device.group in self.groups
            or device.schedule in self.schedules
            or device.credential.name in self.credentials
            or any(hop.name in self.jump_hosts for hop in device.jump)
            or (self.recipients and bool(device.recipients))
            or not self.pinned.isdisjoint((row.name, row.host, f"[{row.host}]:{row.port}"))
        )


def _differing(old: Mapping[_K, Hashable], new: Mapping[_K, Hashable]) -> Set[_K]:
    return {name for name, _ in old.items() ^ new.items()}
