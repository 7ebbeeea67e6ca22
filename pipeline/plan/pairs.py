"""Which device of one inventory is which of another. Pure, and linear in the number of devices."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.values.device import Device

Pair = tuple[Device, Device]
"""A device before and after."""


def pairs(base: Sequence[Device], head: Sequence[Device]) -> tuple[list[Pair], list[Device], list[Device]]:
    """The devices that stay, before and after; those that are added; those that are removed.

    A device stays if its id does. It also stays if only its name does, because its configuration stays in the
    same file. A device that is one object in both inventories is left out, because it cannot differ.
    """
    # No other device has the id or the name of one that is left out, so pairing can ignore it.
    same = set(map(id, base)).intersection(map(id, head))
    by_id = {device.id: device for device in base if id(device) not in same}
    kept: list[Pair] = []
    new: list[Device] = []
    for device in head:
        if id(device) in same:
            continue
        before = by_id.pop(device.id, None)
        if before is None:
            new.append(device)
        else:
            kept.append((before, device))
    by_name = {device.name: device for device in by_id.values()}
    added = [device for device in new if device.name not in by_name]
    kept += [(by_name.pop(device.name), device) for device in new if device.name in by_name]
    kept.sort(key=lambda pair: pair[1].name)
    return kept, added, sorted(by_name.values(), key=lambda device: device.name)
