"""Each kind of change has its place in the plan, and only there."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.inventory import Group
from pipeline.plan.values import Assignment, ConfigFile, ConfigMove, Difference, KeyChange, Move, Plan, Rename
from pipeline.values.device import Credential, Device, Hop
from pipeline.values.options import Options
from pipeline.values.schedule import Schedule
from tests.inventory.files import host_key
from tests.plan.inventories import GROUPS, LAB, SCHEDULES, device, inventory, planned

HOP = Hop("bastion", "192.0.2.7", 22, LAB, (host_key(7),))


def settings_of(plan: Plan) -> list[tuple[str, str | None, str | None, tuple[str, ...]]]:
    return [(*change.setting, change.devices) for change in plan.changes]


def test_an_inventory_that_stays_is_an_empty_plan() -> None:
    plan = planned([device("a"), device("b")], [device("b"), device("a")])
    assert not plan.has_changes
    assert (plan.changes, plan.references, plan.load, plan.leaving) == ((), (), (), ())


class TestDevices:
    def test_what_comes_and_goes_is_added_and_removed_by_id(self) -> None:
        plan = planned([device("a"), device("b")], [device("b"), device("c")])
        assert [found.name for found in plan.added] == ["c"]
        assert [found.name for found in plan.removed] == ["a"]
        assert plan.leaving == (ConfigFile("configs", "core/a.cfg"),)

    def test_a_new_name_with_the_same_id_is_a_rename_whose_file_moves(self) -> None:
        plan = planned([device("a")], [device("b", id="a", address="a.example.net")])
        assert plan.renamed == (Rename("a", "a", "b"),)
        assert (plan.added, plan.removed, plan.changes, plan.leaving) == ((), (), (), ())
        before, after = ConfigFile("configs", "core/a.cfg"), ConfigFile("configs", "core/b.cfg")
        assert plan.config_moves == (ConfigMove("b", before, after),)

    def test_two_devices_may_swap_their_names(self) -> None:
        plan = planned([device("a", id="1"), device("b", id="2")], [device("a", id="2"), device("b", id="1")])
        assert {(rename.before, rename.after) for rename in plan.renamed} == {("a", "b"), ("b", "a")}
        assert plan.leaving == ()

    def test_a_name_that_goes_over_to_another_device_leaves_no_file_behind(self) -> None:
        plan = planned([device("a"), device("b")], [device("b", id="a")])
        assert (plan.renamed, [gone.id for gone in plan.removed]) == ((Rename("a", "a", "b"),), ["b"])
        assert plan.leaving == ()

    def test_a_device_that_is_given_an_id_stays_the_device_that_it_was(self) -> None:
        plan = planned([device("a")], [device("a", id="asset-1")])
        assert settings_of(plan) == [("id", "a", "asset-1", ("a",))]
        assert (plan.added, plan.removed) == ((), ())

    def test_without_an_id_a_new_name_is_nothing_but_a_new_device(self) -> None:
        plan = planned([device("a", address="192.0.2.1")], [device("b", address="192.0.2.1")])
        assert (len(plan.added), len(plan.removed), plan.renamed) == (1, 1, ())


class TestMoves:
    def test_another_group_is_a_move_with_queue_repo_and_path(self) -> None:
        moved = device("a", group="edge", queue_id=None, repo="edge-configs")
        plan = planned([device("a")], [moved])
        assert plan.moved == (
            Move(Assignment("core", "core", "configs"), Assignment("edge", None, "edge-configs"), ("a",)),
        )
        [config] = plan.config_moves
        assert (config.before, config.after) == (
            ConfigFile("configs", "core/a.cfg"),
            ConfigFile("edge-configs", "edge/a.cfg"),
        )
        assert plan.changes == ()

    def test_a_group_that_gets_another_queue_moves_its_devices_once(self) -> None:
        names = [f"sw{number}" for number in range(20)]
        after = inventory(
            *(device(name, queue_id="fast") for name in names),
            groups={**GROUPS, "core": Group("core", {"queue_id": "fast"})},
        )
        plan = planned([device(name) for name in names], after)
        assert [move.devices for move in plan.moved] == [tuple(sorted(names))]
        assert (plan.config_moves, plan.definitions, plan.changes) == ((), (), ())


class TestSettings:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"platform": "cisco_xr"}, ("platform", "cisco_ios", "cisco_xr")),
            ({"address": "192.0.2.9"}, ("address", "a.example.net", "192.0.2.9")),
            ({"port": 2222}, ("port", None, "2222")),
            ({"schedule": None}, ("schedule", "nightly", None)),
            ({"credential": Credential("edge", "u", password="env:A")}, ("credential", "lab", "edge")),
            ({"timeout_s": 90.0}, ("timeout", "60 s", "90 s")),
            ({"max_shrink": 0.2}, ("max_shrink", "50%", "20%")),
            ({"jump": (HOP,)}, ("jump", None, "bastion")),
            ({"recipients": ("age1x",)}, ("sealed", None, "age1x")),
            ({"allowed_networks": ("192.0.2.0/24",)}, ("allowed_networks", None, "192.0.2.0/24")),
            ({"options": Options(secrets="keep")}, ("secrets", None, "keep")),
            ({"options": Options(transport="telnet")}, ("transport", None, "telnet")),
            ({"options": Options(ssh="legacy")}, ("ssh", None, "legacy")),
            ({"options": Options(contexts=False)}, ("contexts", None, "false")),
            ({"options": Options(artefacts=("version",))}, ("artefacts", None, "version")),
        ],
    )
    def test_each_setting_is_told_as_the_inventory_calls_it(
        self, change: dict[str, Any], expected: tuple[str, str | None, str | None]
    ) -> None:
        assert settings_of(planned([device("a")], [device("a", **change)])) == [(*expected, ("a",))]

    def test_no_field_of_a_device_is_forgotten(self) -> None:
        others: dict[str, Any] = {
            "id": "x", "name": "b", "address": "x", "platform": "x", "port": 1, "group": "edge",
            "credential": Credential("x", "u"), "queue_id": "x", "schedule": "hourly", "host_keys": (),
            "timeout_s": 1.0, "options": Options(ssh="legacy"), "max_shrink": 0.1, "jump": (HOP,),
            "recipients": ("x",), "repo": "x", "allowed_networks": ("::/0",),
        }  # fmt: skip
        assert others.keys() == {f.name for f in fields(Device)}
        for name, value in others.items():
            plan = planned([device("a")], [replace(device("a"), **{name: value})])
            assert plan.has_changes, name

    def test_what_changes_alike_is_one_change(self) -> None:
        names = [f"sw{number:03}" for number in range(300)]
        plan = planned([device(name) for name in names], [device(name, timeout_s=90) for name in names])
        assert settings_of(plan) == [("timeout", "60 s", "90 s", tuple(names))]

    def test_a_group_s_setting_is_told_as_the_group_s(self) -> None:
        groups = {**GROUPS, "core": Group("core", {**GROUPS["core"].settings, "timeout": 90.0})}
        after = inventory(
            device("a", timeout_s=90), device("b", group=None, queue_id=None, timeout_s=90), groups=groups
        )
        plan = planned([device("a"), device("b", group=None, queue_id=None)], after)
        assert [(change.group, change.devices) for change in plan.changes] == [
            (None, ("b",)),
            ("core", ("a",)),
        ]
        assert plan.definitions == ()

    def test_a_group_s_setting_that_reaches_no_device_is_a_definition_s_change(self) -> None:
        groups = {**GROUPS, "edge": Group("edge", {"queue_id": "remote"})}
        [definition] = planned([device("a")], inventory(device("a"), groups=groups)).definitions
        assert (definition.name, definition.settings, definition.devices) == (
            "edge",
            (Difference("queue_id", None, "remote"),),
            0,
        )


class TestDefinitions:
    def test_a_schedule_comes_with_its_next_runs_and_is_not_repeated_for_each_device(self) -> None:
        later = {**SCHEDULES, "nightly": Schedule("nightly", "47 3 * * *", "Europe/Berlin")}
        plan = planned([device("a"), device("b")], inventory(device("a"), device("b"), schedules=later))
        [definition] = plan.definitions
        assert (definition.kind, definition.change, definition.devices) == ("schedule", "changed", 2)
        assert definition.settings == (
            Difference("cron", "17 2 * * *", "47 3 * * *"),
            Difference("timezone", "UTC", "Europe/Berlin"),
        )
        assert definition.next_before == datetime(2026, 3, 3, 2, 17, tzinfo=UTC)
        assert definition.next_after == datetime(2026, 3, 3, 2, 47, tzinfo=UTC)
        assert plan.changes == ()

    def test_a_deadline_is_part_of_a_schedule(self) -> None:
        longer = {**SCHEDULES, "nightly": replace(SCHEDULES["nightly"], deadline=timedelta(hours=6))}
        [definition] = planned([device("a")], inventory(device("a"), schedules=longer)).definitions
        assert definition.settings == (Difference("deadline", "4:00:00", "6:00:00"),)

    def test_a_credential_behind_many_devices_changes_once(self) -> None:
        new = replace(LAB, password="env:NEW_PASSWORD")
        names = ["a", "b", "c"]
        plan = planned([device(name) for name in names], [device(name, credential=new) for name in names])
        [definition] = plan.definitions
        assert (definition.kind, definition.devices) == ("credential", 3)
        assert definition.settings == (Difference("password", "env:LAB_PASSWORD", "env:NEW_PASSWORD"),)
        assert plan.changes == ()

    def test_a_device_that_uses_a_credential_twice_counts_once(self) -> None:
        new = replace(LAB, password="env:NEW_PASSWORD")
        before, after = (
            device("a", jump=(HOP,)),
            device("a", credential=new, jump=(replace(HOP, credential=new),)),
        )
        assert [(d.name, d.devices) for d in planned([before], [after]).definitions] == [("lab", 1)]

    def test_a_jump_host_s_key_changes_once(self) -> None:
        other = replace(HOP, host_keys=(host_key(8),))
        [definition] = planned([device("a", jump=(HOP,))], [device("a", jump=(other,))]).definitions
        assert (definition.kind, definition.name) == ("jump host", "bastion")
        [setting] = definition.settings
        assert setting.name == "host_keys"
        assert str(setting.after).startswith("ssh-ed25519 SHA256:")

    def test_groups_and_schedules_come_and_go(self) -> None:
        after = inventory(
            device("a"),
            groups={"core": GROUPS["core"], "lab": Group("lab")},
            schedules={"nightly": SCHEDULES["nightly"]},
        )
        found = planned([device("a")], after).definitions
        assert [(one.kind, one.name, one.change) for one in found] == [
            ("schedule", "hourly", "removed"),
            ("group", "edge", "removed"),
            ("group", "lab", "added"),
        ]


class TestHostKeys:
    def test_a_replaced_key_is_told_by_fingerprints(self) -> None:
        [change] = planned([device("a")], [device("a", host_keys=(host_key(2),))]).host_keys
        assert change.is_replaced
        assert change.device == "a"
        [before], [after] = change.before, change.after
        assert before != after
        assert before.startswith("ssh-ed25519 SHA256:")

    def test_a_further_key_replaces_none(self) -> None:
        [change] = planned([device("a")], [device("a", host_keys=(host_key(1), host_key(2)))]).host_keys
        assert not change.is_replaced

    def test_a_key_that_is_taken_away_leaves_the_device_without_one(self) -> None:
        plan = planned([device("a")], [device("a", host_keys=())])
        assert [change.is_replaced for change in plan.host_keys] == [False]
        assert plan.without_host_key == ("a",)

    def test_a_pinned_certificate_is_its_own_fingerprint(self) -> None:
        pin = f"https-sha256 {'A' * 43}="
        [change] = planned([device("a", host_keys=())], [device("a", host_keys=(pin,))]).host_keys
        assert change == KeyChange("a", (), (pin,))

    def test_only_devices_that_the_branch_touches_are_told_to_lack_a_key_or_a_schedule(self) -> None:
        bare = {"host_keys": (), "schedule": None}
        plan = planned([device("a", **bare)], [device("a", **bare), device("b", **bare)])
        assert (plan.without_host_key, plan.without_schedule) == (("b",), ("b",))

    def test_telnet_and_https_need_none(self) -> None:
        telnet = device("b", host_keys=(), options=Options(transport="telnet"))
        assert planned([], [telnet]).without_host_key == ()
