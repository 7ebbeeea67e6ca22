"""Which secret may be shown to whom is the worker's own word: no message and no inventory widens it."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from pipeline.errors import PolicyError, SettingsError
from pipeline.settings import load_settings
from pipeline.worker.policy import (
    ANYWHERE,
    SAFE,
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


def test_without_a_file_some_names_and_one_directory_hold_secrets(tmp_path: Path) -> None:
    policy = open_policy(load_settings(state_dir=tmp_path))
    references = ["env:BACKUP_PASSWORD", "env:LAB_ENABLE", "file:/run/secrets/enable"]
    assert policy.permit(references, "ssh", [KEY]) == Permission(ANYWHERE, (KEY,))
    settings = load_settings(state_dir=tmp_path, secret_variables="CORE_*, X", secret_dir=tmp_path)
    other = open_policy(settings)
    found = other.permit(["env:CORE_A", "env:X", f"file:{tmp_path}/key"], "https", [])
    assert found == Permission(ANYWHERE, ())
    assert not other.allows("env:LAB_ENABLE")


@pytest.mark.parametrize(
    "reference",
    [
        "env:OTHER_TOKEN",
        "env:PATH",
        "env:backup_password",
        "file:/etc/shadow",
        "file:/run/secrets",
        "file:/run/secrets/../../etc/shadow",
        "file:/run/secrets/kubernetes.io/serviceaccount/token",
        "file:/home/backup/.ssh/id_ed25519",
        "file:/run/secrets/a\0b",
        "file:run/secrets/a",
    ],
)
def test_without_a_file_nothing_else_is_a_secret(reference: str, tmp_path: Path) -> None:
    policy = open_policy(load_settings(state_dir=tmp_path))
    with pytest.raises(PolicyError, match="is no secret of this worker") as caught:
        policy.permit([reference], "ssh", [KEY])
    if "token" in reference.lower() and reference.startswith("env:"):
        assert "DEVICEVAULT_SECRET_VARIABLES=BACKUP_*,DEMO_*" in str(caught.value)
        assert f"devicevault policy --output {tmp_path}/policy.yaml" in str(caught.value)


@pytest.mark.parametrize(("way", "why"), [("telnet", "in clear"), ("https-ca", "without a pinned")])
def test_without_a_file_nothing_is_sent_unprotected(way: Way, why: str, tmp_path: Path) -> None:
    policy = open_policy(load_settings(state_dir=tmp_path))
    with pytest.raises(PolicyError, match=f"does not let env:LAB_PASSWORD be sent over .*{why}"):
        policy.permit(["env:LAB_PASSWORD"], way, [KEY])


def test_a_link_out_of_the_directory_of_the_settings_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "out").symlink_to("/etc/passwd")
    policy = open_policy(load_settings(state_dir=tmp_path, secret_dir=tmp_path / "secrets"))
    assert not policy.allows(f"file:{tmp_path}/secrets/out")
    assert not policy.allows(f"file:{tmp_path}/secrets/../policy.yaml")


@pytest.mark.parametrize("directory", ["/", "/etc", "/etc/devicevault", "/proc/self", "/run", "relative"])
def test_a_directory_of_other_things_than_secrets_is_refused(directory: str) -> None:
    with pytest.raises(SettingsError, match="DEVICEVAULT_SECRET_DIR"):
        load_settings(secret_dir=directory)


@pytest.mark.parametrize("names", ["*", "DEVICEVAULT_*", "A B", "A,,B", "A*B", "1A"])
def test_names_that_are_none_or_our_own_are_refused(names: str) -> None:
    with pytest.raises(SettingsError, match="DEVICEVAULT_SECRET_VARIABLES"):
        load_settings(secret_variables=names)


def test_no_rule_lends_its_networks_to_the_keys_of_another() -> None:
    """A rule for a name knows its key alone; another knows a network. An attacker pins both keys."""
    policy = Policy(
        (
            Rule(("env:A",), networks("192.0.2.0/24")),
            Rule(("env:A",), ANYWHERE, host_keys=frozenset({KEY})),
        ),
        "test",
    )
    evil, good = ip_address("203.0.113.66"), ip_address("192.0.2.1")
    assert policy.permit(["env:A"], "ssh", [KEY, OTHER_KEY], evil).host_keys == (KEY,)
    assert policy.permit(["env:A"], "ssh", [KEY, OTHER_KEY]).host_keys == (KEY,)
    assert policy.permit(["env:A"], "ssh", [OTHER_KEY], good).cidrs() == ["192.0.2.0/24"]
    assert policy.permit(["env:A"], "ssh", [OTHER_KEY]).cidrs() == ["192.0.2.0/24"]
    with pytest.raises(PolicyError):
        policy.permit(["env:A"], "ssh", [OTHER_KEY], evil)


def test_an_address_outside_is_refused_with_the_rule_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(tmp_path, CORE).permit(["env:CORE_PASSWORD"], "ssh", [KEY], ip_address("203.0.113.66"))
    assert str(caught.value) == (
        f"{tmp_path}/policy.yaml:3 lets env:CORE_PASSWORD be sent to 192.0.2.0/24, 2001:db8::/32, not to "
        f"203.0.113.66; if it should be, its owner accepts it with `devicevault policy --output "
        f"{tmp_path}/policy.yaml --replace`"
    )
    assert caught.value.reason == "forbidden"


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
    assert not SAFE.allows(f"file:{tmp_path}/secrets/kernel")


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
