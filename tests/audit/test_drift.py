"""What the configs repos lack, and what they hold too much of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.audit.drift import Difference, compare, head_paths
from pipeline.errors import StateError
from pipeline.inventory import Inventory
from pipeline.store.git.changes import Change
from pipeline.store.git.repo import ConfigsRepo
from pipeline.values.device import Credential, Device
from pipeline.values.names import config_path
from pipeline.values.schedule import Schedule

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NIGHTLY = Schedule("nightly", "17 2 * * *", deadline=timedelta(hours=4))
LAST_NIGHT = datetime(2026, 3, 2, 2, 17, tzinfo=UTC)
CREDENTIAL = Credential("lab", "backup", password="env:LAB_PASSWORD")
SW1 = Device("sw1", "sw1", "192.0.2.1", "cisco_ios", CREDENTIAL, group="core", schedule="nightly")
ON_DEMAND = replace(SW1, id="lab1", name="lab1", schedule=None)


def inventory(*devices: Device) -> Inventory:
    return Inventory(devices, {"nightly": NIGHTLY}, {}, "a" * 40, "inventory at aaa")


def success(device: Device, at: datetime) -> dict[str, datetime]:
    return {device.id: at}


def kinds(found: list[Difference]) -> list[tuple[str, str]]:
    return [(one.kind, one.path) for one in found]


def test_what_is_backed_up_in_time_and_in_its_place_is_no_drift() -> None:
    heads = {"configs": {SW1.path}}
    assert compare(inventory(SW1), success(SW1, LAST_NIGHT + timedelta(minutes=1)), heads, NOW) == []
    assert compare(inventory(), {}, {"configs": set()}, NOW) == []


def test_a_device_that_was_never_backed_up() -> None:
    assert kinds(compare(inventory(SW1), {}, {}, NOW)) == [("never", "core/sw1.cfg")]


@pytest.mark.parametrize(
    ("now", "stale"),
    [
        (LAST_NIGHT + timedelta(hours=3, minutes=59), False),  # its deadline is not over
        (LAST_NIGHT + timedelta(hours=4), True),
    ],
)
def test_a_backup_is_stale_once_a_later_slots_deadline_is_over(now: datetime, stale: bool) -> None:
    last = success(SW1, LAST_NIGHT - timedelta(hours=20))
    found = compare(inventory(SW1), last, {"configs": {SW1.path}}, now)
    assert [one.kind for one in found] == (["stale"] if stale else [])


def test_on_demand_only_is_stale_past_an_age_that_is_asked_for() -> None:
    last, heads = success(ON_DEMAND, NOW - timedelta(days=8)), {"configs": {ON_DEMAND.path}}
    assert compare(inventory(ON_DEMAND), last, heads, NOW) == []
    [found] = compare(inventory(ON_DEMAND), last, heads, NOW, timedelta(days=7))
    assert (found.kind, found.last_success) == ("stale", NOW - timedelta(days=8))


def test_a_file_that_is_gone_and_files_of_nobody() -> None:
    elsewhere = replace(SW1, repo="finance")
    heads = {"configs": {"core/old.cfg", SW1.path}, "finance": set()}
    found = compare(inventory(elsewhere), success(SW1, NOW), heads, NOW)
    assert kinds(found) == [
        ("missing", "core/sw1.cfg"),
        ("orphaned", "core/old.cfg"),
        ("orphaned", "core/sw1.cfg"),
    ]


def test_head_is_read_beside_its_writer_and_holds_configurations_only(tmp_path: Path) -> None:
    assert head_paths(tmp_path / "none", "main") == set()
    with ConfigsRepo(tmp_path / "c.git") as repo:
        assert head_paths(tmp_path / "c.git", "main") == set()
        artefacts = {"core/sw1/version": b"15.2\n"}
        repo.store([Change("core/sw1.cfg", "x\n", "sw1", NOW, {}, artefacts)])
        assert head_paths(tmp_path / "c.git", "main") == {config_path("core", "sw1")}
    (tmp_path / "notes").mkdir()
    with pytest.raises(StateError, match=r"^DEVICEVAULT_CONFIGS_REPO: .*notes cannot be read"):
        head_paths(tmp_path / "notes", "main")
