"""The demo's network: what inventory/ lists is what listens, and a week in it looks like one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from collectors import registry
from collectors.simulator import Fleet
from collectors.simulator.demo_fleet import DEMO_DEVICES, PORT, apply_changes, demo_fleet, recover
from collectors.simulator.personalities import PERSONALITIES
from pipeline.inventory import Inventory, load

INVENTORY = Path(__file__).parents[3] / "inventory"
BROKEN = {"hamburg-rtr1": "unreachable", "dc-leaf2": "truncated"}
CHANGED = {"core-sw1", "berlin-rtr1", "dc-rr1", "core-rtr1"}

Results = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return load(INVENTORY, None, platforms=registry.KnownNames())


@dataclass(frozen=True, slots=True)
class Week:
    before: Results
    after: Results
    recovered: Results


@pytest.fixture(scope="module")
def week() -> Iterator[Week]:
    # Free ports: another checkout may be running the demo on this machine.
    fleet = demo_fleet("login-password", "enable-password")
    for device in fleet:
        device.port = 0
    with fleet:
        before = collect_all(fleet)
        apply_changes(fleet)
        after = collect_all(fleet)
        recover(fleet)
        yield Week(before, after, collect_all(fleet))


def collect_all(fleet: Fleet) -> Results:
    def collect(name: str) -> dict[str, Any]:
        device = fleet[name]
        job = {
            "task_id": name,
            "device": name,
            "address": device.address,
            "port": device.port,
            "platform": device.personality.platform,
            "host_keys": [device.host_key_line],
            "username": "backup",
            "password": "login-password",
            "enable_password": "enable-password",
            "options": {"secrets": "hide"},
        }
        return registry.collector_for(device.personality.platform)(job, timeout=30)

    names = [device.name for device in fleet]
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(names, pool.map(collect, names), strict=True))


def test_the_inventory_lists_exactly_the_simulated_devices(inventory: Inventory) -> None:
    listed = {(one.name, one.address, one.port, one.platform, one.group) for one in inventory.devices}
    assert listed == {(one.name, one.address, PORT, one.platform, one.group) for one in DEMO_DEVICES}


def test_the_inventory_has_nothing_to_complain_about(inventory: Inventory) -> None:
    assert inventory.warnings == ()


def test_known_hosts_pins_the_keys_that_the_simulator_derives(inventory: Inventory) -> None:
    keys = {device.name: (device.host_key_line,) for device in demo_fleet("p", "e")}
    assert {device.name: device.host_keys for device in inventory.devices} == keys


def test_the_inventory_logs_in_as_the_devices_expect(inventory: Inventory) -> None:
    (credential,) = {device.credential for device in inventory.devices}
    assert credential.username == "backup"
    assert credential.password == "env:DEMO_PASSWORD"
    assert credential.enable_password == "env:DEMO_ENABLE"


def test_the_demo_shows_every_personality_group_and_the_default_queue(inventory: Inventory) -> None:
    assert {device.platform for device in DEMO_DEVICES} == set(PERSONALITIES)
    assert {device.queue_id for device in inventory.devices} == {"core", "dc", "branch", None}


def test_every_device_is_collected(week: Week) -> None:
    assert {name: result["reason"] for name, result in week.before.items()} == {
        device.name: None for device in DEMO_DEVICES
    }


def test_no_secret_of_a_configuration_is_left(week: Week) -> None:
    leaked = {name for name, result in week.before.items() if "fake" in result["device_config"]}
    assert leaked == set()


def test_every_configuration_holds_secrets_to_hide() -> None:
    assert all("fake" in device.config for device in demo_fleet("p", "e"))


def test_configurations_are_long_enough_to_look_real(week: Week) -> None:
    lengths = {name: result["device_config"].count("\n") for name, result in week.before.items()}
    assert min(lengths.values()) >= 40
    assert len(set(lengths.values())) >= 6


def test_the_week_breaks_two_devices(week: Week) -> None:
    failed = {name: result["reason"] for name, result in week.after.items() if result["status"] == "failure"}
    assert failed == BROKEN


def test_the_week_changes_four_configurations_and_no_others(week: Week) -> None:
    differing = {
        name
        for name, result in week.after.items()
        if name not in BROKEN and result["device_config"] != week.before[name]["device_config"]
    }
    assert differing == CHANGED


def test_changes_are_small_and_name_their_author_where_the_device_does(week: Week) -> None:
    old, new = (results["core-sw1"]["device_config"].splitlines() for results in (week.before, week.after))
    assert [line for line in new if line not in old] == ["vlan 50", " name CAMERAS"]
    assert week.after["core-sw1"]["facts"]["changed_by"] == "alice"


def test_broken_devices_come_back_unchanged(week: Week) -> None:
    for name in BROKEN:
        assert week.recovered[name]["device_config"] == week.before[name]["device_config"]
