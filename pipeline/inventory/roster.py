"""All devices of an inventory: what must be unique among them, and what should be looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.inventory.devices import Row
from pipeline.inventory.problems import Place, Problems
from pipeline.values.device import Device


@dataclass(slots=True)
class Roster:
    """Takes the devices of one file after another.

    What stops an inventory from being used goes to `problems`, what does not to `warnings`.
    """

    problems: Problems
    warnings: Problems
    _devices: list[Device] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)
    _endpoints: dict[tuple[str, int], str] = field(default_factory=dict)

    def add(self, file: str, rows: Iterable[Row]) -> None:
        """Add the devices of one file."""
        for name, place, device, host, port in rows:
            where = f"{file}:{place.line}"
            if self._names.setdefault(name, where) != where:
                problem = f"a second device '{name}'; the first is in {self._names[name]}"
                self.problems.add(file, place, problem)
            elif device is not None:
                self._unique(file, place, device, (host, port))
                self._complete(file, place, device)
                self._devices.append(device)

    def by_name(self) -> tuple[Device, ...]:
        """All of them, sorted by name."""
        return tuple(sorted(self._devices, key=lambda device: device.name))

    def _unique(self, file: str, place: Place, device: Device, endpoint: tuple[str, int]) -> None:
        other = self._ids.setdefault(device.id, device.name)
        if other != device.name:
            self.problems.add(file, place, f"{device.name}: the id '{device.id}' is that of device '{other}'")
        other = self._endpoints.setdefault(endpoint, device.name)
        if other != device.name:
            where = f"{device.address}, port {endpoint[1]}"
            self.problems.add(
                file, place, f"{device.name}: same address and port as device '{other}' ({where})"
            )

    def _complete(self, file: str, place: Place, device: Device) -> None:
        if lacks_host_key(device):
            hint = "until a key is pinned in known_hosts, nothing is sent to this device"
            self.warnings.add(file, place, f"{device.name}: no host key", hint, rule="no-host-key")
        if device.schedule is None:
            hint = "it is backed up on demand only"
            self.warnings.add(file, place, f"{device.name}: no schedule", hint, rule="no-schedule")


def lacks_host_key(device: Device) -> bool:
    """Whether nothing will be sent to the device because no key is pinned for it."""
    return not device.host_keys and device.options.transport in (None, "ssh")
