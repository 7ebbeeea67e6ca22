"""Which devices are collected in another way than before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.plan.changed import changed_devices
from pipeline.values.device import Hop
from pipeline.values.options import Options
from tests.inventory.files import host_key
from tests.plan.inventories import LAB, device, inventory

BEFORE = device("sw1", id="sw1", group="core")
HOW: dict[str, Any] = {
    "address": "192.0.2.99",
    "platform": "arista_eos",
    "credential": replace(LAB, password="env:OTHER"),
    "port": 2222,
    "group": "edge",
    "queue_id": "dmz",
    "host_keys": (host_key(9),),
    "options": Options(ssh="legacy"),
    "jump": (Hop("bastion", "192.0.2.1", 22, LAB),),
    "recipients": ("age1" + "q" * 58,),
    "allowed_networks": ("192.0.2.0/24",),
}
NOT_HOW: dict[str, Any] = {
    "id": "42",
    "name": "dc-sw1",
    "schedule": "hourly",
    "timeout_s": 600.0,
    "max_shrink": 0.1,
    "repo": "finance",
}


@pytest.mark.parametrize("field", HOW)
def test_a_device_that_is_collected_in_another_way_has_changed(field: str) -> None:
    after = replace(BEFORE, **{field: HOW[field]})
    assert changed_devices(inventory(BEFORE), inventory(after)) == [after]


@pytest.mark.parametrize("field", NOT_HOW)
def test_a_name_a_schedule_or_a_configs_repo_is_no_change(field: str) -> None:
    after = replace(BEFORE, **{field: NOT_HOW[field]})
    assert changed_devices(inventory(BEFORE), inventory(after)) == []


def test_a_new_device_has_changed_and_a_removed_one_is_no_device() -> None:
    new = device("a-sw9")
    assert changed_devices(inventory(BEFORE), inventory(BEFORE, new)) == [new]
    assert changed_devices(inventory(BEFORE, new), inventory(BEFORE)) == []


def test_what_stands_behind_a_credentials_name_counts() -> None:
    after = replace(BEFORE, credential=replace(LAB, username="env:BACKUP_USER"))
    assert after.credential.name == BEFORE.credential.name
    assert changed_devices(inventory(BEFORE), inventory(after)) == [after]
