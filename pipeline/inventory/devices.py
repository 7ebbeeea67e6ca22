"""Read the devices: each file's entries, with group and defaults applied and host keys pinned."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from pipeline.inventory import entries, tables, values
from pipeline.inventory.cache import Cache
from pipeline.inventory.entries import Names, Parser
from pipeline.inventory.known_hosts import DEFAULT_PORT, HostKeys, keys_of
from pipeline.inventory.problems import Place, Problems, shown
from pipeline.inventory.strict_yaml import Node, Text
from pipeline.inventory.tables import OPTIONS, Group, Tables
from pipeline.inventory.values import BadValueError, canonical_address
from pipeline.values.device import DEFAULT_MAX_SHRINK, Device, Hop
from pipeline.values.names import DEFAULT_REPO
from pipeline.values.options import Options

SETTINGS: Mapping[str, Parser] = {
    **{name: parse for name, parse in tables.SETTINGS.items() if name not in tables.GROUP_ONLY},
    "address": values.address,
    "id": values.identifier,
    "group": values.text,
}
_SHOWN_NETWORKS = 5
_DEFAULT_TIMEOUT_S = 60.0
_LISTS = frozenset({"artefacts", "jump"})
_ONLY_ITS_OWN = frozenset({"address", "id", "group"})
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entry:
    """One device as its file writes it: checked settings by field name, before group and defaults."""

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


@dataclass(slots=True)
class DeviceReader:
    """Reads device files, each by itself; what is wrong goes to `problems`."""

    tables: Tables
    names: Names
    hosts: HostKeys
    problems: Problems
    cache: Cache = field(default_factory=Cache)
    bases: dict[str | None, Group] = field(default_factory=dict)
    """Each group's settings with the defaults below them; those of None are the defaults."""
    _inherited: dict[str | None, Mapping[str, Any]] = field(default_factory=dict)
    _ways: dict[tuple[str, ...], tuple[Hop, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bases[None] = defaults = self.tables.defaults or Group("")
        for name, group in (self.tables.groups or {}).items():
            self.bases[name] = group.over(defaults)
        self._inherited = {name: self._fields(name, base) for name, base in self.bases.items()}

    def read(self, file: str, content: bytes) -> tuple[Row, ...]:
        """The devices of one file, in file order."""
        found = self._cached(content) or self._parsed(file, content)
        return tuple(self._row(file, entry) for entry in found)

    def _cached(self, content: bytes) -> list[Entry]:
        """The file's entries as they were read before; none if it was not, or refers to what is not there."""
        found = [
            Entry(name, Place(line, column), _with_tuples(settings), settings)
            for name, line, column, settings in self.cache.get("devices", content) or ()
        ]
        return found if all(self.names.know(entry.found) for entry in found) else []

    def _parsed(self, file: str, content: bytes) -> list[Entry]:
        before = self.problems.count
        rows = entries.entries(file, content, self.problems) or ()
        read = [entry for key, body in rows if (entry := self._entry(file, key, body))]
        if read and self.problems.count == before:
            self.cache.put("devices", content, [(e.name, *e.place, e.found) for e in read])
        return read

    def _entry(self, file: str, key: Text, body: Node) -> Entry | None:
        """One device's settings; None where there are none to go on with."""
        name = key.value
        try:
            values.device_name(name)
        except BadValueError as error:
            self.problems.add(file, key, f"{shown(name)} {error}", error.hint)
            name = shown(name)
        found = entries.settings(file, name, body, SETTINGS, self.names, self.problems)
        if found is None:
            return None
        return Entry(name, Place(key.line, key.column), found, entries.written(body))

    def _row(self, file: str, entry: Entry) -> Row:
        group = entry.found.get("group")
        group = group if group in self.bases else None
        if self._missing(file, entry, self.bases[group]):
            return Row(entry.name, entry.place)
        host = canonical_address(entry.found["address"])
        device = self._device(file, entry, group, host)
        if device is None:
            return Row(entry.name, entry.place)
        self._allowed(file, entry.place, device)
        return Row(entry.name, entry.place, device, host, device.port or DEFAULT_PORT)

    def _missing(self, file: str, entry: Entry, base: Group) -> bool:
        """Whether the device lacks what it needs; noted, unless a wrong value is already noted."""
        lacks = [
            (setting, hint)
            for setting, inherited, hint in (
                ("address", None, ""),
                ("platform", base.platform, "set it on the device, its group or as a default"),
                ("credential", base.credential, "set it on the device, its group or as a default"),
            )
            if setting not in entry.found and inherited is None
        ]
        # What cannot be found or read may set what seems to be missing.
        all_known = entry.found.get("group") in self.bases and self.tables.defaults is not None
        for setting, hint in lacks:
            if setting not in entry.written and (all_known or setting == "address"):
                self.problems.add(file, entry.place, f"{entry.name}: no {setting}", hint)
        return bool(lacks)

    def _device(self, file: str, entry: Entry, group: str | None, host: str) -> Device | None:
        name, found, base = entry.name, entry.found, self.bases[group]
        credential = (self.tables.credentials or {}).get(found.get("credential", base.credential))
        if credential is None:
            return None  # its file or the reference to it is among the problems
        sealed = found.get("sealed", base.sealed)
        if sealed and not self.tables.recipients and self.tables.defaults is not None:
            hint = "name public keys under 'recipients' in devicevault.yaml"
            self.problems.add(file, entry.place, f"{name}: sealed for nobody", hint)
        # Most devices take everything from their group: its fields are made once.
        fields = self._inherited[group]
        if not found.keys() <= _ONLY_ITS_OWN:
            fields = self._fields(found.get("group"), base, found)
        return Device(
            **{
                **fields,
                "id": found.get("id", name),
                "name": name,
                "address": found["address"],
                "group": found.get("group"),
                "host_keys": keys_of(self.hosts, name, host, fields["port"] or DEFAULT_PORT),
            }
        )

    def _fields(self, group: str | None, base: Group, found: Mapping[str, Any] = _NOTHING) -> dict[str, Any]:
        """What a device takes from its group and the defaults, under its own settings."""
        own = found.get("max_shrink", base.max_shrink)
        return {
            "platform": found.get("platform", base.platform),
            "credential": (self.tables.credentials or {}).get(found.get("credential", base.credential)),
            "port": found.get("port", base.port),
            "queue_id": base.queue_id if group is not None else None,
            "schedule": found.get("schedule", base.schedule),
            "timeout_s": found.get("timeout_s", base.timeout_s or _DEFAULT_TIMEOUT_S),
            "options": Options(**{name: found.get(name, getattr(base, name)) for name in OPTIONS}),
            "max_shrink": DEFAULT_MAX_SHRINK if own is None else float(own),
            "jump": self.jump(found.get("jump", base.jump) or ()),
            "recipients": self.tables.recipients if found.get("sealed", base.sealed) else (),
            "repo": base.repo or DEFAULT_REPO,
            "allowed_networks": base.allowed_networks or (),
        }

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

    def _allowed(self, file: str, place: Place, device: Device) -> None:
        """A name is looked up, and held against the networks, by the worker that connects."""
        if not values.is_allowed(device.address, device.allowed_networks):
            networks = ", ".join(device.allowed_networks[:_SHOWN_NETWORKS])
            if len(device.allowed_networks) > _SHOWN_NETWORKS:
                networks += ", …"
            self.problems.add(
                file, place, f"{device.name}: address {device.address} is in none of its group's networks",
                f"allowed_networks: {networks}",
            )  # fmt: skip


def _with_tuples(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings out of JSON, which knows no tuples."""
    for name in _LISTS & settings.keys():
        settings[name] = tuple(settings[name])
    return settings
