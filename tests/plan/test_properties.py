"""What holds of every plan, whatever the inventories."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.inventory import Inventory
from pipeline.plan import Plan
from pipeline.values.device import Credential, Device, Hop
from pipeline.values.options import Options
from tests.inventory.files import host_key
from tests.plan.inventories import LAB, device, inventory, planned

_CREDENTIALS = (LAB, Credential("edge", "env:EDGE_USER", private_key="file:/run/key"))
_HOPS = (Hop("bastion", "192.0.2.7", 22, LAB), Hop("outer", "192.0.2.8", 2222, _CREDENTIALS[1]))
_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "address": st.sampled_from(["192.0.2.1", "sw.example.net"]),
        "platform": st.sampled_from(["cisco_xr", "juniper_junos"]),
        "port": st.sampled_from([None, 22, 830]),
        "group": st.sampled_from([None, "core", "edge"]),
        "queue_id": st.sampled_from([None, "core", "fast"]),
        "repo": st.sampled_from(["configs", "edge-configs"]),
        "schedule": st.sampled_from([None, "nightly", "hourly"]),
        "credential": st.sampled_from(_CREDENTIALS),
        "host_keys": st.lists(st.integers(1, 3).map(host_key), unique=True, max_size=2).map(tuple),
        "timeout_s": st.sampled_from([30.0, 60.0, 90.5]),
        "max_shrink": st.sampled_from([0.0, 0.5, 1.0]),
        "jump": st.sampled_from([(), _HOPS[:1], _HOPS, _HOPS[::-1]]),
        "recipients": st.sampled_from([(), ("age1a",), ("age1a", "age1b")]),
        "allowed_networks": st.sampled_from([(), ("192.0.2.0/24",)]),
        "options": st.builds(
            Options,
            secrets=st.sampled_from([None, "hide", "keep"]),
            contexts=st.sampled_from([None, True, False]),
            artefacts=st.sampled_from([None, (), ("version",)]),
        ),
    },
)
_DEVICES: st.SearchStrategy[Device] = st.builds(
    lambda name, id_, changes: device(name, id=id_, **changes),
    st.sampled_from("abcdef"),
    st.sampled_from("abcdefxyz"),
    _CHANGES,
)
INVENTORIES: st.SearchStrategy[Inventory] = st.lists(
    _DEVICES, max_size=6, unique_by=(lambda d: d.name, lambda d: d.id)
).map(lambda devices: inventory(*devices))


@given(INVENTORIES)
def test_the_plan_of_an_inventory_against_itself_is_empty(same: Inventory) -> None:
    plan = planned(same, replace(same))
    assert not plan.has_changes
    assert plan == Plan("c" * 40, "c" * 40, len(same.devices), len(same.devices))


@given(INVENTORIES, INVENTORIES)
def test_added_removed_and_renamed_lead_from_the_base_s_devices_to_the_head_s(
    base: Inventory, head: Inventory
) -> None:
    plan = planned(base, head)
    names = {found.name for found in base.devices}
    names -= {gone.name for gone in plan.removed} | {rename.before for rename in plan.renamed}
    names |= {new.name for new in plan.added} | {rename.after for rename in plan.renamed}
    assert names == {found.name for found in head.devices}


@given(INVENTORIES, INVENTORIES)
def test_every_difference_of_a_device_is_somewhere_in_the_plan(base: Inventory, head: Inventory) -> None:
    plan = planned(base, head)
    told = {found.name for found in plan.added} | {rename.after for rename in plan.renamed}
    told |= {name for change in plan.changes for name in change.devices}
    told |= {name for move in plan.moved for name in move.devices}
    told |= {change.device for change in plan.host_keys}
    before = {found.name: found for found in base.devices}
    for found in head.devices:
        if before.get(found.name) != found and not _only_how_nothing_is_written(before, found):
            assert found.name in told, found


@given(INVENTORIES, INVENTORIES)
def test_every_file_stays_moves_or_leaves(base: Inventory, head: Inventory) -> None:
    plan = planned(base, head)
    files = {(found.repo, found.path) for found in base.devices}
    files -= set(plan.leaving) | {move.before for move in plan.config_moves}
    files |= {move.after for move in plan.config_moves} | {(d.repo, d.path) for d in plan.added}
    assert files == {(found.repo, found.path) for found in head.devices}


def _only_how_nothing_is_written(before: dict[str, Device], after: Device) -> bool:
    """An empty list of artefacts is none: nothing that anybody would see changes."""
    old = before.get(after.name)
    return old is not None and _plain(old) == _plain(after)


def _plain(found: Device) -> Device:
    return replace(found, options=replace(found.options, artefacts=found.options.artefacts or None))
