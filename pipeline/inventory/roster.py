"""Checks the devices of an inventory together: what must be unique, and what somebody should look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.inventory.devices import Row
from pipeline.inventory.problems import Position, Problems
from pipeline.values.device import Device


@dataclass(slots=True)
class Roster:
    """The devices of the files that were added so far.

    A finding goes to `problems` if the inventory cannot be used with it, and else to `warnings`.
    """

    problems: Problems
    warnings: Problems
    _devices: list[Device] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)
    _endpoints: dict[tuple[str, int], str] = field(default_factory=dict)

    def add(self, file: str, rows: Iterable[Row]) -> None:
        """Add the devices of one file."""
        for name, position, device, host, port in rows:
            where = f"{file}:{position.line}"
            if self._names.setdefault(name, where) != where:
                problem = f"a second device '{name}'; the first is in {self._names[name]}"
                self.problems.add(file, position, problem)
            elif device is not None:
                self._check_unique(file, position, device, (host, port))
                self._check_complete(file, position, device)
                self._devices.append(device)

    def by_name(self) -> tuple[Device, ...]:
        """All devices, sorted by name."""
        return tuple(sorted(self._devices, key=lambda device: device.name))

    def _check_unique(self, file: str, position: Position, device: Device, endpoint: tuple[str, int]) -> None:
        other = self._ids.setdefault(device.id, device.name)
        if other != device.name:
            problem = f"{device.name}: the id '{device.id}' is that of device '{other}'"
            self.problems.add(file, position, problem)
        other = self._endpoints.setdefault(endpoint, device.name)
        if other != device.name:
            where = f"{device.address}, port {endpoint[1]}"
            self.problems.add(
                file, position, f"{device.name}: same address and port as device '{other}' ({where})"
            )

    def _check_complete(self, file: str, position: Position, device: Device) -> None:
        if lacks_host_key(device):
            hint = "until a key is pinned in known_hosts, nothing is sent to this device"
            self.warnings.add(file, position, f"{device.name}: no host key", hint, rule="no-host-key")
        if device.schedule is None:
            hint = "it is backed up on demand only"
            self.warnings.add(file, position, f"{device.name}: no schedule", hint, rule="no-schedule")


def lacks_host_key(device: Device) -> bool:
    """Whether the device is reached over SSH and has no pinned key, so that nothing will be sent to it."""
    return not device.host_keys and device.options.transport in (None, "ssh")
