"""Which secret may be shown to whom is the worker's own word: no message and no inventory widens it."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from pipeline.errors import PolicyError, SettingsError
from pipeline.settings import load_settings
from pipeline.worker.policy import (
    ANYWHERE,
    OPEN,
    Network,
    Permission,
    Policy,
    Rule,
    Way,
    common,
    open_policy,
    read_policy,
)

SETTING = "DEVICEVAULT_POLICY"
KEY, OTHER_KEY = "ssh-ed25519 AAAA", "ssh-ed25519 BBBB"


def networks(*texts: str) -> tuple[Network, ...]:
    return tuple(map(ip_network, texts))


def policy(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    path.chmod(0o600)
    return read_policy(path, SETTING)


CORE = """\
version: 1
rules:
  - secrets: [env:CORE_*]
    networks: [192.0.2.0/24, 2001:db8::/32]
  - secrets: [env:OLD_PASSWORD]
    networks: 198.51.100.0/24
    transports: [telnet, ssh]
  - secrets: [env:KEYED]
    networks: 192.0.2.0/24
    host_keys: [ssh-ed25519 AAAA]
"""


def test_a_secret_goes_to_the_networks_of_its_rule(tmp_path: Path) -> None:
    found = policy(tmp_path, CORE).permit(["env:CORE_PASSWORD"], "ssh", [KEY])
    assert found == Permission(networks("192.0.2.0/24", "2001:db8::/32"), (KEY,))


@pytest.mark.parametrize(
    ("references", "way", "keys", "why"),
    [
        (["env:OTHER"], "ssh", [KEY], "env:OTHER is no secret of this worker"),
        (["env:CORE_PASSWORD", "env:PATH"], "ssh", [KEY], "env:PATH is no secret of this worker"),
        (["env:CORE_PASSWORD"], "telnet", [], "does not let env:CORE_PASSWORD be sent over telnet"),
        (["env:CORE_PASSWORD"], "https-ca", [], "over HTTPS without a pinned certificate"),
        (["env:OLD_PASSWORD"], "https", [KEY], "over HTTPS to a pinned certificate"),
        (["env:CORE_PASSWORD", "env:OLD_PASSWORD"], "ssh", [KEY], "no network may be shown all of"),
        (["env:KEYED"], "ssh", [OTHER_KEY], "does not name the pinned key"),
        (["env:KEYED"], "ssh", [], "does not name the pinned key"),
    ],
)
def test_what_no_rule_allows_is_refused(
    tmp_path: Path, references: list[str], way: Way, keys: list[str], why: str
) -> None:
    with pytest.raises(PolicyError, match=why) as caught:
        policy(tmp_path, CORE).permit(references, way, keys)
    assert "\n" not in str(caught.value)
    assert caught.value.reason == "policy"


def test_only_the_keys_that_a_rule_names_are_left(tmp_path: Path) -> None:
    found = policy(tmp_path, CORE).permit(["env:KEYED"], "ssh", [OTHER_KEY, KEY])
    assert found.host_keys == (KEY,)


@pytest.mark.parametrize(
    "reference",
    [
        "env:DEVICEVAULT_DATABASE_URL",
        "env:FINGERPRINTS",
        "file:/proc/self/environ",
        "file:/run/secrets/../../proc/self/environ",
        "file:/dev/fd/3",
        "plain",
    ],
)
def test_without_a_file_the_workers_own_secrets_stay_its_own(reference: str, tmp_path: Path) -> None:
    policy = open_policy(load_settings(state_dir=tmp_path, fingerprint_key="env:FINGERPRINTS"))
    assert not policy.allows(reference)
    with pytest.raises(PolicyError):
        policy.permit([reference], "ssh", [KEY])


def test_without_a_file_the_inventory_decides(tmp_path: Path) -> None:
    policy = open_policy(load_settings(state_dir=tmp_path))
    references = ["env:ANY_PASSWORD", f"file:{tmp_path}/enable"]
    assert policy.permit(references, "telnet", []) == Permission(ANYWHERE, ())


def test_a_file_below_the_state_directory_counts(tmp_path: Path) -> None:
    policy(tmp_path, CORE)
    found = open_policy(load_settings(state_dir=tmp_path))
    assert found.source == str(tmp_path / "policy.yaml")
    assert not found.allows("env:ANY_PASSWORD")


def test_a_link_out_of_the_directory_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_text("x")
    (tmp_path / "outside").write_text("x")
    (tmp_path / "secrets" / "out").symlink_to(tmp_path / "outside")
    (tmp_path / "secrets" / "kernel").symlink_to("/proc/self/environ")
    policy = Policy((Rule((f"file:{tmp_path}/secrets/",)),), "test")
    assert policy.allows(f"file:{tmp_path}/secrets/key")
    assert not policy.allows(f"file:{tmp_path}/secrets")
    assert not policy.allows(f"file:{tmp_path}/secrets/out")
    assert not policy.allows(f"file:{tmp_path}/secrets/kernel")
    assert not OPEN.allows(f"file:{tmp_path}/secrets/kernel")


def test_the_kernels_files_stay_closed_whatever_a_rule_says() -> None:
    policy = Policy((Rule(("file:/proc/self/environ", "file:/proc/")),), "test")
    assert not policy.allows("file:/proc/self/environ")


def test_a_file_below_etc_is_opened_by_name(tmp_path: Path) -> None:
    text = "version: 1\nrules:\n  - {secrets: [file:/etc/devicevault/secrets/], networks: 192.0.2.0/24}\n"
    assert policy(tmp_path, text).allows("file:/etc/devicevault/secrets/lab")
    assert not policy(tmp_path, text).allows("file:/etc/devicevault/other")


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (["192.0.2.0/24"], ["192.0.2.128/25", "10.0.0.0/8"], ["192.0.2.128/25"]),
        (["10.0.0.0/8", "2001:db8::/32"], ["10.1.0.0/16", "2001:db8::/48"], ["10.1.0.0/16", "2001:db8::/48"]),
        (["10.0.0.0/8"], ["192.0.2.0/24"], []),
        (["0.0.0.0/0", "::/0"], ["192.0.2.0/24"], ["192.0.2.0/24"]),
    ],
)
def test_what_two_lists_of_networks_have_in_common(one: list[str], other: list[str], both: list[str]) -> None:
    first, second = tuple(map(ip_network, one)), tuple(map(ip_network, other))
    assert common(first, second) == common(second, first) == tuple(map(ip_network, both))


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("rules: []", 1, "write the line `version: 1`"),
        ("version: 2\nrules: []", 1, "write the line `version: 1`"),
        ("version: 1\nrule: []", 2, "unknown setting 'rule'"),
        ("version: 1\nrules: x", 2, "'rules' must be a list"),
        ("version: 1\nrules: [x]", 2, "a rule must be a mapping"),
        ("version: 1\nrules:\n  - {secrets: env:A}", 3, "a rule needs 'networks'"),
        ("version: 1\nrules:\n  - {networks: 192.0.2.0/24}", 3, "a rule needs 'secrets'"),
        ("version: 1\nrules:\n  - {secrets: env:A, networks: x}", 3, "networks must be a list of networks"),
        ("version: 1\nrules:\n  - {secrets: 'x', networks: 192.0.2.0/24}", 3, "begins with env: or file:"),
        ("version: 1\nrules:\n  - {secrets: 'env:*A', networks: 192.0.2.0/24}", 3, "a variable's name"),
        ("version: 1\nrules:\n  - {secrets: 'env:DEVICEVAULT_X', networks: 192.0.2.0/24}", 3, "worker's own"),
        ("version: 1\nrules:\n  - {secrets: 'file:key', networks: 192.0.2.0/24}", 3, "the whole path"),
        ("version: 1\nrules:\n  - {secrets: 'file:/etc/', networks: 192.0.2.0/24}", 3, "no secrets"),
        (
            "version: 1\nrules:\n  - {secrets: 'file:/proc/1/environ', networks: 192.0.2.0/24}",
            3,
            "no secrets",
        ),
        ("version: 1\nrules:\n  - {secrets: env:A, networks: 192.0.2.0/24, ports: 1}", 3, "unknown setting"),
        (
            "version: 1\nrules:\n  - {secrets: env:A, networks: 192.0.2.0/24, transports: ftp}",
            3,
            "'ftp' is none of ssh, https",
        ),
        ("version: 1\nrules: &a []", 2, "a"),
    ],
)
def test_each_mistake_has_its_line(tmp_path: Path, text: str, line: int, why: str) -> None:
    with pytest.raises(SettingsError) as caught:
        policy(tmp_path, text)
    [first, *_] = str(caught.value).splitlines()
    assert first.startswith(f"{SETTING}: {tmp_path}/policy.yaml:{line}")
    assert why in first


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(CORE)
    path.chmod(mode)
    with pytest.raises(SettingsError, match="others may write to it"):
        read_policy(path, SETTING)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        read_policy(tmp_path / "policy.yaml", SETTING)
