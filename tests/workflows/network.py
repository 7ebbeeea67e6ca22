"""An inventory repository on a Git host, with our own workflows or with those that `init` writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.scaffold.repository import contents
from tests.docs.markdown import ROOT
from tests.support.git import git
from tests.workflows.github import REPOSITORY, GitHub, workflow

REQUIREMENT = "devicevault==9.9"


@dataclass(frozen=True, slots=True)
class Network:
    """The repository, with a branch `main`. `kind` says whose workflows it has: `ours` or `scaffold`."""

    kind: str
    folder: Path
    repo: Path

    def workflow(self, name: str) -> dict[str, Any]:
        return workflow(self.repo / ".github" / "workflows" / name)

    def commit(self, files: Mapping[str, str], message: str = "change") -> str:
        for name, text in files.items():
            (self.repo / name).parent.mkdir(parents=True, exist_ok=True)
            (self.repo / name).write_text(text)
        git(self.repo, "add", "--force", "--all")
        git(self.repo, "commit", "--quiet", "--message", message)
        return git(self.repo, "rev-parse", "HEAD").strip()

    def pull_request(self, files: Mapping[str, str], *, source: str = REPOSITORY) -> GitHub:
        """Number 7, with these changes: what the host makes of it, and the event."""
        git(self.repo, "checkout", "--quiet", "-B", "change", "main")
        self.commit(files)
        git(self.repo, "update-ref", "refs/pull/7/head", "HEAD")
        git(self.repo, "checkout", "--quiet", "--detach", "main")
        git(self.repo, "merge", "--quiet", "--no-ff", "--message", "merge", "change")
        git(self.repo, "update-ref", "refs/pull/7/merge", "HEAD")
        git(self.repo, "checkout", "--quiet", "main")
        payload = {"number": 7, "pull_request": {"number": 7, "head": {"repo": {"full_name": source}}}}
        return GitHub(self.folder, self.repo, "pull_request", payload, ref="refs/pull/7/merge")


def lay_out(folder: Path, kind: str) -> Network:
    """A network's repository in `folder`, with the workflows of that kind: `ours` or `scaffold`."""
    repo = folder / "network"
    network = Network(kind, folder, repo)
    repo.mkdir()
    git(repo, "init", "--quiet")
    files = contents(REQUIREMENT)
    if kind == "ours":
        ours = (ROOT / ".github" / "workflows").glob("*.yml")
        files |= {f".github/workflows/{path.name}": path.read_text() for path in ours}
        files[".ci/run"] = 'record bash .ci/run "$@"\n'
    network.commit(files, "Begin the inventory")
    return network


def installs_devicevault(network: Network, calls: list[list[str]]) -> bool:
    """Whether these command lines install DeviceVault as they should, and nothing else."""
    if network.kind == "ours":
        return calls == [["make", "setup"]]
    if not calls:  # it is in the tool cache already
        return True
    [venv, pip] = calls
    return venv[:4] == ["python3", "-m", "venv", "--clear"] and pip == [
        "pip", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--requirement", ".devicevault/requirements.txt",
    ]  # fmt: skip


def device(name: str, address: str = "192.0.2.9") -> str:
    """A device file with one device."""
    text: str = yaml.safe_dump({name: {"address": address, "platform": "cisco_ios", "group": "example"}})
    return text
