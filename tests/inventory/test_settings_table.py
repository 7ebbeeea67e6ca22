"""A setting is one row: what reads, checks, shows, documents and plans settings needs no further edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from pipeline.errors import InventoryError
from pipeline.inventory import Source, definitions, devices, read, schema, settings_table, value_types
from pipeline.inventory.setting import Scope, Setting, SettingsTable
from pipeline.plan import Plan, compare
from pipeline.plan.as_json import as_json
from pipeline.values.device import Device
from pipeline.values.options import Options
from pipeline.values.schedule import Schedule
from tests.docs import generated
from tests.inventory.files import PLATFORMS, RIGHT
from tests.plan.inventories import NOW


@dataclass(frozen=True, slots=True)
class RackedDevice(Device):
    rack: int = 0


@dataclass(frozen=True, slots=True)
class VerboseOptions(Options):
    verbose: bool | None = None


@dataclass(frozen=True, slots=True)
class NamedSchedule(Schedule):
    contact: str | None = None


RACK = Setting(
    "rack", value_types.PORT, Scope.LAYERS, "The number of its rack.",
    sets="rack", without="0", other_names=("rack_number",), wrong_names=("shelf",),
)  # fmt: skip
VERBOSE = Setting(
    "verbose", value_types.YES_OR_NO, Scope.POLICY, "true: all that is said.", sets="options.verbose"
)
CONTACT = Setting("contact", value_types.TEXT, Scope.SCHEDULE, "Whom to ask.", meaning="whom to *ask*")


@pytest.fixture(autouse=True)
def _three_more_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    table = SettingsTable((*settings_table.TABLE.rows, RACK, VERBOSE, CONTACT), {})
    monkeypatch.setattr(settings_table, "TABLE", table)
    # All that a setting needs beside its row: a place for its value.
    monkeypatch.setattr(devices, "Device", RackedDevice)
    monkeypatch.setattr(devices, "Options", VerboseOptions)
    monkeypatch.setattr(definitions, "Schedule", NamedSchedule)


def source(**changes: str) -> Source:
    """The right inventory with other groups or schedules, and the settings of one of its two devices."""
    own = changes.pop("device", "")
    files = RIGHT | {f"{name}.yaml": text for name, text in changes.items()}
    files["devices/core.yaml"] = files["devices/core.yaml"].replace("2222, ", f"2222, {own}")
    return Source("test", None, {name: text.encode() for name, text in files.items()})


def problems(**changes: str) -> list[str]:
    with pytest.raises(InventoryError) as caught:
        read(source(**changes), PLATFORMS)
    return str(caught.value).splitlines()


def plan(**changes: str) -> Plan:
    return compare(read(source(), PLATFORMS), read(source(**changes), PLATFORMS), NOW)


def test_a_device_has_it_of_its_own_or_from_its_group_or_the_defaults() -> None:
    def racks(**changes: str) -> list[Any]:
        return [getattr(device, "rack", None) for device in read(source(**changes), PLATFORMS).devices]

    assert racks() == [0, 0]
    assert racks(devicevault="version: 1\ndefaults: {credential: lab, rack: 3}\n") == [3, 3]
    assert racks(groups="core: {platform: cisco_ios, rack_number: 5}\n") == [5, 5]
    assert racks(groups="core: {platform: cisco_ios, rack: 5}\n", device="rack: 7, ") == [5, 7]


def test_an_option_reaches_the_collector() -> None:
    found, _ = read(source(groups="core: {platform: cisco_ios, verbose: true}\n"), PLATFORMS).devices
    assert found.options.to_contract() == {"verbose": True}


def test_a_wrong_value_a_wrong_name_and_a_wrong_entry_are_told() -> None:
    [value] = problems(device="rack: none, ")
    assert value.endswith("core-sw2: rack must be a whole number from 1 to 65535")
    [name] = problems(device="shelf: 1, ")
    assert name.endswith("core-sw2: unknown setting 'shelf' (did you mean 'rack'?)")
    [entry] = problems(device="verbose: true, ")
    assert entry.endswith("core-sw2: unknown setting 'verbose' (set it on the device's group)")
    [twice] = problems(device="rack: 1, rack_number: 1, ")
    assert twice.endswith("core-sw2: 'rack_number' is given twice, under two names")


def test_a_schedule_has_one_too() -> None:
    text = RIGHT["schedules.yaml"].replace("deadline", "contact: noc, deadline")
    schedules = read(source(schedules=text), PLATFORMS).schedules
    assert [getattr(schedule, "contact", "") for schedule in schedules.values()] == ["noc", None]


def test_editors_know_it_where_it_may_stand() -> None:
    found = schema.schemas({})
    main, groups, one_device, one_schedule = (
        found["devicevault.json"]["properties"]["defaults"]["properties"],
        *(found[f"{name}.json"]["additionalProperties"] for name in ("groups", "devices", "schedules")),
    )
    described = {"description": "The number of its rack.", **value_types.PORT.schema}
    for properties in (main, groups["properties"], one_device["properties"]):
        assert properties["rack"] == described
        assert properties["rack_number"]["description"] == "Another name for rack; give one of the two."
    assert {"required": ["rack_number", "rack"]} in one_device["not"]["anyOf"]
    assert "verbose" in groups["properties"]
    assert "verbose" not in one_device["properties"]
    assert "contact" in one_schedule["properties"]


def test_the_documents_list_it() -> None:
    text = {name: part() for name, part in generated.PARTS.items() if name.startswith("inventory_")}
    assert "| `rack` | the number of its rack | 0 |" in text["inventory_groups"]
    assert "| `rack_number` | another name for `rack`; give one of the two |  |" in text["inventory_groups"]
    assert "| `rack` | as for groups |" in text["inventory_devices"]
    assert "`allowed_networks` and `verbose` are a group's, or a default." in text["inventory_devices"]
    assert "| `contact` | whom to *ask* |  |" in text["inventory_schedules"]


def test_a_plan_tells_its_change_by_its_name() -> None:
    [change] = plan(device="rack: 7, ").changes
    assert (*change.setting, change.devices) == ("rack", "0", "7", ("core-sw2",))
    own = "core: {queue_id: core, platform: cisco_ios, schedule: hourly, timeout: 90, rack: 5}\nedge: {}\n"
    [change] = plan(groups=own).changes
    assert (*change.setting, change.group) == ("rack", "0", "5", "core")
    idle = RIGHT["groups.yaml"].replace("edge: {}", "edge: {verbose: true}")
    [definition] = as_json(plan(groups=idle))["definitions"]
    assert definition["settings"] == [{"setting": "verbose", "before": None, "after": "true"}]
    text = RIGHT["schedules.yaml"].replace("deadline", "contact: noc, deadline")
    [definition] = as_json(plan(schedules=text))["definitions"]
    assert definition["settings"] == [{"setting": "contact", "before": None, "after": "noc"}]


def test_two_settings_of_one_kind_of_entry_cannot_share_a_name() -> None:
    again = Setting("rack_number", value_types.TEXT, Scope.GROUP, "Another.")
    with pytest.raises(ValueError, match="two settings of one kind of entry are called 'rack_number'"):
        SettingsTable((*settings_table.TABLE.rows, again), {})
