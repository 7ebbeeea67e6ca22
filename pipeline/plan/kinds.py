"""Counts devices by what they have in common: large inventories have few kinds of devices. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from pipeline.values.device import Device

Kinds = Sequence[tuple[Device, int]]
"""One device of each kind, and how many devices are of that kind."""


def kinds(devices: Iterable[Device]) -> Kinds:
    """The kinds of devices. Those of one kind share group, queue, schedule, credential and jump hosts."""
    examples: dict[Hashable, Device] = {}
    counts: Counter[Hashable] = Counter()
    for device in devices:
        # Devices that are alike share these objects, and their ids compare faster than their contents.
        kind = (device.group, device.queue_id, device.schedule, id(device.credential), id(device.jump))
        examples[kind] = device
        counts[kind] += 1
    return [(examples[kind], count) for kind, count in counts.items()]


def count(devices: Kinds, field: str) -> Counter[str | None]:
    """How many devices have each value of this field: one that all devices of a kind share."""
    counts: Counter[str | None] = Counter()
    for device, number in devices:
        counts[getattr(device, field)] += number
    return counts
