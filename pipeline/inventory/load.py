"""From an inventory's files to its devices: everything that is wrong at once, or an Inventory."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InventoryError, Problem, UsageError
from pipeline.inventory import known_hosts, tables
from pipeline.inventory.alike import Made
from pipeline.inventory.cache import Cache
from pipeline.inventory.devices import DeviceReader, Row
from pipeline.inventory.memory import without_gc
from pipeline.inventory.problems import Problems, did_you_mean, shown
from pipeline.inventory.roster import Roster
from pipeline.inventory.source import DEVICES, KNOWN_HOSTS, TOP_FILES, Source, open_source
from pipeline.inventory.tables import Group
from pipeline.values.device import Device
from pipeline.values.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Inventory:
    """The devices of one revision, sorted by name, with groups and defaults applied.

    `commit` is the hex id of the commit that was read; None for files on disk. `source` says for people
    what was read. `warnings` are what should be looked at and stops nothing.
    """

    devices: tuple[Device, ...]
    schedules: Mapping[str, Schedule]
    groups: Mapping[str, Group]
    commit: str | None
    source: str
    warnings: tuple[Problem, ...] = ()

    def device(self, name: str) -> Device:
        """The device of that name; UsageError with the closest name if there is none."""
        index = bisect_left(self.devices, name, key=lambda device: device.name)
        if index < len(self.devices) and self.devices[index].name == name:
            return self.devices[index]
        hint = did_you_mean(name, [device.name for device in self.devices])
        raise UsageError(f"no device {shown(name)} in {self.source}" + (f" ({hint})" if hint else ""))


def load(
    path: Path, ref: str | None = "HEAD", *, platforms: Collection[str], cache: Path | None = None
) -> Inventory:
    """Read the inventory in directory `path` at revision `ref`; with None, as it lies on disk.

    `platforms` are the names that devices may refer to; in the folder `cache` what was read of a large
    inventory is kept for the next time. Raises InventoryError with all problems, and what `open_source`
    raises.
    """
    return read(open_source(path, ref), platforms, cache)


def read(source: Source, platforms: Collection[str], cache: Path | None = None) -> Inventory:
    """Check the files of `source` and build the devices; InventoryError with all problems."""
    return Reader(platforms, cache).read(source)


class Reader:
    """Reads revisions of one inventory, to compare them: devices that are the same are one object.

    `platforms` and `cache` are as for `load`.
    """

    def __init__(self, platforms: Collection[str], cache: Path | None = None) -> None:
        self._platforms = platforms
        self._cache = cache
        self._last: Made | None = None

    def read(self, source: Source) -> Inventory:
        """As `read` does, whatever was read before."""
        with without_gc():
            return self._read(source)

    def _read(self, source: Source) -> Inventory:
        problems, warnings = Problems(), Problems()
        kept = Cache.of(source.files, self._cache)
        refer_to = tables.read(source.files, self._platforms, problems)
        pins = source.files.get(KNOWN_HOSTS, b"")
        hosts = self._last.hosts(pins) if self._last else None
        if hosts is None:
            hosts = known_hosts.read(pins, problems, kept)
        reader = DeviceReader(refer_to, refer_to.names(self._platforms), hosts, problems, kept)
        common = self._last.common(reader) if self._last else {}
        rows: dict[bytes, tuple[Row, ...]] = {}
        roster = Roster(problems, warnings)
        for file, content in source.files.items():
            if file.startswith(f"{DEVICES}/"):
                rows[content] = common.get(content) or reader.read(file, content)
                roster.add(file, rows[content])
            elif file not in TOP_FILES:
                hint = did_you_mean(file, TOP_FILES) or f"device files belong into {DEVICES}/"
                problems.add(file, None, "not a file of an inventory", hint)
        kept.forget_old()
        if problems.found:
            raise InventoryError(problems.listing())
        devices = roster.by_name()
        if not devices:
            warnings.add(DEVICES, None, "no devices yet", rule="no-devices")
        self._last = Made(reader, pins, rows)
        return Inventory(
            devices=devices,
            schedules=refer_to.schedules or {},
            groups=refer_to.groups or {},
            commit=source.commit,
            source=source.label,
            warnings=warnings.listing(),
        )
