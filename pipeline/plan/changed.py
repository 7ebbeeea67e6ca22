"""The devices that another inventory lacks, or has collected in another way. Pure."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter

from pipeline.inventory import Inventory
from pipeline.plan.pairs import pairs
from pipeline.values.device import Device

_NO_PART_OF_COLLECTING = ("id", "name", "schedule", "timeout_s", "max_shrink", "repo")
"""Fields of a device that say what it is called, when it is backed up, and what becomes of its configuration.

Every other field counts, so a new one does, too.
"""

_how = attrgetter(*(f.name for f in fields(Device) if f.name not in _NO_PART_OF_COLLECTING))


def changed_devices(base: Inventory, head: Inventory) -> list[Device]:
    """The devices of `head` that are not in `base`, or of which something else is collected, or otherwise.

    Sorted by name. What stands behind a credential's or a jump host's name counts, too.
    """
    kept, added, _ = pairs(base.devices, head.devices)
    changed = [*added, *(after for before, after in kept if _how(before) != _how(after))]
    return sorted(changed, key=lambda device: device.name)
