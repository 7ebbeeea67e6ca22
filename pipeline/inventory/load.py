"""Reads an inventory's files. They become an Inventory, or an error with all of their problems at once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InventoryError, Problem, UsageError
from pipeline.inventory import definitions, known_hosts
from pipeline.inventory.cache import Cache
from pipeline.inventory.definitions import Group
from pipeline.inventory.devices import DeviceReader, Row
from pipeline.inventory.memory import without_gc
from pipeline.inventory.problems import Problems, did_you_mean, shown
from pipeline.inventory.reuse import LastReading
from pipeline.inventory.roster import Roster
from pipeline.inventory.source import DEVICES, KNOWN_HOSTS, TOP_FILES, Source, open_source
from pipeline.values.device import Device
from pipeline.values.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Inventory:
    """The devices of one revision, sorted by name, with groups and defaults applied.

    `commit` is the hex id of the commit that was read; None for files on disk. `source` tells people what
    was read. `warnings` are findings that somebody should look at and that stop nothing.
    """

    devices: tuple[Device, ...]
    schedules: Mapping[str, Schedule]
    groups: Mapping[str, Group]
    commit: str | None
    source: str
    warnings: tuple[Problem, ...] = ()

    def device(self, name: str) -> Device:
        """The device of that name. UsageError with the closest name if there is none."""
        index = bisect_left(self.devices, name, key=lambda device: device.name)
        if index < len(self.devices) and self.devices[index].name == name:
            return self.devices[index]
        hint = did_you_mean(name, [device.name for device in self.devices])
        raise UsageError(f"no device {shown(name)} in {self.source}" + (f" ({hint})" if hint else ""))


def load(
    path: Path, ref: str | None = "HEAD", *, platforms: Collection[str], cache: Path | None = None
) -> Inventory:
    """Read the inventory in directory `path` at revision `ref`; with None, the files on disk.

    `platforms` are the names that devices may refer to. In the folder `cache`, the entries of a large
    inventory are kept for the next reading. Raises InventoryError with all problems, and what `open_source`
    raises.
    """
    return read(open_source(path, ref), platforms, cache)


def read(source: Source, platforms: Collection[str], cache: Path | None = None) -> Inventory:
    """Check the files of `source` and build the devices. Raises InventoryError with all problems."""
    return Reader(platforms, cache).read(source)


class Reader:
    """Reads several revisions of one inventory. Devices that are the same in two of them are one object.

    That saves time, and makes it cheap to compare the revisions. `platforms` and `cache` are as for `load`.
    """

    def __init__(self, platforms: Collection[str], cache: Path | None = None) -> None:
        self._platforms = platforms
        self._cache = cache
        self._last: LastReading | None = None

    def read(self, source: Source) -> Inventory:
        """The inventory, as the function `read` returns it. Earlier readings change nothing but the time."""
        with without_gc():
            return self._read(source)

    def _read(self, source: Source) -> Inventory:
        problems, warnings = Problems(), Problems()
        kept = Cache.of(source.files, self._cache)
        refer_to = definitions.read(source.files, self._platforms, problems)
        pins = source.files.get(KNOWN_HOSTS, b"")
        hosts = self._last.hosts(pins) if self._last else None
        if hosts is None:
            hosts = known_hosts.read(pins, problems, kept)
        reader = DeviceReader(refer_to, refer_to.names(self._platforms), hosts, problems, kept)
        reusable = self._last.reusable(reader) if self._last else {}
        rows: dict[bytes, tuple[Row, ...]] = {}
        roster = Roster(problems, warnings)
        for file, content in source.files.items():
            if file.startswith(f"{DEVICES}/"):
                rows[content] = reusable.get(content) or reader.read(file, content)
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
        self._last = LastReading(reader, pins, rows)
        return Inventory(
            devices=devices,
            schedules=refer_to.schedules or {},
            groups=refer_to.groups or {},
            commit=source.commit,
            source=source.label,
            warnings=warnings.listing(),
        )
