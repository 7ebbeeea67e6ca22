"""Fingerprints of secrets and the shrink guard, from the device to Git and back by a person's word."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pyrage import x25519

from collectors.simulator import Fleet
from tests.journey.deployment import PASSWORD, Deployment, lab_fleet

LINES = "".join(f"vlan {number}\n" for number in range(2, 60))


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with lab_fleet("core-ios") as fleet:
        yield fleet


def community(deployment: Deployment) -> str:
    text = deployment.cli("show", "core-ios", "--config")
    found = re.search(r"^snmp-server community (\S+) RO$", text, re.MULTILINE)
    assert found
    return found[1]


def test_a_rotated_secret_is_a_change_and_its_value_stays_unknown(
    deployment: Deployment, fleet: Fleet
) -> None:
    deployment.write_fleet(list(fleet))
    deployment.env = {"FINGERPRINTS": "a key of the team's"}
    deployment.settings = deployment.settings.model_copy(update={"fingerprint_key": "env:FINGERPRINTS"})
    with deployment.running("consumer", "worker-core"):
        deployment.collect("--all")
        before = community(deployment)
        assert deployment.collect("--all")["core-ios"]["changed"] is False
        fleet["core-ios"].edit("canary-snmp-91c2", "rotated-snmp-44d1")
        assert deployment.collect("--all")["core-ios"]["changed"] is True
        after = community(deployment)
    assert before != after
    history = deployment.configs("log", "-p", "--all") + deployment.said()
    for secret in ("canary-snmp-91c2", "rotated-snmp-44d1", "a key of the team's"):
        assert secret not in history


def test_a_missing_fingerprint_key_fails_and_stores_nothing_in_clear(
    deployment: Deployment, fleet: Fleet
) -> None:
    deployment.write_fleet(list(fleet))
    deployment.settings = deployment.settings.model_copy(update={"fingerprint_key": "env:NOT_THERE"})
    with deployment.running("consumer", "worker-core"):
        row = deployment.collect("--all", expect=3)["core-ios"]
    assert row["reason"] == "credential"
    assert "NOT_THERE" in row["log"][-1]["message"]


def test_a_shrunk_config_waits_for_a_person(deployment: Deployment, fleet: Fleet) -> None:
    deployment.write_fleet(list(fleet))
    whole = fleet["core-ios"].config
    fleet["core-ios"].config = whole.replace("line vty", LINES + "line vty")
    with deployment.running("consumer", "worker-core"):
        deployment.collect("--all")
        assert "nothing is quarantined" in deployment.cli("accept", "core-ios", expect=2)
        fleet["core-ios"].config = whole
        assert deployment.collect("--all", expect=3)["core-ios"]["reason"] == "shrunk"
        assert "vlan 59\n" in deployment.cli("show", "core-ios", "--config")
        deployment.cli("accept", "core-ios")
        assert "vlan 59\n" not in deployment.cli("show", "core-ios", "--config")
        assert deployment.collect("--all")["core-ios"]["changed"] is False


def test_a_sealed_copy_brings_the_secrets_back_to_whoever_may_have_them(
    deployment: Deployment, fleet: Fleet
) -> None:
    ours, theirs = x25519.Identity.generate(), x25519.Identity.generate()
    for name, identity in (("ours", ours), ("theirs", theirs)):
        (deployment.folder / name).write_text(f"# a comment\n{identity}\n")
    main = (
        "version: 1\ndefaults: {credential: lab, timeout: 15, sealed: true}\n"
        f"recipients: [{ours.to_public()}]\n"
    )
    deployment.write_fleet(list(fleet), devicevault=main)
    deployment.env = {"FINGERPRINTS": "a key of the team's"}
    deployment.settings = deployment.settings.model_copy(update={"fingerprint_key": "env:FINGERPRINTS"})
    identity = ("--identity", str(deployment.folder / "ours"))
    with deployment.running("consumer", "worker-core"):
        first = deployment.collect("--all")["core-ios"]
        assert "snmp-server community canary-snmp-91c2 RO\n" in deployment.cli(
            "restore", "core-ios", *identity
        )
        again = deployment.collect("--all")["core-ios"]
        assert (again["changed"], again["commit"]) == (False, first["commit"])
        fleet["core-ios"].edit("canary-snmp-91c2", "rotated-snmp-44d1")
        deployment.collect("--all")
        assert "rotated-snmp-44d1" in deployment.cli("restore", "core-ios", *identity)
        at = ("--at", first["task_identifier"])
        assert "canary-snmp-91c2" in deployment.cli("restore", "core-ios", *identity, *at)
    stranger = ("--identity", str(deployment.folder / "theirs"))
    assert "not sealed for this identity" in deployment.cli("restore", "core-ios", *stranger, expect=2)
    history = deployment.configs("log", "-p", "--all", "--text") + deployment.said()
    for secret in ("canary-snmp-91c2", "rotated-snmp-44d1", PASSWORD):
        assert secret not in history


def test_sealing_without_a_key_or_for_nobody_is_refused(deployment: Deployment, fleet: Fleet) -> None:
    main = "version: 1\ndefaults: {credential: lab, timeout: 15, sealed: true}\n"
    deployment.write_fleet(list(fleet), devicevault=main)
    assert "sealed for nobody" in deployment.cli("validate", expect=1)
    main += f"recipients: [{x25519.Identity.generate().to_public()}]\n"
    deployment.write_fleet(list(fleet), devicevault=main)
    with deployment.running("consumer", "worker-core"):
        row = deployment.collect("--all", expect=3)["core-ios"]
    assert row["reason"] == "bad_request"
    assert "DEVICEVAULT_FINGERPRINT_KEY" in row["log"][-1]["message"]
