"""Read the devices: each file's entries, with group and defaults applied and host keys pinned."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipeline.inventory import entries, settings_table, values
from pipeline.inventory.cache import Cache
from pipeline.inventory.entries import Names
from pipeline.inventory.known_hosts import DEFAULT_PORT, HostKeys, keys_of
from pipeline.inventory.problems import Place, Problems, shown
from pipeline.inventory.setting import OPTIONS, Scope
from pipeline.inventory.strict_yaml import Node, Text
from pipeline.inventory.tables import Group, Tables
from pipeline.inventory.values import BadValueError, canonical_address
from pipeline.values.device import Device, Hop
from pipeline.values.options import Options

_SHOWN_NETWORKS = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One device as its file writes it: checked settings by name, before group and defaults."""

    name: str
    place: Place
    found: Mapping[str, Any]
    written: Collection[str]


# A named tuple, not a dataclass: it costs a third.
class Row(NamedTuple):
    """One device where its file has it, with the canonical address and the port at which it is reached.

    Without a device and them if one of the problems is why.
    """

    name: str
    place: Place
    device: Device | None = None
    host: str = ""
    port: int = 0


class DeviceReader:
    """Reads device files, each by itself; what is wrong goes to `problems`.

    `bases` are the settings of each group with the defaults below them; those of None are the defaults.
    """

    def __init__(
        self,
        tables: Tables,
        names: Names,
        hosts: HostKeys,
        problems: Problems,
        cache: Cache | None = None,
    ) -> None:
        self.tables, self.hosts = tables, hosts
        self._problems, self._cache, self._names = problems, cache or Cache(), names
        defaults = tables.defaults or Group("")
        groups = tables.groups or {}
        self.bases: Mapping[str | None, Group] = {
            None: defaults,
            **{name: group.over(defaults) for name, group in groups.items()},
        }
        self._ways: dict[tuple[str, ...], tuple[Hop, ...]] = {}
        self._allowed = settings_table.TABLE.by_name(Scope.DEVICE)
        layered = settings_table.TABLE.within(Scope.LAYERS)
        self._references = [
            (setting.name, names[setting.refers_to])
            for setting in layered
            if setting.refers_to is not None and setting.refers_to in names
        ]
        self._inherited = {setting.name: setting.sets for setting in layered if setting.is_inherited}
        """Settings that a device may inherit → the fields of Device that they set."""
        required = [setting for setting in layered if setting.required]
        self._lacking = {
            name: [setting for setting in required if setting.name not in base.settings]
            for name, base in self.bases.items()
        }
        """What a device of each group has to set for itself."""
        self._fields_of_group = {name: self._fields(name, base.settings) for name, base in self.bases.items()}

    def read(self, file: str, content: bytes) -> tuple[Row, ...]:
        """The devices of one file, in file order."""
        found = self._cached(content) or self._parsed(file, content)
        return tuple(self._row(file, entry) for entry in found)

    def _cached(self, content: bytes) -> list[Entry]:
        """The file's entries as they were read before; none if it was not, or refers to what is not there."""
        found = [
            Entry(name, Place(line, column), _with_tuples(settings), settings)
            for name, line, column, settings in self._cache.get("devices", content) or ()
        ]
        return found if all(self._knows(entry.found) for entry in found) else []

    def _knows(self, found: Mapping[str, Any]) -> bool:
        """Whether there is everything that a device's checked settings refer to."""
        for setting, known in self._references:
            value = found.get(setting)
            if value is not None and not all(
                name in known for name in (value if isinstance(value, tuple) else (value,))
            ):
                return False
        return True

    def _parsed(self, file: str, content: bytes) -> list[Entry]:
        before = self._problems.count
        rows = entries.entries(file, content, self._problems) or ()
        read = [entry for key, body in rows if (entry := self._entry(file, key, body))]
        if read and self._problems.count == before:
            self._cache.put("devices", content, [(e.name, *e.place, e.found) for e in read])
        return read

    def _entry(self, file: str, key: Text, body: Node) -> Entry | None:
        """One device's settings; None where there are none to go on with."""
        name = key.value
        try:
            values.device_name(name)
        except BadValueError as error:
            self._problems.add(file, key, f"{shown(name)} {error}", error.hint)
            name = shown(name)
        found = entries.settings(file, name, body, self._allowed, self._names, self._problems)
        if found is None:
            return None
        return Entry(name, Place(key.line, key.column), found, entries.written(body))

    def _row(self, file: str, entry: Entry) -> Row:
        group = entry.found.get("group")
        group = group if group in self.bases else None
        if self._missing(file, entry, group):
            return Row(entry.name, entry.place)
        host = canonical_address(entry.found["address"])
        device = self._device(file, entry, group, host)
        if device is None:
            return Row(entry.name, entry.place)
        self._check_networks(file, entry.place, device)
        return Row(entry.name, entry.place, device, host, device.port or DEFAULT_PORT)

    def _missing(self, file: str, entry: Entry, group: str | None) -> bool:
        """Whether the device lacks what it needs; noted, unless a wrong value is already noted."""
        lacks = [setting for setting in self._lacking[group] if setting.name not in entry.found]
        # What cannot be found or read may set what seems to be missing.
        all_known = entry.found.get("group") in self.bases and self.tables.defaults is not None
        for setting in lacks:
            if setting.name not in entry.written and (all_known or not setting.is_inherited):
                hint = "set it on the device, its group or as a default" if setting.is_inherited else ""
                self._problems.add(file, entry.place, f"{entry.name}: no {setting.name}", hint)
        return bool(lacks)

    def _device(self, file: str, entry: Entry, group: str | None, host: str) -> Device | None:
        name, found, inherited = entry.name, entry.found, self.bases[group].settings
        # Most devices take everything from their group: its fields are made once.
        fields = self._fields_of_group[group]
        if not self._inherited.keys().isdisjoint(found):
            fields = self._fields(found.get("group"), {**inherited, **found})
        if fields.get("credential") is None:
            return None  # its file or the reference to it is among the problems
        sealed = found.get("sealed", inherited.get("sealed"))
        if sealed and not self.tables.recipients and self.tables.defaults is not None:
            hint = "name public keys under 'recipients' in devicevault.yaml"
            self._problems.add(file, entry.place, f"{name}: sealed for nobody", hint)
        return Device(
            **{
                **fields,
                "id": found.get("id", name),
                "name": name,
                "address": found["address"],
                "group": found.get("group"),
                "host_keys": keys_of(self.hosts, name, host, fields.get("port") or DEFAULT_PORT),
            }
        )

    def _fields(self, group: str | None, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """The fields of a device that these settings set; a field that is missing has Device's default."""
        fields: dict[str, Any] = {}
        options: dict[str, Any] = {}
        for name, value in settings.items():
            field = self._inherited.get(name)
            if field is None:
                continue  # a device's own, such as its address
            if field.startswith(OPTIONS):
                options[field.removeprefix(OPTIONS)] = value
            elif field == "credential":
                fields[field] = (self.tables.credentials or {}).get(value)
            elif field == "jump":
                fields[field] = self.jump(value)
            elif field == "recipients":
                fields[field] = self.tables.recipients if value else ()
            elif field != "queue_id" or group is not None:
                fields[field] = value
        return {**fields, "options": Options(**options)}

    def jump(self, names: tuple[str, ...]) -> tuple[Hop, ...]:
        """The way to a device; what is not known is among the problems already."""
        if names not in self._ways:
            self._ways[names] = self._way(names)
        return self._ways[names]

    def _way(self, names: Iterable[str]) -> tuple[Hop, ...]:
        known, credentials = self.tables.jump_hosts or {}, self.tables.credentials or {}
        hosts = [known[name] for name in names if name in known and known[name].credential in credentials]
        return tuple(
            Hop(host.name, host.address, host.port, credentials[host.credential],
                keys_of(self.hosts, host.name, canonical_address(host.address), host.port))
            for host in hosts
        )  # fmt: skip

    def _check_networks(self, file: str, place: Place, device: Device) -> None:
        """A name is looked up, and held against the networks, by the worker that connects."""
        if not values.is_allowed(device.address, device.allowed_networks):
            networks = ", ".join(device.allowed_networks[:_SHOWN_NETWORKS])
            if len(device.allowed_networks) > _SHOWN_NETWORKS:
                networks += ", …"
            self._problems.add(
                file, place, f"{device.name}: address {device.address} is in none of its group's networks",
                f"allowed_networks: {networks}",
            )  # fmt: skip


def _with_tuples(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings out of JSON, which knows no tuples."""
    for name, value in settings.items():
        if isinstance(value, list):
            settings[name] = tuple(value)
    return settings
