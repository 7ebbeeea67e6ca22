"""Reads the devices' files: applies groups and defaults to each device, and pins its host keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipeline.inventory import entries, settings_table, values
from pipeline.inventory.cache import Cache
from pipeline.inventory.definitions import Definitions, Group
from pipeline.inventory.entries import Names
from pipeline.inventory.known_hosts import DEFAULT_PORT, HostKeys, keys_of
from pipeline.inventory.problems import Position, Problems, shown
from pipeline.inventory.setting import OPTIONS, Scope
from pipeline.inventory.strict_yaml import Node, Text
from pipeline.inventory.values import BadValueError, canonical_address
from pipeline.values.device import Device, Hop
from pipeline.values.options import Options

_SHOWN_NETWORKS = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One device as its file has it, without its group and the defaults.

    `settings` are the checked values by the settings' names; `keys` the names of all settings of the entry,
    also of those with a wrong value.
    """

    name: str
    position: Position
    settings: Mapping[str, Any]
    keys: Collection[str]


# A named tuple, not a dataclass: it costs a third.
class Row(NamedTuple):
    """One device and its position in its file. It is reached at `port` of `host`, a canonical address.

    A row without `device`, `host` and `port` has one of the problems.
    """

    name: str
    position: Position
    device: Device | None = None
    host: str = ""
    port: int = 0


class DeviceReader:
    """Reads device files, each by itself. What is wrong with them goes to `problems`.

    `bases` are the groups with the defaults applied. The base of None is the defaults themselves.
    """

    def __init__(
        self,
        definitions: Definitions,
        names: Names,
        hosts: HostKeys,
        problems: Problems,
        cache: Cache | None = None,
    ) -> None:
        self.definitions, self.hosts = definitions, hosts
        self._problems, self._cache, self._names = problems, cache or Cache(), names
        defaults = definitions.defaults or Group("")
        groups = definitions.groups or {}
        self.bases: Mapping[str | None, Group] = {
            None: defaults,
            **{name: group.over(defaults) for name, group in groups.items()},
        }
        self._hops: dict[tuple[str, ...], tuple[Hop, ...]] = {}
        self._allowed = settings_table.TABLE.by_name(Scope.DEVICE)
        layered = settings_table.TABLE.within(Scope.LAYERS)
        self._references = [
            (setting.name, names[setting.refers_to])
            for setting in layered
            if setting.refers_to is not None and setting.refers_to in names
        ]
        """Each setting that refers to something, with the names that there are."""
        self._inherited = {setting.name: setting.sets for setting in layered if setting.is_inherited}
        """Each setting that a device may inherit, with the field of Device that it sets."""
        required = [setting for setting in layered if setting.required]
        self._still_required = {
            name: [setting for setting in required if setting.name not in base.settings]
            for name, base in self.bases.items()
        }
        """For each base, the settings that a device needs and does not inherit."""
        self._base_fields = {name: self._fields(name, base.settings) for name, base in self.bases.items()}

    def read(self, file: str, content: bytes) -> tuple[Row, ...]:
        """The devices of one file, in file order."""
        found = self._from_cache(content) or self._parse(file, content)
        return tuple(self._row(file, entry) for entry in found)

    def _from_cache(self, content: bytes) -> list[Entry]:
        """The file's entries if they are in the cache and all that they refer to exists; else none."""
        found = [
            Entry(name, Position(line, column), _with_tuples(settings), settings)
            for name, line, column, settings in self._cache.get("devices", content) or ()
        ]
        return found if all(self._references_exist(entry.settings) for entry in found) else []

    def _references_exist(self, settings: Mapping[str, Any]) -> bool:
        for setting, names in self._references:
            value = settings.get(setting)
            if value is not None and not all(
                name in names for name in (value if isinstance(value, tuple) else (value,))
            ):
                return False
        return True

    def _parse(self, file: str, content: bytes) -> list[Entry]:
        before = self._problems.count
        listed = entries.read_entries(file, content, self._problems) or ()
        read = [entry for key, body in listed if (entry := self._entry(file, key, body))]
        if read and self._problems.count == before:
            self._cache.put("devices", content, [(e.name, *e.position, e.settings) for e in read])
        return read

    def _entry(self, file: str, key: Text, body: Node) -> Entry | None:
        """One device's entry, or None if it is not a mapping of settings."""
        name = key.value
        try:
            values.device_name(name)
        except BadValueError as error:
            self._problems.add(file, key, f"{shown(name)} {error}", error.hint)
            name = shown(name)
        settings = entries.read_settings(file, name, body, self._allowed, self._names, self._problems)
        if settings is None:
            return None
        return Entry(name, Position(key.line, key.column), settings, entries.keys(body))

    def _row(self, file: str, entry: Entry) -> Row:
        group = entry.settings.get("group")
        base = group if group in self.bases else None
        if not self._is_complete(file, entry, base):
            return Row(entry.name, entry.position)
        host = canonical_address(entry.settings["address"])
        device = self._device(file, entry, base, host)
        if device is None:
            return Row(entry.name, entry.position)
        self._check_networks(file, entry.position, device)
        return Row(entry.name, entry.position, device, host, device.port or DEFAULT_PORT)

    def _is_complete(self, file: str, entry: Entry, base: str | None) -> bool:
        """Whether the device has all that it needs. If not, a problem says so, unless another one does."""
        lacks = [setting for setting in self._still_required[base] if setting.name not in entry.settings]
        # A group or a file with a problem of its own may set what seems to be missing.
        all_known = entry.settings.get("group") in self.bases and self.definitions.defaults is not None
        for setting in lacks:
            if any(name in entry.keys for name in setting.names):
                continue  # its value is wrong, which is a problem already
            if all_known or not setting.is_inherited:
                hint = "set it on the device, its group or as a default" if setting.is_inherited else ""
                self._problems.add(file, entry.position, f"{entry.name}: no {setting.name}", hint)
        return not lacks

    def _device(self, file: str, entry: Entry, base: str | None, host: str) -> Device | None:
        """The device, or None if its credential is one of the problems."""
        name, own, inherited = entry.name, entry.settings, self.bases[base].settings
        # Most devices inherit all that they can: those of one group share their fields.
        fields = self._base_fields[base]
        if not self._inherited.keys().isdisjoint(own):
            fields = self._fields(own.get("group"), {**inherited, **own})
        if fields.get("credential") is None:
            return None
        is_sealed = own.get("sealed", inherited.get("sealed"))
        if is_sealed and not self.definitions.recipients and self.definitions.defaults is not None:
            hint = "name public keys under 'recipients' in devicevault.yaml"
            self._problems.add(file, entry.position, f"{name}: sealed for nobody", hint)
        return Device(
            **{
                **fields,
                "id": own.get("id", name),
                "name": name,
                "address": own["address"],
                "group": own.get("group"),
                "host_keys": keys_of(self.hosts, name, host, fields.get("port") or DEFAULT_PORT),
            }
        )

    def _fields(self, group: str | None, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """The fields of Device that these settings set. Those that are missing keep their defaults."""
        fields: dict[str, Any] = {}
        options: dict[str, Any] = {}
        for name, value in settings.items():
            field = self._inherited.get(name)
            if field is None:
                continue  # only the device itself can have it, such as its address
            if field.startswith(OPTIONS):
                options[field.removeprefix(OPTIONS)] = value
            elif field == "credential":
                fields[field] = (self.definitions.credentials or {}).get(value)
            elif field == "jump":
                fields[field] = self.hops(value)
            elif field == "recipients":
                fields[field] = self.definitions.recipients if value else ()
            elif field != "queue_id" or group is not None:  # a device without a group has the default queue
                fields[field] = value
        return {**fields, "options": Options(**options)}

    def hops(self, names: tuple[str, ...]) -> tuple[Hop, ...]:
        """The jump hosts of these names. A name that does not exist is left out: it is a problem already."""
        if names not in self._hops:
            self._hops[names] = self._look_up_hops(names)
        return self._hops[names]

    def _look_up_hops(self, names: Iterable[str]) -> tuple[Hop, ...]:
        known, credentials = self.definitions.jump_hosts or {}, self.definitions.credentials or {}
        hosts = [known[name] for name in names if name in known and known[name].credential in credentials]
        return tuple(
            Hop(host.name, host.address, host.port, credentials[host.credential],
                keys_of(self.hosts, host.name, canonical_address(host.address), host.port))
            for host in hosts
        )  # fmt: skip

    def _check_networks(self, file: str, position: Position, device: Device) -> None:
        """Report an address outside of the networks. A name is checked by the worker, which looks it up."""
        if not values.is_allowed(device.address, device.allowed_networks):
            networks = ", ".join(device.allowed_networks[:_SHOWN_NETWORKS])
            if len(device.allowed_networks) > _SHOWN_NETWORKS:
                networks += ", …"
            self._problems.add(
                file, position,
                f"{device.name}: address {device.address} is in none of its group's networks",
                f"allowed_networks: {networks}",
            )  # fmt: skip


def _with_tuples(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as they were before JSON, which has lists where they had tuples."""
    for name, value in settings.items():
        if isinstance(value, list):
            settings[name] = tuple(value)
    return settings
