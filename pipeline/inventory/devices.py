"""Read the devices: each file's entries, with group and defaults applied and host keys pinned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.inventory import entries, tables, values
from pipeline.inventory.entries import Names, Parser
from pipeline.inventory.known_hosts import DEFAULT_PORT, HostKeys, keys_of
from pipeline.inventory.problems import Problems, shown
from pipeline.inventory.strict_yaml import Node, Text
from pipeline.inventory.tables import OPTIONS, Group, Tables
from pipeline.inventory.values import BadValueError, canonical_address
from pipeline.model import DEFAULT_REPO, Device, Hop
from pipeline.options import Options
from pipeline.shrink import DEFAULT_MAX_SHRINK

_SETTINGS: Mapping[str, Parser] = {
    **{name: parse for name, parse in tables.SETTINGS.items() if name not in tables.GROUP_ONLY},
    "address": values.address,
    "id": values.identifier,
    "group": values.text,
}
_DEFAULT_TIMEOUT_S = 60.0


@dataclass(slots=True)
class DeviceReader:
    """Reads device files one after another and sees to what must be unique among all of them.

    What stops an inventory from being used goes to `problems`, what does not to `warnings`.
    """

    tables: Tables
    names: Names
    hosts: HostKeys
    problems: Problems
    warnings: Problems
    devices: list[Device] = field(default_factory=list)
    _bases: dict[str | None, Group] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)
    _endpoints: dict[tuple[str, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._bases[None] = defaults = self.tables.defaults or Group("")
        for name, group in (self.tables.groups or {}).items():
            self._bases[name] = group.over(defaults)

    def read(self, file: str, content: bytes) -> None:
        """Add the devices of one file."""
        for key, body in entries.entries(file, content, self.problems) or ():
            self._device(file, key, body)

    def _device(self, file: str, key: Text, body: Node) -> None:
        name, place = key.value, f"{file}:{key.line}"
        try:
            values.device_name(name)
        except BadValueError as error:
            self.problems.add(file, key, f"{shown(name)} {error}", error.hint)
            name = shown(name)
        if self._names.setdefault(name, place) != place:
            self.problems.add(file, key, f"a second device '{name}'; the first is in {self._names[name]}")
            return
        found = entries.settings(file, name, body, _SETTINGS, self.names, self.problems)
        if found is None:
            return
        base = self._bases.get(found.get("group"), self._bases[None])
        missing = self._missing(file, key, body, name, found, base)
        if not missing:
            self._add(file, key, name, found, base)

    def _missing(
        self, file: str, key: Text, body: Node, name: str, found: Mapping[str, Any], base: Group
    ) -> bool:
        """Whether the device lacks what it needs; noted, unless a wrong value is already noted."""
        lacks = [
            (setting, hint)
            for setting, inherited, hint in (
                ("address", None, ""),
                ("platform", base.platform, "set it on the device, its group or as a default"),
                ("credential", base.credential, "set it on the device, its group or as a default"),
            )
            if setting not in found and inherited is None
        ]
        # What cannot be found or read may set what seems to be missing.
        all_known = found.get("group") in self._bases and self.tables.defaults is not None
        for setting, hint in lacks:
            if not entries.has(body, setting) and (all_known or setting == "address"):
                self.problems.add(file, key, f"{name}: no {setting}", hint)
        return bool(lacks)

    def _add(self, file: str, key: Text, name: str, found: Mapping[str, Any], base: Group) -> None:
        group, address = found.get("group"), found["address"]
        port = found.get("port", base.port)
        credential = (self.tables.credentials or {}).get(found.get("credential", base.credential))
        if credential is None:
            return  # its file or the reference to it is among the problems
        sealed = found.get("sealed", base.sealed)
        if sealed and not self.tables.recipients and self.tables.defaults is not None:
            hint = "name public keys under 'recipients' in devicevault.yaml"
            self.problems.add(file, key, f"{name}: sealed for nobody", hint)
        device = Device(
            id=found.get("id", name),
            name=name,
            address=address,
            platform=found.get("platform", base.platform),
            credential=credential,
            port=port,
            group=group,
            queue_id=base.queue_id if group is not None else None,
            schedule=found.get("schedule", base.schedule),
            host_keys=keys_of(self.hosts, name, address, port),
            timeout_s=found.get("timeout_s", base.timeout_s or _DEFAULT_TIMEOUT_S),
            options=Options(**{name: found.get(name, getattr(base, name)) for name in OPTIONS}),
            max_shrink=self._max_shrink(found, base),
            jump=self._jump(found.get("jump", base.jump) or ()),
            recipients=self.tables.recipients if sealed else (),
            repo=base.repo or DEFAULT_REPO,
            allowed_networks=base.allowed_networks or (),
        )
        self._unique(file, key, device)
        self._allowed(file, key, device)
        if not device.host_keys and device.options.transport in (None, "ssh"):
            hint = "until a key is pinned in known_hosts, nothing is sent to this device"
            self.warnings.add(file, key, f"{name}: no host key", hint)
        if device.schedule is None:
            self.warnings.add(file, key, f"{name}: no schedule", "it is backed up on demand only")
        self.devices.append(device)

    def _jump(self, names: Iterable[str]) -> tuple[Hop, ...]:
        """The way to the device; what is not known is among the problems already."""
        known, credentials = self.tables.jump_hosts or {}, self.tables.credentials or {}
        hosts = [known[name] for name in names if name in known and known[name].credential in credentials]
        return tuple(
            Hop(host.name, host.address, host.port, credentials[host.credential],
                keys_of(self.hosts, host.name, host.address, host.port))
            for host in hosts
        )  # fmt: skip

    @staticmethod
    def _max_shrink(found: Mapping[str, Any], base: Group) -> float:
        own = found.get("max_shrink", base.max_shrink)
        return DEFAULT_MAX_SHRINK if own is None else float(own)

    def _unique(self, file: str, key: Text, device: Device) -> None:
        other = self._ids.setdefault(device.id, device.name)
        if other != device.name:
            self.problems.add(file, key, f"{device.name}: the id '{device.id}' is that of device '{other}'")
        endpoint = (canonical_address(device.address), device.port or DEFAULT_PORT)
        other = self._endpoints.setdefault(endpoint, device.name)
        if other != device.name:
            where = f"{device.address}, port {endpoint[1]}"
            self.problems.add(
                file, key, f"{device.name}: same address and port as device '{other}' ({where})"
            )

    def _allowed(self, file: str, key: Text, device: Device) -> None:
        """A name is looked up, and held against the networks, by the worker that connects."""
        if not values.is_allowed(device.address, device.allowed_networks):
            networks = ", ".join(device.allowed_networks)
            self.problems.add(
                file, key, f"{device.name}: address {device.address} is in none of its group's networks",
                f"allowed_networks: {networks}",
            )  # fmt: skip


def by_name(devices: Iterable[Device]) -> tuple[Device, ...]:
    """Sorted by name."""
    return tuple(sorted(devices, key=lambda device: device.name))
