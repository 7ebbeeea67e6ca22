"""Inventories to compare, built as values; and the files of a branch that does one of everything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pipeline.inventory import Group, Inventory
from pipeline.plan import Plan, compare
from pipeline.values.device import Credential, Device
from pipeline.values.schedule import Schedule
from tests.inventory.files import host_key

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
LAB = Credential("lab", "backup", password="env:LAB_PASSWORD")
SCHEDULES = {"nightly": Schedule("nightly", "17 2 * * *"), "hourly": Schedule("hourly", "5 * * * *")}
GROUPS = {"core": Group("core", {"queue_id": "core"}), "edge": Group("edge")}


def device(name: str = "sw1", **changes: Any) -> Device:
    """A device of group core that lacks nothing."""
    right = Device(
        id=name, name=name, address=f"{name}.example.net", platform="cisco_ios", credential=LAB,
        group="core", queue_id="core", schedule="nightly", host_keys=(host_key(1),),
    )  # fmt: skip
    return replace(right, **changes)


def inventory(*devices: Device, **changes: Any) -> Inventory:
    """An inventory of these devices."""
    in_order = tuple(sorted(devices, key=lambda device: device.name))
    return replace(Inventory(in_order, SCHEDULES, GROUPS, "c" * 40, "inventory"), **changes)


def planned(
    before: Iterable[Device] | Inventory, after: Iterable[Device] | Inventory, provided: Any = None
) -> Plan:
    """The plan from one to the other."""
    base, head = (found if isinstance(found, Inventory) else inventory(*found) for found in (before, after))
    return compare(base, head, NOW, provided)


BEFORE = {
    "devicevault.yaml": "version: 1\ndefaults: {credential: lab, schedule: nightly}\n",
    "groups.yaml": (
        "core: {queue_id: core, platform: cisco_ios}\n"
        "edge: {configs_repo: edge-configs, platform: juniper_junos}\n"
        "old: {}\n"
    ),
    "schedules.yaml": 'nightly: {cron: "17 2 * * *", timezone: Europe/Berlin}\nhourly: {cron: "5 * * * *"}\n',
    "credentials.yaml": (
        "lab: {username: backup, password: env:LAB_PASSWORD}\n"
        "edge: {username: env:EDGE_USER, private_key: file:/run/secrets/edge_key}\n"
    ),
    "known_hosts": "".join(f"192.0.2.{number} {host_key(number)}\n" for number in range(1, 9)),
    "devices/core.yaml": "".join(
        f"core-sw{number}: {{address: 192.0.2.{number}, group: core}}\n" for number in range(1, 9)
    ),
}
AFTER = BEFORE | {
    "groups.yaml": (
        "core: {queue_id: core, platform: cisco_ios, timeout: 90}\n"
        "edge: {configs_repo: edge-configs, platform: juniper_junos}\n"
        "lab: {}\n"
    ),
    "schedules.yaml": 'nightly: {cron: "47 3 * * *", timezone: Europe/Berlin}\nhourly: {cron: "5 * * * *"}\n',
    "credentials.yaml": (
        "lab: {username: backup, password: env:NEW_PASSWORD}\n"
        "edge: {username: env:EDGE_USER, private_key: file:/run/secrets/edge_key}\n"
    ),
    "known_hosts": BEFORE["known_hosts"].replace(host_key(4), host_key(44)),
    "devices/core.yaml": BEFORE["devices/core.yaml"]
    .replace("core-sw1: {", "core-sw01: {id: core-sw1, ")
    .replace("core-sw2: {address: 192.0.2.2, group: core}\n", "")
    .replace("192.0.2.3, group: core", "192.0.2.3, group: edge, platform: cisco_ios, credential: edge"),
    "devices/edge.yaml": "edge-rtr9: {address: 192.0.2.99, group: edge, schedule: hourly}\n",
}
"""A branch that does one of everything."""
