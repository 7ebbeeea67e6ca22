"""Whoever opens a pull request hopes that nobody looks: a plan puts what it does to secrets first."""

from __future__ import annotations

import json
from pathlib import Path

from tests.inventory.files import host_key
from tests.journey.machine import make_machine

GROUPS = "core: {allowed_networks: [192.0.2.0/24]}\nedge: {}\nwide: {allowed_networks: [%s]}\n"
SECRET = "env:LAB_PASSWORD would be sent"


def test_a_reviewer_cannot_miss_what_a_branch_does_to_secrets(tmp_path: Path) -> None:
    machine, key = make_machine(tmp_path, tmp_path / "state"), host_key(1)
    before = {
        "devicevault": "version: 1\ndefaults: {credential: lab, platform: cisco_ios}\n",
        "groups": GROUPS % "10.1.0.0/16",
        "credentials": "lab: {username: backup, password: env:LAB_PASSWORD}\n",
        "known_hosts": f"core-a {key}\ncore-b {key}\ncore-c {key}\n",
        "devices__core": "".join(
            f"core-{name}: {{address: 192.0.2.{number}, group: core}}\n"
            for number, name in enumerate("abc", 1)
        ),
    }
    machine.write(**before)
    for file in (".github/workflows/collect.yml", ".devicevault/requirements.txt", "Makefile", "README.md"):
        (machine.inventory.parent / file).parent.mkdir(parents=True, exist_ok=True)
        (machine.inventory.parent / file).write_text("before\n")
    machine.write(**before)
    machine.git("checkout", "-qb", "proposal")
    for file in (".github/workflows/collect.yml", ".devicevault/requirements.txt", "Makefile", "README.md"):
        (machine.inventory.parent / file).write_text("after\n")
    recipient = f"age1{'q' * 58}"
    machine.write(
        devicevault=before["devicevault"] + f"recipients: [{recipient}]\n",
        groups=GROUPS % "10.0.0.0/8",
        jump_hosts="hop: {address: 203.0.113.66, credential: lab}\n",
        known_hosts=before["known_hosts"] + f"hop {key}\nnew-d {key}\n",
        devices__core=(
            "core-a: {address: 192.0.2.1, group: core, secrets: keep, sealed: true}\n"
            "core-b: {address: 192.0.2.2, group: core, jump: hop}\n"
            "core-c: {address: 192.0.2.3, group: edge}\n"
            "new-d: {address: 198.51.100.4, group: edge, transport: telnet}\n"
            "new-e: {address: 198.51.100.5, group: edge, transport: https, platform: fortios}\n"
        ),
    )
    wanted = {
        "telnet": f"{SECRET} in clear, over telnet, to a server that nothing checks: new-d",
        "https-ca": f"{SECRET} over HTTPS to whoever a public authority vouches for: new-e",
        "jump-host": f"{SECRET} to the jump host hop, 203.0.113.66 port 22: core-b",
        "keep": "passwords and keys in the configurations would be stored as they are: core-a",
        "recipients": "whole configurations could be opened by age1qqqqqqqqqqqqqqqqqqqq",
        "networks": "allowed_networks would go from 192.0.2.0/24 to any network: core-c",
        "files": ".devicevault/requirements.txt would change",
    }
    text = machine.cli("plan", "--base", "main")
    for kind, words in wanted.items():
        assert f"  ! WARNING ({kind}): {words}" in text
    assert "group wide: allowed_networks would go from 10.1.0.0/16 to 10.0.0.0/8" in text
    for file in (".github/workflows/collect.yml", "Makefile"):
        assert f"WARNING (files): {file} would change" in text
    assert "README.md" not in text
    page = machine.cli("plan", "--base", "main", "--output", "markdown")
    assert page.count("- ⚠️ WARNING") == text.count("! WARNING") == 10
    assert "jump host hop (203.0.113.66 port 22) | SSH |" in page
    report = json.loads(machine.cli("plan", "--base", "main", "--output", "json"))
    assert {each["kind"] for each in report["warnings"]} == wanted.keys()
    assert {(each["hop"], each["way"], each["checked_by"]) for each in report["exposures"]} >= {
        (None, "telnet", "nothing"), (None, "https-ca", "any public authority"),
    }  # fmt: skip
    strict = machine.cli("validate", "--strict", "--base", "main", expect=1)
    assert strict.count("WARNING (") == 10
    machine.cli("validate")
    machine.git("checkout", "-q", "main")
    assert "ok: 3 devices" in machine.cli("validate", "--strict", "--base", "main")
