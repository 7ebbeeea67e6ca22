"""Whoever can change the inventory, and not the worker's policy: no secret goes where it does not say."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collectors.simulator import Fleet, SimulatedDevice, personalities
from pipeline.errors import PolicyError
from pipeline.values.device import Credential, Device, Hop
from pipeline.values.options import Options, Transport
from pipeline.values.showing import way_of
from pipeline.worker.permissions import Permissions
from pipeline.worker.policy import Policy, Rule, read_policy
from tests.journey.deployment import PASSWORD, Deployment
from tests.journey.machine import is_up, make_machine, up
from tests.support.values import make_job
from tests.support.waiting import until

LAB = Credential("lab", "backup", password="env:LAB_PASSWORD")
PIN = "https-sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="
KEY = "ssh-ed25519 AAAA"
POLICY = """\
version: 1
rules:
  - {secrets: [env:LAB_*], networks: [192.0.2.0/24]}
  - {secrets: [env:HOP], networks: [198.51.100.0/24]}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return read_policy(path, "DEVICEVAULT_POLICY")


def device(**changes: Any) -> Device:
    options = {name: changes.pop(name) for name in ("transport",) if name in changes}
    right = replace(make_job().device, credential=LAB, address="192.0.2.1", host_keys=(KEY,))
    return replace(right, options=Options(**options), **changes)


def hop(**changes: Any) -> Hop:
    return replace(
        Hop("bastion", "198.51.100.1", 22, Credential("hop", "jump", "env:HOP"), (KEY,)), **changes
    )


def test_what_the_policy_names_is_permitted(policy: Policy) -> None:
    found = Permissions.of(device(jump=(hop(),)), policy)
    assert found.device.cidrs() == ["192.0.2.0/24"]
    assert [each.cidrs() for each in found.hops] == [["198.51.100.0/24"]]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"credential": Credential("lab", "env:OTHER_TOKEN", "env:LAB_PASSWORD")}, "env:OTHER_TOKEN"),
        ({"credential": Credential("lab", "backup", "env:DEVICEVAULT_DATABASE_URL")}, "no secret of this"),
        ({"credential": Credential("lab", "backup", "file:/etc/shadow")}, "no secret of this worker"),
        (
            {"credential": Credential("lab", "backup", "env:LAB_PASSWORD", "file:/proc/self/environ")},
            "no secret",
        ),
        ({"credential": Credential("lab", "backup", "env:LAB_PASSWORD", private_key="file:/x")}, "no secret"),
        ({"transport": "telnet"}, "over telnet, in clear"),
        ({"transport": "https"}, "over HTTPS without a pinned certificate"),
        ({"allowed_networks": ("10.0.0.0/8",)}, "no network in common"),
        (
            {"jump": (hop(credential=LAB),), "allowed_networks": ("198.51.100.0/24",)},
            r"not to 198\.51\.100\.1",
        ),
        ({"address": "203.0.113.66"}, r"env:LAB_PASSWORD be sent to 192\.0\.2\.0/24, not to 203\.0\.113\.66"),
        ({"address": "0x7f000001"}, "neither an IP address nor a name"),
        ({"jump": (hop(address="0xc0000201"),)}, "neither an IP address nor a name"),
        ({"address": "192.0.2.1%eth0"}, "neither an IP address nor a name"),
        ({"address": "2001:db8::1%eth0"}, "only a link-local address"),
        ({"jump": (hop(credential=Credential("x", "x", "env:ELSE")),)}, "env:ELSE is no secret"),
    ],
)
def test_what_it_does_not_name_is_refused_before_anything_is_resolved(
    policy: Policy, changed: dict[str, Any], why: str
) -> None:
    with pytest.raises(PolicyError, match=why):
        Permissions.of(device(**changed), policy)


@pytest.mark.parametrize(
    ("transport", "keys", "way"),
    [
        ("ssh", (KEY,), "ssh"),
        ("telnet", (), "telnet"),
        ("https", (), "https-ca"),
        ("https", (KEY,), "https-ca"),
        ("https", (PIN,), "https"),
    ],
)
def test_a_transport_is_a_way_to_send_a_secret(transport: Transport, keys: tuple[str, ...], way: str) -> None:
    assert way_of(device(transport=transport, host_keys=keys)) == way


def test_a_groups_networks_count_for_each_hop() -> None:
    policy = Policy((Rule(("env:*",)),), "test")
    found = Permissions.of(device(jump=(hop(),), allowed_networks=("192.0.2.0/24",)), policy)
    assert [each.cidrs() for each in found.hops] == [["192.0.2.0/24"]]


@pytest.mark.parametrize("on_each_broker", ["valkey"], indirect=True)
def test_a_merged_pull_request_sends_no_secret_to_a_host_of_its_choice(
    guarded: Deployment, fleet: Fleet
) -> None:
    """The attacker's machine has its key pinned, and its place in the inventory: only the policy is left."""
    good = fleet["core-ios"]
    evil = SimulatedDevice(
        "edge-evil", personalities.CISCO_IOS, "hostname evil\nend\n",
        username="backup", password=PASSWORD, address="127.0.0.66",
    )  # fmt: skip
    policy = guarded.settings.state_dir / "policy.yaml"
    policy.write_text(
        "version: 1\nrules:\n"
        f"  - {{secrets: [env:LAB_PASSWORD, env:LAB_ENABLE], networks: [{good.address}/32]}}\n"
    )
    policy.chmod(0o600)
    with Fleet([evil]), guarded.running("worker-core", "consumer"):
        guarded.write_fleet([good, evil], groups="core: {queue_id: core}\nedge: {queue_id: core}\n")
        rows = guarded.collect("--all", expect=3)
        assert rows["core-ios"]["status"] == "success"
        assert rows["edge-evil"]["status"] == "failure"
        assert rows["edge-evil"]["reason"] == "forbidden"
        assert PASSWORD not in guarded.said()
    assert evil.connections == 0


@pytest.mark.parametrize("on_each_broker", ["valkey"], indirect=True)
def test_a_user_name_out_of_a_reference_is_in_no_row_and_no_log(guarded: Deployment, fleet: Fleet) -> None:
    token = f"token-{os.getpid()}-canary"
    guarded.env = {"OTHER_TOKEN": token}
    names = {"secret_variables": "OTHER_TOKEN,LAB_*"}
    guarded.settings = guarded.settings.model_copy(update=names)
    guarded.write(
        credentials="lab: {username: env:OTHER_TOKEN, password: env:LAB_PASSWORD}\n",
    )
    with guarded.running("worker-core", "consumer"):
        row = guarded.collect("--device", "core-ios", expect=3)["core-ios"]
        summary = guarded.cli("collect", "core-ios", "--output", "markdown", expect=3)
        probed = guarded.cli("probe", "core-ios", "--output", "markdown", expect=3)
    shown = [guarded.cli(*words) for words in (("show", "core-ios"), ("log", "core-ios"))]
    shown.append(guarded.cli("status", expect=3))
    assert row["reason"] == "authentication"
    assert "`authentication`" in summary
    for text in (str(row), summary, probed, *shown, guarded.said()):
        assert token not in text
    with guarded.results() as results:
        assert token not in str(results.latest())


@pytest.fixture
def machine(tmp_path: Path) -> Deployment:
    return make_machine(tmp_path, tmp_path / "state")


class Listener:
    """A machine of the attacker's, at every address of this one: it tells whether somebody connected."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]

    def was_connected_to(self) -> bool:
        try:
            self._socket.accept()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()


def test_up_has_a_policy_and_no_merge_widens_it(machine: Deployment, tmp_path: Path, fleet: Fleet) -> None:
    """Everything that a reviewer may overlook, merged while `up` runs: only its owner opens the way."""
    good, beside = fleet["core-ios"], fleet["core-nxos"]
    token = "token-canary-3c1d"
    machine.env = {"OTHER_TOKEN": token}
    machine.write_fleet([good])
    state = machine.settings.state_dir
    evil = SimulatedDevice(
        "core-evil", personalities.CISCO_IOS, "hostname evil\nend\n",
        username="backup", password=PASSWORD, address="127.66.0.66",
    )  # fmt: skip
    with Fleet([evil]), closing(Listener()) as listener, up(machine) as process:
        until(lambda: is_up(process, state))
        assert (state / "policy.yaml").stat().st_mode & 0o777 == 0o600
        assert machine.said().count("which secret may be sent where") == 1
        assert machine.collect("--all")["core-ios"]["status"] == "success"

        proposed = {
            "core-evil": f"address: {evil.address}, port: {evil.port}",
            "core-telnet": f"address: 127.0.0.101, port: {listener.port}, transport: telnet",
            "core-https": f"address: 127.0.0.102, port: {listener.port}, transport: https, platform: fortios",
            "core-other": f"address: 127.0.0.103, port: {listener.port}, credential: other",
            "core-name": f"address: 127.0.0.104, port: {listener.port}, credential: name",
            "core-file": f"address: 127.0.0.105, port: {listener.port}, credential: file",
            "core-far": "address: 127.0.0.106, jump: evil",
        }
        lines = [f"{name}: {{{text}, group: core}}" for name, text in proposed.items()]
        known = [good, beside, evil]
        machine.write_fleet(
            [good, beside],
            groups="core: {queue_id: core, platform: cisco_ios}\n",
            credentials=(
                "lab: {username: backup, password: env:LAB_PASSWORD, enable_password: env:LAB_ENABLE}\n"
                "other: {username: backup, password: env:OTHER_TOKEN}\n"
                "name: {username: env:OTHER_TOKEN, password: env:LAB_PASSWORD}\n"
                "file: {username: backup, password: 'file:/etc/hostname'}\n"
            ),
            jump_hosts=f"evil: {{address: {evil.address}, port: {evil.port}, credential: lab}}\n",
            devices__more="\n".join(lines) + "\n",
            known_hosts="\n".join(d.known_hosts_line for d in known) + "\n",
        )
        rows = machine.collect("--all", expect=3)
        reasons = {name: row["reason"] for name, row in rows.items() if row["status"] == "failure"}
        assert reasons == {
            **dict.fromkeys(("core-telnet", "core-https", "core-other", "core-name", "core-file"), "policy"),
            **dict.fromkeys(("core-evil", "core-far"), "forbidden"),
        }
        # The next device of the same network, with the same credential, works at once.
        assert rows["core-nxos"]["status"] == "success"
        [*_, why] = [entry["message"] for entry in rows["core-other"]["log"]]
        accept = f"`devicevault policy --output {state}/policy.yaml --replace`"
        assert "env:OTHER_TOKEN is no secret of this worker" in why
        assert accept in why
        assert evil.connections == 0
        assert not listener.was_connected_to()
        for secret in (token, PASSWORD):
            assert secret not in machine.said()
            assert secret not in str(rows)

        # Its owner looks at what the inventory shows now, and accepts it while all of it runs.
        policy = ("policy", "--inventory", str(machine.inventory), "--output", str(state / "policy.yaml"))
        assert "is left as it is" in machine.cli(*policy, expect=1)
        difference = machine.cli(*policy, "--replace")
        assert "+  - secrets: [env:OTHER_TOKEN]" in difference
        assert "# Look at this one: telnet, in clear" in difference
        assert machine.collect("--device", "core-evil")["core-evil"]["status"] == "success"
    assert "Traceback" not in machine.said()
