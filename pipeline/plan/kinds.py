"""Devices that count alike. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from pipeline.values.device import Device

Kinds = Sequence[tuple[Device, int]]
"""One device of each kind, and how many there are of it."""


def kinds(devices: Iterable[Device]) -> Kinds:
    """The devices by group, queue, schedule, credential and jump hosts: few, where devices are many."""
    examples: dict[Hashable, Device] = {}
    counts: Counter[Hashable] = Counter()
    for device in devices:
        # Devices share these objects; to compare what is in them would take longer.
        kind = (device.group, device.queue_id, device.schedule, id(device.credential), id(device.jump))
        examples[kind] = device
        counts[kind] += 1
    return [(examples[kind], count) for kind, count in counts.items()]


def count(devices: Kinds, setting: str) -> Counter[str | None]:
    """How many devices there are by that setting, one of those that make a kind."""
    counts: Counter[str | None] = Counter()
    for device, number in devices:
        counts[getattr(device, setting)] += number
    return counts
