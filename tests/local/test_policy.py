"""The first policy of a machine: what it opens, and what it leaves to a person."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PolicyError
from pipeline.inventory import Inventory
from pipeline.local.policy import draft, make_local_policy, only_queues, resolve, write
from pipeline.settings import load_settings
from pipeline.values.device import Credential, Device, Hop
from pipeline.values.options import Options, Transport
from pipeline.worker.permissions import Permissions
from pipeline.worker.policy import Policy, PolicyInForce, read_policy
from tests.support.values import make_job

KEY, OTHER_KEY, HOP_KEY = "ssh-ed25519 AAAA", "ssh-ed25519 BBBB", "ssh-ed25519 CCCC"
PIN = "https-sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="
LAB = Credential("lab", "backup", password="env:LAB_PASSWORD", enable_password="env:LAB_ENABLE")


def device(name: str, address: str, transport: Transport | None = None, **changes: Any) -> Device:
    plain = replace(make_job().device, credential=LAB, host_keys=(KEY,), options=Options(transport=transport))
    return replace(plain, id=name, name=name, address=address, **changes)


def inventory(*devices: Device) -> Inventory:
    return Inventory(devices, {}, {}, "a" * 40, "inventory at aaaa")


def policy_of(tmp_path: Path, *devices: Device, **addresses: str) -> Policy:
    known = {name.replace("_", "."): (ip_address(found),) for name, found in addresses.items()}
    write(tmp_path / "policy.yaml", draft(inventory(*devices), known))
    return read_policy(tmp_path / "policy.yaml", "DEVICEVAULT_POLICY")


def is_permitted(policy: Policy, found: Device) -> bool:
    try:
        Permissions.of(found, policy)
    except PolicyError:
        return False
    return True


CORE = device("core", "192.0.2.1")
HOP = Hop("bastion", "198.51.100.1", 22, Credential("hop", "jump", "env:HOP_PASSWORD"), (HOP_KEY,))


MANY_NAMES = [
    device(f"n{number}", f"n{number}.example.net", host_keys=(f"ssh-ed25519 A{number}", f"ssh-rsa B{number}"))
    for number in range(130)
]
"""More keys than one rule can hold."""


@pytest.mark.parametrize(
    "shown",
    [
        [CORE],
        [CORE, device("v6", "2001:db8::1"), device("link", "fe80::1%eth0")],
        [device("old", "192.0.2.7", "telnet", host_keys=())],
        [device("fw", "192.0.2.8", "https", host_keys=(PIN,)), device("ca", "192.0.2.9", "https")],
        [device("far", "10.0.0.1", jump=(HOP, replace(HOP, name="inner", address="10.0.0.250")))],
        [device("name", "core.example.net")],
        [device("odd", "192.0.2.3", credential=replace(LAB, password="file:/a #b'\""))],
        [device("far-name", "core.example.net", jump=(replace(HOP, address="bastion.example.net"),))],
        [device("limited", "192.0.2.1", allowed_networks=("192.0.2.0/30", "10.0.0.0/8"))],
        [device(f"n{number}", f"10.{number % 250}.{number // 250 * 2}.1") for number in range(300)],
        MANY_NAMES,
    ],
)  # fmt: skip
def test_what_the_inventory_shows_is_permitted(tmp_path: Path, shown: list[Device]) -> None:
    policy = policy_of(tmp_path, *shown)
    assert [each.name for each in shown if not is_permitted(policy, each)] == []


@pytest.mark.parametrize(
    ("proposed", "works"),
    [
        (device("beside", "192.0.2.200"), True),
        (device("elsewhere", "203.0.113.66"), False),
        (device("core", "192.0.2.1", "telnet"), False),
        (device("core", "192.0.2.1", "https"), False),
        (device("core", "192.0.2.1", credential=replace(LAB, password="env:OTHER_TOKEN")), False),
        (device("core", "192.0.2.1", credential=replace(LAB, username="env:OTHER_TOKEN")), False),
        (device("core", "192.0.2.1", credential=replace(LAB, private_key="file:/run/secrets/key")), False),
        (device("core", "192.0.2.1", jump=(HOP,)), True),
        (device("core", "192.0.2.1", jump=(replace(HOP, address="198.51.100.2"),)), False),
        (device("core", "192.0.2.1", jump=(replace(HOP, credential=LAB),)), False),
        (device("core", "192.0.2.1", credential=HOP.credential), False),
        (device("old2", "192.0.2.8", "telnet"), False),
    ],
)
def test_what_a_pull_request_adds(tmp_path: Path, proposed: Device, works: bool) -> None:
    policy = policy_of(
        tmp_path, CORE, device("far", "192.0.2.5", jump=(HOP,)), device("old", "192.0.2.7", "telnet")
    )
    assert is_permitted(policy, proposed) is works


def test_a_device_with_a_name_is_known_by_its_key_or_by_its_network(tmp_path: Path) -> None:
    named = device("named", "core.example.net")
    policy = policy_of(tmp_path, named, core_example_net="192.0.2.1")
    found = Permissions.of(named, policy).device
    assert (found.cidrs(), found.host_keys) == ([], (KEY,))
    elsewhere = replace(named, address="evil.example", host_keys=(KEY, OTHER_KEY))
    assert Permissions.of(elsewhere, policy).device.host_keys == (KEY,)
    stranger = Permissions.of(device("new", "new.example.net", host_keys=(OTHER_KEY,)), policy).device
    assert stranger.cidrs() == ["192.0.2.0/24"]


def test_what_is_unprotected_is_named(tmp_path: Path) -> None:
    text = draft(
        inventory(CORE, device("old", "192.0.2.7", "telnet"), device("ca", "192.0.2.9", "https")), {}
    )
    assert "  # old\n  # Look at this one: telnet, in clear. Remove it, and nothing is sent so.\n" in text
    assert "    networks: [192.0.2.7/32]\n    transports: [telnet]\n" in text
    assert "    networks: [192.0.2.9/32]\n    transports: [https-ca]\n" in text


@pytest.mark.parametrize(
    "reference",
    [
        "env:DEVICEVAULT_DATABASE_URL",
        "file:/proc/self/environ",
        "file:/etc/shadow",
        "env:FINGERPRINTS",
        "file:/a*",
    ],
)
def test_what_is_no_secret_for_a_device_is_left_out_and_named(tmp_path: Path, reference: str) -> None:
    odd = device("odd", "192.0.2.2", credential=Credential("odd", "u", reference))
    text = draft(inventory(CORE, odd), {}, ["env:FINGERPRINTS"])
    assert f"\n# Left out: {reference}: " in text
    write(tmp_path / "p", text)
    assert not read_policy(tmp_path / "p", "DEVICEVAULT_POLICY").allows(reference)


def test_a_device_of_which_nothing_is_known_is_named(tmp_path: Path) -> None:
    text = draft(inventory(device("lost", "lost.example.net", host_keys=())), {})
    assert (
        "  # lost (lost.example.net): nothing is known by which it could be named here; add its network"
        in text
    )
    write(tmp_path / "p", text)
    assert read_policy(tmp_path / "p", "DEVICEVAULT_POLICY").rules == ()


def test_only_the_devices_of_a_queue() -> None:
    found = only_queues(inventory(CORE, device("edge", "203.0.113.1", queue_id=None)), ["core"])
    assert [each.name for each in found.devices] == ["core"]


def test_a_machine_has_one_policy_and_it_stays(tmp_path: Path) -> None:
    settings = load_settings(state_dir=tmp_path)
    line = make_local_policy(settings, inventory(CORE, device("old", "192.0.2.7", "telnet")))
    path = tmp_path / "policy.yaml"
    assert line == (
        f"made {path}: which secret may be sent where, as the inventory is now (1 device over telnet or "
        "without a pinned certificate)"
    )
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text()
    assert make_local_policy(settings, inventory(device("evil", "203.0.113.66"))) is None
    assert path.read_text() == text


def test_a_policy_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    settings = load_settings(state_dir=tmp_path, policy=tmp_path / "other.yaml")
    assert make_local_policy(settings, inventory(CORE)) is None
    assert not list(tmp_path.iterdir())


def test_a_changed_file_counts_at_once_and_an_unfit_one_permits_nothing(tmp_path: Path) -> None:
    settings = load_settings(state_dir=tmp_path)
    make_local_policy(settings, inventory(CORE))
    policy, path = PolicyInForce(settings), tmp_path / "policy.yaml"
    there, new = ip_address("192.0.2.9"), ip_address("203.0.113.1")
    policy.permit(["env:LAB_PASSWORD"], "ssh", [KEY], there)
    with pytest.raises(PolicyError):
        policy.permit(["env:LAB_PASSWORD"], "ssh", [KEY], new)
    write(path, draft(inventory(CORE, device("new", "203.0.113.1")), {}))
    policy.permit(["env:LAB_PASSWORD"], "ssh", [KEY], new)
    write(path, "version: 1\nrules: nonsense\n")
    with pytest.raises(PolicyError, match=r"nothing is sent: .*policy\.yaml:2"):
        policy.permit(["env:LAB_PASSWORD"], "ssh", [KEY], there)
    path.unlink()
    with pytest.raises(PolicyError, match="is gone"):
        policy.permit(["env:LAB_PASSWORD"], "ssh", [KEY], there)
    write(path, draft(inventory(CORE), {}))
    policy.permit(["env:LAB_PASSWORD"], "ssh", [KEY], there)


def test_names_that_do_not_resolve_are_missing() -> None:
    found = resolve(["localhost", "no-such-host.invalid"])
    assert set(found) == {"localhost"}
    assert ip_address("127.0.0.1") in found["localhost"]
    assert resolve([]) == {}
