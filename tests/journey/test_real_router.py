"""A real network operating system behind a real SSH server, through the whole pipeline into Git."""

from __future__ import annotations

import pytest

from tests.journey.deployment import Deployment
from tests.servers.frr import FrrRouter

SECRET = "s3cret-of-the-session"
PATH = "lab/frr1.cfg"


@pytest.fixture
def lab(deployment: Deployment, frr_router: FrrRouter) -> Deployment:
    """An inventory of the one router: its pinned key, and a private key by reference to a file."""
    key = deployment.folder / "client_key"
    key.write_text(frr_router.private_key)
    key.chmod(0o600)
    deployment.write(
        devicevault="version: 1\ndefaults: {credential: lab, timeout: 30}\n",
        groups="lab: {}\n",
        credentials=f"lab: {{username: {frr_router.username}, private_key: 'file:{key}'}}\n",
        devices__lab=(
            f"frr1: {{address: {frr_router.address}, port: {frr_router.port}, group: lab, "
            "platform: linux_frr}\n"
        ),
        known_hosts=f"[{frr_router.address}]:{frr_router.port} {frr_router.host_key}\n",
    )
    return deployment


def kept_of(said: str) -> list[str]:
    """vtysh's answer as Git shall hold it: without what only announces it, and without the secret."""
    body = said.partition("Current configuration:\n")[2].strip("\n")
    return body.replace(f"password {SECRET}", "password <hidden>").splitlines()


def test_what_the_router_says_is_what_git_holds_and_a_diff_is_exactly_the_change(
    lab: Deployment, frr_router: FrrRouter
) -> None:
    with lab.running("consumer", "worker-default"):
        first = lab.collect("--all")["frr1"]
        assert (first["status"], first["changed"], first["path"]) == ("success", True, PATH)
        said = frr_router.vtysh("show running-config")
        assert said.count(SECRET) == 1
        assert lab.configs("show", f"{first['commit']}:{PATH}").splitlines() == kept_of(said)

        frr_router.vtysh(
            "configure terminal", "router bgp 65001", "neighbor 192.0.2.9 description upstream",
            "exit", "ip route 198.51.100.0/24 blackhole",
        )  # fmt: skip
        second = lab.collect("--all")["frr1"]
        assert (second["status"], second["changed"]) == ("success", True)
        diff = lab.configs("diff", "-U0", first["commit"], second["commit"], "--", PATH).splitlines()
        assert [line for line in diff if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
            "+ip route 198.51.100.0/24 blackhole",
            "+!",
            "- neighbor 192.0.2.9 description transit",
            "+ neighbor 192.0.2.9 description upstream",
        ]
        assert lab.configs("diff", "--name-only", first["commit"], second["commit"]).split() == [PATH]

        third = lab.collect("--all")["frr1"]
        assert (third["status"], third["changed"], third["commit"]) == ("success", False, second["commit"])
        held = lab.configs("show", f"{third['commit']}:{PATH}").splitlines()
        assert held == kept_of(frr_router.vtysh("show running-config"))
    assert lab.configs("rev-list", "--count", "main").strip() == "2"
    assert SECRET not in lab.configs("log", "-p", "--all")
    assert lab.configs("log", "-1", "--format=%s").strip() == "frr1: +3 −1"
    lab.configs("fsck", "--strict", "--full")


def test_a_router_whose_key_is_not_the_pinned_one_is_not_logged_in_to(
    lab: Deployment, frr_router: FrrRouter
) -> None:
    kind, _ = frr_router.host_key.split()
    other = "AAAAC3NzaC1lZDI1NTE5AAAAIJc9fS3m9JyQvYV0m6Zz3m1mS2s1yqk0m9e0q5o8Xc2N"
    lab.write(known_hosts=f"[{frr_router.address}]:{frr_router.port} {kind} {other}\n")
    with lab.running("consumer", "worker-default"):
        row = lab.collect("--all", expect=3)["frr1"]
    assert row["reason"] == "host_key"
    assert "Accepted publickey" not in (frr_router.folder / "sshd.log").read_text()
