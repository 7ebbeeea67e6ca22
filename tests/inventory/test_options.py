"""How a device is reached and collected: options, jump hosts, and what may be lost of a configuration."""

from __future__ import annotations

import pytest

from pipeline.values.device import Credential, Hop
from pipeline.values.options import Options
from tests.inventory.files import Files, host_key


def test_a_device_its_group_and_the_defaults_share_the_options(files: Files) -> None:
    files["devicevault.yaml"] = (
        "version: 1\ndefaults: {credential: lab, secrets: fingerprint, max_shrink: 80%}\n"
    )
    files["groups.yaml"] = "core: {platform: cisco_ios, ssh: legacy, artefacts: [version, inventory]}\n"
    files["devices/core.yaml"] = (
        "a: {address: 192.0.2.1, group: core}\n"
        "b: {address: 192.0.2.2, group: core, ssh: modern, transport: telnet, contexts: true, "
        "artefacts: []}\n"
        "c: {address: 192.0.2.3, group: core, secrets: keep, max_shrink: 0%, contexts: false}\n"
    )
    a, b, c = files.load().devices
    assert a.options == Options("fingerprint", None, "legacy", None, ("version", "inventory"))
    assert b.options == Options("fingerprint", "telnet", "modern", True, ())
    assert c.options == Options("keep", None, "legacy", False, ("version", "inventory"))
    assert [device.max_shrink for device in (a, b, c)] == [0.8, 0.8, 0.0]


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("secrets: show", "secrets must be 'hide' or 'keep' or 'fingerprint'"),
        ("transport: rsh", "transport must be 'ssh' or 'telnet'"),
        ("ssh: old", "ssh must be 'modern' or 'legacy'"),
        ("contexts: yes", "contexts must be 'true' or 'false'"),
        ("artefacts: [../x]", "artefacts must be a list of names"),
        ("max_shrink: 0.5", "max_shrink must be a percentage such as 50%"),
        ("max_shrink: 101%", "max_shrink must be a percentage such as 50%"),
        ("jump: [bastoin]", "unknown jump 'bastoin' (did you mean 'bastion'?)"),
    ],
)
def test_a_wrong_option_is_told_with_its_line(files: Files, setting: str, complaint: str) -> None:
    files["jump_hosts.yaml"] = "bastion: {address: 192.0.2.9, credential: lab}\n"
    files["devices/core.yaml"] = f"a: {{address: 192.0.2.1, platform: cisco_ios, {setting}}}\n"
    [problem] = files.problems()
    assert complaint in problem
    assert problem.startswith("devices/core.yaml:1:")


def test_jump_hosts_carry_their_own_credential_and_keys(files: Files) -> None:
    files["jump_hosts.yaml"] = (
        "bastion: {address: bastion.example.net, credential: core}\n"
        "inner: {address: 192.0.2.10, port: 2022, credential: lab}\n"
    )
    files["known_hosts"] = f"bastion {host_key(3)}\n[192.0.2.10]:2022 {host_key(4)}\n"
    files["groups.yaml"] = "core: {platform: cisco_ios, jump: [bastion, inner]}\n"
    files["devices/core.yaml"] = (
        "a: {address: 192.0.2.1, group: core}\n"
        "b: {address: 192.0.2.2, group: core, jump: []}\n"
        "c: {address: 192.0.2.3, group: core, jump: inner}\n"
    )
    a, b, c = files.load().devices
    core = Credential(
        "core", "env:CORE_USER", private_key="file:/run/secrets/key", passphrase="env:CORE_PASS"
    )
    lab = Credential("lab", "backup", password="env:LAB_PASSWORD")
    bastion = Hop("bastion", "bastion.example.net", 22, core, (host_key(3),))
    inner = Hop("inner", "192.0.2.10", 2022, lab, (host_key(4),))
    assert [device.jump for device in (a, b, c)] == [(bastion, inner), (), (inner,)]


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("b: {address: 192.0.2.9}", "jump host 'b': 'credential' is missing"),
        ("b: {credential: lab}", "jump host 'b': 'address' is missing"),
        ("b: {address: 192.0.2.9, credential: labb}", "unknown credential 'labb' (did you mean 'lab'?)"),
        ("b: {address: 192.0.2.9, credential: lab, platform: x}", "unknown setting 'platform'"),
        ("../b: {address: 192.0.2.9, credential: lab}", "is not a name"),
    ],
)
def test_a_wrong_jump_host_is_told_with_its_line(files: Files, entry: str, complaint: str) -> None:
    files["jump_hosts.yaml"] = entry + "\n"
    [problem] = files.problems()
    assert complaint in problem
    assert problem.startswith("jump_hosts.yaml:1:")


def test_a_group_has_a_configs_repo_and_networks_of_its_own(files: Files) -> None:
    files["devicevault.yaml"] = "version: 1\ndefaults: {credential: lab, allowed_networks: 192.0.2.0/24}\n"
    files["groups.yaml"] = (
        "finance: {platform: cisco_ios, configs_repo: finance,"
        " allowed_networks: [198.51.100.0/24, '2001:DB8::/32']}\n"
    )
    files["devices/core.yaml"] = (
        "a: {address: 192.0.2.1, platform: cisco_ios}\n"
        "b: {address: 198.51.100.9, group: finance}\n"
        "c: {address: '2001:db8::9', group: finance}\n"
        "d: {address: d.example.net, group: finance}\n"
    )
    a, *grouped = files.load().devices
    assert (a.repo, a.allowed_networks) == ("configs", ("192.0.2.0/24",))
    assert {(d.repo, d.allowed_networks) for d in grouped} == {
        ("finance", ("198.51.100.0/24", "2001:db8::/32"))
    }


@pytest.mark.parametrize("address", ["198.51.100.1", "::1", "::ffff:192.0.2.1", "127.0.0.1"])
def test_an_address_outside_of_the_allowed_networks_is_refused(files: Files, address: str) -> None:
    files["groups.yaml"] = "core: {platform: cisco_ios, allowed_networks: [192.0.2.0/24, 2001:db8::/32]}\n"
    files["devices/core.yaml"] = f"a: {{address: '{address}', group: core}}\n"
    assert files.problems() == [
        f"devices/core.yaml:1:1: a: address {address} is in none of its group's networks"
        " (allowed_networks: 192.0.2.0/24, 2001:db8::/32)"
    ]


@pytest.mark.parametrize("setting", ["configs_repo: mine", "allowed_networks: [0.0.0.0/0]", "queue_id: x"])
def test_a_device_cannot_opt_out_of_its_groups_policy(files: Files, setting: str) -> None:
    files["devices/core.yaml"] = f"a: {{address: 192.0.2.1, platform: cisco_ios, {setting}}}\n"
    [problem] = files.problems()
    assert problem.endswith("(set it on the device's group)")


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("configs_repo: ../x", "configs_repo '../x' is not a name"),
        ("configs_repo: X.lock", "configs_repo 'X.lock' is not a name"),
        ("allowed_networks: [10.0.0.1/8]", "must be a list of networks: '10.0.0.1/8 has host bits set'"),
        ("allowed_networks: [lan]", "must be a list of networks"),
        ("allowed_networks: ['fe80::%eth0/64']", "must be a list of networks"),
        ("allowed_networks: {a: b}", "allowed_networks must be a single value, not a list or mapping"),
    ],
)
def test_a_wrong_policy_is_told_with_its_line(files: Files, setting: str, complaint: str) -> None:
    files["groups.yaml"] = f"core: {{{setting}}}\nedge: {{}}\n"
    files["devices/core.yaml"] = "a: {address: 192.0.2.1, platform: cisco_ios}\n"
    [problem] = files.problems()
    assert complaint in problem
    assert problem.startswith("groups.yaml:1:")
