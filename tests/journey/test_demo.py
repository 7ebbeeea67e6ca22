"""`devicevault demo`, as a newcomer runs it."""

from __future__ import annotations

import fcntl
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.processes import mentioning
from tests.support.git import git

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """The demo's addresses are fixed: of several test processes one at a time may use them."""
    with (ROOT / "inventory" / "devicevault.yaml").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def demo(state: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline.cli.main", "demo"]
    arguments = ["--inventory", str(ROOT / "inventory"), "--state-dir", str(state)]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120)


def test_the_demo_backs_a_network_up_twice_and_shows_what_changed(tmp_path: Path) -> None:
    done = demo(tmp_path / "state")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "18 backups: 18 changed" in done.stdout
    assert "18 backups: 4 changed, 12 unchanged, 2 failed" in done.stdout
    assert "+vlan 50" in done.stdout or "+ permit icmp host 198.51.100.245 any echo" in done.stdout
    for device, reason in (("dc-leaf2", "truncated"), ("hamburg-rtr1", "unreachable")):
        assert f"  {device}: {reason}: " in done.stdout
    repo = tmp_path / "state" / "configs.git"
    assert len(git(repo, "log", "--format=%s").splitlines()) == 22
    git(repo, "fsck", "--strict", "--full")
    assert mentioning(tmp_path) == []
    again = demo(tmp_path / "state")
    assert again.returncode == 0, again.stderr


def test_the_demo_touches_nothing_that_is_not_a_demo(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    done = demo(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"error: {tmp_path} is not a demo's; give an empty or missing directory with --state-dir"
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_a_port_that_is_in_use_is_named_and_nothing_is_left_running(tmp_path: Path) -> None:
    with socket.create_server(("127.77.0.11", 10022)):
        done = demo(tmp_path / "state")
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        [
            "error: core-sw1: cannot listen on 127.77.0.11:10022: Address already in use; "
            "is another demo running?"
        ],
    )
    assert mentioning(tmp_path) == []
