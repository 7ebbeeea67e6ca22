"""A scan that adds new host keys to the work tree's known_hosts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from pipeline.live import host_keys, known_hosts_file
from pipeline.live.host_keys import Finding, Way
from pipeline.live.pins import Pin
from pipeline.values.device import Device


def scan_and_pin(
    inventory: Path,
    devices: Sequence[Device],
    replaced: Collection[str],
    every: Sequence[Device],
    now: datetime,
    way: Way,
) -> tuple[list[Finding], list[Pin]]:
    """Every key that each device shows, and the keys that were added to known_hosts in directory `inventory`.

    A key that differs from a pinned one is pinned only for the devices named in `replaced`. `every` are all
    devices of the inventory. Raises what `known_hosts_file.add` raises.
    """
    # Read before the devices are asked: what a person changes meanwhile is not overwritten.
    before = known_hosts_file.read_text(inventory)
    findings = host_keys.scan(devices, now, way)
    again = [device for device in devices if device.name in replaced]
    return findings, known_hosts_file.add(inventory, before, findings, again, every)


def unresolved(findings: Sequence[Finding], replaced: Collection[str]) -> list[Finding]:
    """The devices that failed, or show another key than the pinned one that was not replaced."""
    return [
        finding
        for finding in findings
        if finding.standing == "failed" or (finding.standing == "changed" and finding.device not in replaced)
    ]
