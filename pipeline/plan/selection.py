"""Which devices a person asks for: by name, by group, all of them, or those that have changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pipeline.errors import InventoryError, StateError, UsageError
from pipeline.inventory import Inventory, load
from pipeline.plan.changed import changed_devices
from pipeline.settings import Settings
from pipeline.values.device import Device


@dataclass(frozen=True, slots=True)
class Selection:
    """The devices of these names, of these groups, and those that differ since a revision; or everything.

    `changed_since` is a Git revision of the inventory.
    """

    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    everything: bool = False
    changed_since: str | None = None

    def __bool__(self) -> bool:
        """Whether it asks for any devices at all."""
        return bool(self.names or self.groups or self.everything or self.changed_since is not None)


def select(
    selection: Selection, inventory: Inventory, settings: Settings, platforms: Collection[str]
) -> list[Device]:
    """The devices of `inventory` that `selection` asks for, sorted by name.

    An earlier revision is read from where `settings` say that the inventory is; `platforms` are as for
    `load`. If no device has changed, the list is empty. Raises UsageError if a device, a group or a revision
    is not there, or if nothing else matches, and StateError if the earlier revision is no sound inventory.
    """
    for group in selection.groups:
        if group not in inventory.groups:
            known = ", ".join(sorted(inventory.groups)) or "none"
            raise UsageError(f"no group '{group}' in {inventory.source}; there are: {known}")
    names = {inventory.device(name).name for name in selection.names}
    if selection.changed_since is not None:
        base = _earlier(selection.changed_since, settings, platforms)
        names.update(device.name for device in changed_devices(base, inventory))
    devices = [
        device
        for device in inventory.devices
        if selection.everything or device.name in names or device.group in selection.groups
    ]
    if not devices and selection.changed_since is None:
        raise UsageError(f"no device matches in {inventory.source}")
    return devices


def _earlier(ref: str, settings: Settings, platforms: Collection[str]) -> Inventory:
    try:
        return load(settings.inventory, ref, platforms=platforms, cache=settings.inventory_cache)
    except InventoryError as error:
        problem = f"the inventory at {ref} cannot be compared with: {error.problems[0]}"
        raise StateError(problem) from error
