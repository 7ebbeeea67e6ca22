"""`devicevault hostkeys` as a person uses it, on a machine without services unless it says otherwise."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.simulator import Fault, Fleet
from tests.cli.shell import Shell
from tests.journey.deployment import Deployment, lab_fleet
from tests.servers.sshd import Sshd
from tests.support.commands import Answer

NO_SERVICES = {"DEVICEVAULT_REDIS_URL": "", "DEVICEVAULT_DATABASE_URL": ""}
NAMES = ("core-eos", "core-ios", "core-nxos")


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    with lab_fleet(*NAMES) as fleet:
        yield fleet


@pytest.fixture
def network(shell: Shell, fleet: Fleet) -> Shell:
    """The shell on an inventory of the fleet, whose keys nobody has pinned."""
    for path in shell.deployment.inventory.rglob("*.yaml"):
        path.unlink()
    shell.deployment.write_fleet(list(fleet), known_hosts="# compared by Ada\n")
    return shell


def known_hosts(shell: Shell) -> str:
    return (shell.deployment.inventory / "known_hosts").read_text()


def hostkeys(shell: Shell, *arguments: str) -> Answer:
    return shell("hostkeys", *arguments, env=NO_SERVICES)


def standings(shell: Shell, *arguments: str) -> dict[str, str]:
    report = json.loads(hostkeys(shell, *arguments, "--output", "json").out)
    return {finding["device"]: finding["standing"] for finding in report["devices"]}


def test_a_first_scan_writes_what_validate_and_verify_are_content_with(network: Shell, fleet: Fleet) -> None:
    assert standings(network, "verify", "--all") == dict.fromkeys(NAMES, "unknown")
    answer = hostkeys(network, "scan", "--missing", "--write")
    assert answer.status == 0, answer
    assert "3 keys added to known_hosts; compare them before you commit" in answer.out
    text = known_hosts(network)
    assert text.startswith("# compared by Ada\n")
    for device in fleet:
        assert f"{device.known_hosts_line}\n" in text
        assert device.login_attempts == device.sessions == 0
    assert "no host key" not in network("validate", "--worktree").err
    verified = hostkeys(network, "verify", "--all", "--worktree")
    assert (verified.status, verified.out, verified.err) == (0, "3 devices: 3 ok\n", "")
    again = hostkeys(network, "scan", "--all", "--write")
    assert (again.status, again.out) == (0, "0 keys added to known_hosts\n")
    assert known_hosts(network) == text
    network.nothing_is_written()


def test_without_write_the_lines_are_printed_as_known_hosts_takes_them(
    network: Shell, fleet: Fleet, tmp_path: Path
) -> None:
    answer = hostkeys(network, "scan", "core-ios", "core-eos")
    lines = answer.out.splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        fleet["core-eos"].known_hosts_line, fleet["core-ios"].known_hosts_line,
    ]  # fmt: skip
    assert known_hosts(network) == "# compared by Ada\n"
    (tmp_path / "printed").write_text(answer.out)
    listed = subprocess.run(
        ["ssh-keygen", "-lf", str(tmp_path / "printed")], capture_output=True, text=True, check=True
    ).stdout
    for comment in lines[::2]:
        assert comment.split()[3] in listed


def test_a_changed_key_is_told_and_pinned_only_where_a_person_says_so(network: Shell, fleet: Fleet) -> None:
    hostkeys(network, "scan", "--all", "--write")
    before = known_hosts(network)
    fleet["core-ios"].fault = Fault.WRONG_KEY
    assert standings(network, "verify", "--all", "--worktree") == {
        "core-eos": "ok", "core-ios": "changed", "core-nxos": "ok",
    }  # fmt: skip
    scanned = hostkeys(network, "scan", "--all", "--write")
    assert scanned.status == 3
    assert "CHANGED core-ios: its host key has changed" in scanned.err
    assert scanned.err.count("shown: 256 SHA256:") == scanned.err.count("pinned: 256 SHA256:") == 1
    assert known_hosts(network) == before
    printed = hostkeys(network, "scan", "core-ios", "--worktree")
    assert printed.status == 3
    assert all(line.startswith("#") for line in printed.out.splitlines())
    replaced = hostkeys(network, "scan", "--replace", "core-ios", "--write")
    assert replaced.status == 0, replaced
    lines = list(zip(before.splitlines(), known_hosts(network).splitlines(), strict=True))
    assert len([old for old, new in lines if old != new]) == 2  # the key, and our comment above it
    assert fleet["core-ios"].known_hosts_line not in known_hosts(network)
    assert fleet["core-eos"].known_hosts_line in known_hosts(network)
    assert standings(network, "verify", "--all", "--worktree") == dict.fromkeys(NAMES, "ok")
    assert fleet["core-ios"].login_attempts == 0


def test_a_device_that_cannot_be_reached_fails_alone_and_keeps_its_keys(network: Shell, fleet: Fleet) -> None:
    hostkeys(network, "scan", "--all", "--write")
    before = known_hosts(network)
    fleet["core-ios"].fault = Fault.UNREACHABLE
    answer = hostkeys(network, "scan", "--all", "--write", "--replace", "core-ios")
    assert answer.status == 3
    assert "core-ios: 127.0.0.1 port" in answer.err
    assert known_hosts(network) == before
    verified = hostkeys(network, "verify", "--all", "--worktree")
    assert (verified.status, verified.out) == (3, "3 devices: 2 ok, 1 failed\n")


def test_devices_on_one_address_are_not_unpinned_together(network: Shell, fleet: Fleet) -> None:
    key = fleet["core-eos"].host_key_line
    (network.deployment.inventory / "known_hosts").write_text(f"127.0.0.1 {key}\n")
    answer = hostkeys(network, "scan", "--replace", "core-ios", "--write")
    answer.is_refusal(2, "core-ios", "shares its address", "by hand")
    assert known_hosts(network) == f"127.0.0.1 {key}\n"


def test_telnet_and_jump_hosts_are_told_apart(network: Shell, fleet: Fleet) -> None:
    lines = (network.deployment.inventory / "devices" / "all.yaml").read_text().splitlines()
    more = {"core-ios": "transport: telnet", "core-eos": "jump: bastion"}
    text = "\n".join(
        line.replace("}", f", {more[name]}}}") if (name := line.partition(":")[0]) in more else line
        for line in lines
    )
    network.deployment.write(
        devices__all=text + "\n", jump_hosts="bastion: {address: 127.0.0.1, credential: lab}\n"
    )
    assert standings(network, "scan", "--all") == {
        "core-eos": "failed", "core-ios": "none", "core-nxos": "new",
    }  # fmt: skip
    answer = hostkeys(network, "scan", "--all")
    assert answer.status == 3
    assert "core-eos: it is behind a jump host; look with --via-worker" in answer.err
    assert fleet["core-ios"].connections == fleet["core-eos"].connections == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["scan"], ("name devices, or give --group, --missing or --all",)),
        (["verify"], ("name devices, or give --group or --all",)),
        (["scan", "core-io"], ("no device 'core-io'", "did you mean 'core-ios'?")),
        (["scan", "x\ny"], ("no device 'x\\ny'",)),
        (["verify", "--group", "cor"], ("no group 'cor'",)),
        (["scan", "--all", "--replace", "core-ios"], ("--write",)),
        (["scan", "--all", "--write", "--ref", "HEAD"], ("--ref",)),
        (["scan", "--replace", "nobody", "--write"], ("no device 'nobody'",)),
    ],
)
def test_what_makes_no_sense_is_refused(network: Shell, arguments: list[str], words: tuple[str, ...]) -> None:
    hostkeys(network, *arguments).is_refusal(2, *words)


@pytest.mark.parametrize("command", ["scan", "verify"])
def test_files_that_are_not_committed_and_not_read_are_told(network: Shell, command: str) -> None:
    note = "note: there are changes that are not committed; --worktree reads them\n"
    assert note not in hostkeys(network, command, "core-ios").err
    (network.deployment.inventory / "known_hosts").write_text("# compared by Grace\n")
    assert hostkeys(network, command, "core-ios").err.startswith(note)
    assert note not in hostkeys(network, command, "core-ios", "--worktree").err
    assert note not in hostkeys(network, command, "core-ios", "--ref", "HEAD~0").err
    assert note not in hostkeys(network, command, "core-ios", "--output", "json").err


def test_what_is_written_needs_no_note(network: Shell) -> None:
    (network.deployment.inventory / "known_hosts").write_text("# compared by Grace\n")
    answer = hostkeys(network, "scan", "--all", "--write")
    assert (answer.status, answer.err) == (0, "")


def test_a_known_hosts_that_is_a_link_is_left_alone(network: Shell, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    path = network.deployment.inventory / "known_hosts"
    path.unlink()
    path.symlink_to(tmp_path / "mine")
    answer = hostkeys(network, "scan", "--all", "--write")
    assert answer.status == 1
    assert (tmp_path / "mine").read_text() == ""


def test_a_damaged_known_hosts_is_told_with_its_line(network: Shell) -> None:
    (network.deployment.inventory / "known_hosts").write_text("* ssh-ed25519 AAAA\n")
    hostkeys(network, "scan", "--all", "--write").is_refusal(1, "known_hosts:1")
    assert known_hosts(network) == "* ssh-ed25519 AAAA\n"


@pytest.fixture
def bastion(tmp_path: Path) -> Iterator[Sshd]:
    with Sshd(tmp_path / "bastion") as server:
        yield server


def by_worker(deployment: Deployment, *arguments: str, expect: int = 0) -> dict[str, dict[str, Any]]:
    report = json.loads(deployment.cli("hostkeys", *arguments, "--output", "json", expect=expect))
    return {finding["device"]: finding for finding in report["devices"]}


def test_a_worker_looks_through_its_jump_hosts(shell: Shell, fleet: Fleet, bastion: Sshd) -> None:
    deployment = shell.deployment
    for path in deployment.inventory.rglob("*.yaml"):
        path.unlink()
    deployment.write_fleet(
        list(fleet),
        credentials=(
            "lab: {username: backup, password: env:LAB_PASSWORD}\n"
            f"bastion: {{username: {bastion.user}, private_key: 'file:{bastion.client_key}'}}\n"
        ),
        jump_hosts=f"bastion: {{address: 127.0.0.1, port: {bastion.port}, credential: bastion}}\n",
        groups="core: {queue_id: core, jump: bastion}\n",
        known_hosts=f"bastion {bastion.host_key}\n",
    )
    with deployment.running("worker-core"):
        report = by_worker(deployment, "scan", "--all", "--via-worker", "--write")
        assert {name: finding["standing"] for name, finding in report.items()} == dict.fromkeys(NAMES, "new")
        verified = by_worker(deployment, "verify", "--all", "--via-worker", "--worktree")
        assert {finding["standing"] for finding in verified.values()} == {"ok"}
        bastion.stop()
        failed = by_worker(deployment, "verify", "core-ios", "--via-worker", "--worktree", expect=3)
        assert failed["core-ios"]["reason"] == "unreachable"
    for device in fleet:
        assert device.known_hosts_line in known_hosts(shell)
        assert device.connections == 4  # one for each kind of key, and one to verify
        assert device.login_attempts == device.sessions == 0
