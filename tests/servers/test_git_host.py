"""The Git host is a real one: it takes pushes over SSH, from its key only, and can go away."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from pipeline.system.spawn import is_alive
from tests.servers.git_host import GitHost
from tests.servers.processes import descendants, listens


def git(folder: Path, ssh_command: str, *args: str) -> subprocess.CompletedProcess[str]:
    who = {
        f"GIT_{role}_{part}": "test@example" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")
    }
    env = {**os.environ, **who, "GIT_SSH_COMMAND": ssh_command, "GIT_CONFIG_GLOBAL": "/dev/null"}
    return subprocess.run(
        ["git", "-C", str(folder), *args], env=env, capture_output=True, text=True, timeout=30
    )


def commit(folder: Path, git_host: GitHost) -> None:
    for args in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "one"]):
        assert git(folder, git_host.ssh_command, *args).returncode == 0


def test_a_push_over_ssh_arrives(git_host: GitHost, tmp_path: Path) -> None:
    commit(tmp_path, git_host)
    pushed = git(tmp_path, git_host.ssh_command, "push", git_host.url, "main")
    assert pushed.returncode == 0, pushed.stderr
    assert git_host.git("log", "--format=%s", "main") == "one\n"
    read = git(tmp_path, git_host.ssh_command, "ls-remote", git_host.url, "main")
    assert read.stdout.split() == [git_host.git("rev-parse", "main").strip(), "refs/heads/main"]


def test_another_key_is_refused(git_host: GitHost, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")], check=True)
    ssh = git_host.ssh_command.replace(str(git_host.private_key), str(tmp_path / "other"))
    refused = git(git_host.repo, ssh, "ls-remote", git_host.url)
    assert refused.returncode != 0
    assert "Permission denied (publickey)" in refused.stderr


def test_it_can_go_away_and_come_back_at_the_same_address(git_host: GitHost, tmp_path: Path) -> None:
    commit(tmp_path, git_host)
    url = git_host.url
    git_host.stop()
    assert not listens(git_host.sshd.port)
    assert git(tmp_path, git_host.ssh_command, "push", url, "main").returncode != 0
    git_host.start()
    assert git(tmp_path, git_host.ssh_command, "push", url, "main").returncode == 0


def test_stopping_it_drops_open_sessions_and_leaves_no_process(git_host: GitHost) -> None:
    before = set(descendants(os.getpid()))
    session = ["ssh", *git_host.ssh_command.split()[1:], "-p", str(git_host.sshd.port)]
    with subprocess.Popen(
        [*session, f"{git_host.sshd.user}@127.0.0.1", "echo here; sleep 60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"here\n"
        sessions = set(descendants(os.getpid())) - before - {client.pid}
        assert sessions
        git_host.stop()
        assert client.wait(10) != 0
    assert not any(map(is_alive, sessions))
