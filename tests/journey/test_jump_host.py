"""A device that only a jump host can reach: OpenSSH forwards, each hop with its own key and credential."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.deployment import Deployment, lab_fleet
from tests.servers.sshd import Sshd


@pytest.fixture
def bastion(tmp_path: Path) -> Iterator[Sshd]:
    with Sshd(tmp_path / "bastion") as server:
        yield server


def files(bastion: Sshd) -> dict[str, str]:
    return {
        "credentials": (
            "lab: {username: backup, password: env:LAB_PASSWORD, enable_password: env:LAB_ENABLE}\n"
            f"bastion: {{username: {bastion.user}, private_key: 'file:{bastion.client_key}'}}\n"
        ),
        "jump_hosts": f"bastion: {{address: 127.0.0.1, port: {bastion.port}, credential: bastion}}\n",
        "groups": "core: {queue_id: core, jump: bastion}\n",
    }


def test_a_device_behind_a_jump_host_is_backed_up(deployment: Deployment, bastion: Sshd) -> None:
    with lab_fleet("core-ios") as fleet:
        known = f"{fleet['core-ios'].known_hosts_line}\nbastion {bastion.host_key}\n"
        deployment.write_fleet(list(fleet), **files(bastion), known_hosts=known)
        with deployment.running("consumer", "worker-core"):
            row = deployment.collect("--all")["core-ios"]
            assert row["status"] == "success"
            bastion.stop()
            assert deployment.collect("--all", expect=3)["core-ios"]["reason"] == "unreachable"
        assert fleet["core-ios"].sessions == 1


def test_a_jump_host_without_a_pinned_key_is_not_logged_in_to(deployment: Deployment, bastion: Sshd) -> None:
    with lab_fleet("core-ios") as fleet:
        deployment.write_fleet(list(fleet), **files(bastion))
        with deployment.running("consumer", "worker-core"):
            row = deployment.collect("--all", expect=3)["core-ios"]
        assert row["reason"] == "host_key"
        assert "jump" in row["log"][-1]["message"]
        assert fleet["core-ios"].connections == 0
