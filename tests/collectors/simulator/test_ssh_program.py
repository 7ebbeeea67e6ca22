"""The OpenSSH client gets along with simulated devices, as does the person in front of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from collectors.simulator import Fault, Fleet, Personality, SimulatedDevice
from collectors.simulator.personalities import CISCO_IOS, PERSONALITIES
from tests.collectors.simulator.client import device

SSH = shutil.which("ssh")
pytestmark = pytest.mark.skipif(SSH is None, reason="no ssh program here; apt-get install openssh-client")


def ssh(
    folder: Path, to: SimulatedDevice, *command: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run ssh with the device's key pinned and its password given by SSH_ASKPASS."""
    known_hosts, askpass = folder / "known_hosts", folder / "askpass"
    known_hosts.write_text(f"{to.known_hosts_line}\n")
    askpass.write_text("#!/bin/sh\necho right\n")
    askpass.chmod(0o700)
    assert SSH
    options = (
        "StrictHostKeyChecking=yes",
        f"UserKnownHostsFile={known_hosts}",
        "GlobalKnownHostsFile=/dev/null",
        "PreferredAuthentications=password",
        "NumberOfPasswordPrompts=1",
    )
    return subprocess.run(
        [SSH, "-F", "none", "-p", str(to.port), *(f"-o{option}" for option in options)]
        + ([] if command else ["-tt"])
        + [f"backup@{to.address}", *command],
        input=typed,
        env={**os.environ, "SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"},
        start_new_session=True,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("personality", PERSONALITIES.values(), ids=PERSONALITIES)
def test_ssh_runs_the_configuration_command(tmp_path: Path, personality: Personality) -> None:
    with Fleet([device(personality=personality)]) as fleet:
        done = ssh(tmp_path, fleet["sw1"], personality.config[0])
    assert done.returncode == 0, done.stderr
    assert "name STAFF" in done.stdout


def test_a_person_can_log_in_look_around_and_leave(tmp_path: Path) -> None:
    with Fleet([device(personality=CISCO_IOS)]) as fleet:
        done = ssh(tmp_path, fleet["sw1"], typed="sh run\rexit\r")
        assert list(fleet["sw1"].commands) == ["sh run", "exit"]
    assert done.returncode == 0, done.stderr
    assert "Authorised access only" in done.stderr
    assert "sw1#sh run" in done.stdout
    assert done.stdout.rstrip().endswith("sw1#exit")


def test_ssh_offers_no_password_to_a_changed_key(tmp_path: Path) -> None:
    with Fleet([device()]) as fleet:
        fleet["sw1"].fault = Fault.WRONG_KEY
        done = ssh(tmp_path, fleet["sw1"], "show running-config")
        assert fleet["sw1"].login_attempts == 0
    assert done.returncode == 255
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr
