"""A Git host: a bare repository behind OpenSSH, as GitHub or GitLab serve one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.processes import require
from tests.servers.sshd import Sshd
from tests.support.git import git


@dataclass
class GitHost:
    """One repository at `url`, `repo` on disk; between `stop` and `start` it is unreachable."""

    sshd: Sshd
    repo: Path

    @property
    def url(self) -> str:
        """`ssh://user@127.0.0.1:port/path`."""
        return f"ssh://{self.sshd.user}@127.0.0.1:{self.sshd.port}{self.repo}"

    @property
    def private_key(self) -> Path:
        """The key file that may push."""
        return self.sshd.client_key

    @property
    def known_hosts(self) -> Path:
        """A known_hosts file with the host's key."""
        return self.sshd.known_hosts

    @property
    def ssh_command(self) -> str:
        """GIT_SSH_COMMAND for a plain `git`."""
        return (
            f"ssh -F none -i {self.private_key} -o IdentitiesOnly=yes -o BatchMode=yes "
            f"-o UserKnownHostsFile={self.known_hosts} -o StrictHostKeyChecking=yes"
        )

    def git(self, *args: str) -> str:
        """Run git in the host's own repository: `git("log", "--format=%s", "main")`."""
        return git(self.repo, *args)

    def start(self) -> None:
        """Serve."""
        self.sshd.start()

    def stop(self) -> None:
        """Refuse every connection and drop the open ones."""
        self.sshd.stop()


@pytest.fixture
def git_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    require("git", "git")
    folder = tmp_path_factory.mktemp("git-host")
    repo = folder / "configs.git"
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(repo))
    git(repo, "config", "receive.fsckObjects", "true")
    # The session is the same user's: keep that user's own Git settings out of the host.
    sshd = Sshd(folder, settings={"SetEnv": "GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1"})
    host = GitHost(sshd, repo)
    try:
        host.start()
        yield host
    finally:
        host.stop()
