"""Whoever has a login on this machine or at the Git host: reads nothing, runs nothing, is found out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.audit.doctor import Finding, examine
from pipeline.errors import StateError
from pipeline.store.git.program import git_output
from pipeline.store.git.repack import repack
from tests.journey.deployment import Deployment
from tests.servers.git_host import GitHost
from tests.support.git import git
from tests.support.waiting import until

CONFIG = "core/core-ios.cfg"


@pytest.fixture
def backed_up(guarded: Deployment) -> Deployment:
    """With a backup of each device, whose commits the store has signed."""
    with guarded.running("worker-core", "consumer"):
        guarded.collect("--all")
    return guarded


def found(deployment: Deployment, check: str) -> Finding:
    return next(finding for finding in examine(deployment.settings) if finding.check == check)


def rewrite(
    deployment: Deployment, onto: str, text: str = "hostname owned\n", message: str = "core-ios: +1"
) -> str:
    """Put a commit with another configuration on top of `onto`, as the consumer's author; its id."""
    repo = deployment.settings.configs_path
    work = deployment.folder / "work"
    if not work.exists():
        git(deployment.folder, "clone", "-q", str(repo), str(work))
    git(work, "fetch", "-q")
    git(work, "checkout", "-q", "--detach", onto)
    (work / CONFIG).write_text(text)
    me = ("-c", "user.name=DeviceVault", "-c", "user.email=devicevault@localhost")
    git(work, *me, "commit", "-qam", message)
    git(work, "push", "-q", "--force", "origin", "HEAD:main")
    return git(work, "rev-parse", "HEAD").strip()


class Trap:
    """A program that notes that it ran, and a configs repo that names it wherever Git can run one."""

    def __init__(self, folder: Path) -> None:
        self.noted = folder / "noted"
        self.program = folder / "trap"
        self.program.write_text(f'#!/bin/sh\necho "$0 $*" >>{self.noted}\nexit 1\n')
        self.program.chmod(0o755)

    def springs(self) -> bool:
        """Whether it ran since it was asked for the last time."""
        ran = self.noted.exists()
        self.noted.unlink(missing_ok=True)
        return ran

    def lay(self, repo: Path, remote: str) -> None:
        run = str(self.program)
        settings = {
            **dict.fromkeys(RUN, run),
            "core.hooksPath": str(repo / "hooks"),
            "credential.helper": f"!{run}",
            "alias.show": f"!{run}", "alias.diff": f"!{run}", "alias.log": f"!{run}", "alias.push": f"!{run}",
            "alias.repack": f"!{run}",
            f"url.ext::{run} %S .insteadOf": remote,
            "protocol.ext.allow": "always", "protocol.allow": "always",
            "remote.evil.url": f"ext::{run} %S /", "remote.evil.promisor": "true",
            "remote.origin.url": remote, "remote.origin.receivepack": run, "remote.origin.uploadpack": run,
            "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
            "log.showSignature": "true", "gpg.format": "ssh", "push.gpgSign": "if-asked",
            "diff.trap.binary": "true",
            "core.attributesFile": str(repo / "info" / "attributes"), "safe.directory": "*",
        }  # fmt: skip
        included = repo / "included"
        for number, (name, value) in enumerate(settings.items()):
            # One half of them by way of an include.
            git(repo, "config", "--file", str(included if number % 2 else repo / "config"), name, value)
        git(repo, "config", "--file", str(repo / "config"), "include.path", "included")
        (repo / "info").mkdir(exist_ok=True)
        (repo / "info" / "attributes").write_text("* diff=trap filter=trap merge=trap\n")
        (repo / "hooks").mkdir(exist_ok=True)
        for hook in HOOKS:
            (repo / "hooks" / hook).unlink(missing_ok=True)
            (repo / "hooks" / hook).symlink_to(self.program)


RUN = (
    "core.fsmonitor", "core.pager", "core.sshCommand", "core.askPass", "core.editor", "core.gitProxy",
    "core.alternateRefsCommand", "diff.external", "diff.trap.textconv", "diff.trap.command", "diff.tool",
    "filter.trap.clean", "filter.trap.smudge", "filter.trap.process", "merge.trap.driver", "pager.show",
    "pager.diff", "pager.log", "interactive.diffFilter", "gpg.program", "gpg.ssh.program",
    "gpg.openpgp.program", "gpg.ssh.defaultKeyCommand", "uploadpack.packObjectsHook", "sequence.editor",
    "trailer.trap.command",
    "difftool.trap.cmd", "gc.recentObjectsHook",
)  # fmt: skip
HOOKS = (
    "pre-push", "reference-transaction", "post-index-change", "pre-auto-gc", "post-checkout", "post-commit",
    "pre-commit", "commit-msg", "fsmonitor-watchman", "update", "pre-receive", "post-receive", "post-update",
    "proc-receive", "push-to-checkout", "post-rewrite",
)  # fmt: skip

pytestmark = pytest.mark.parametrize("on_each_broker", ["valkey"], indirect=True)


def test_history_as_the_store_wrote_it_is_well(backed_up: Deployment) -> None:
    assert found(backed_up, "commits").verdict == "ok"
    assert found(backed_up, "commits").found == "2 newest commits signed by the store"
    allowed = backed_up.folder / "allowed"
    allowed.write_text(backed_up.cli("keys", "allowed-signers"))
    backed_up.configs("-c", f"gpg.ssh.allowedSignersFile={allowed}", "verify-commit", "main", "main~1")


def test_a_commit_of_somebody_else_is_found_out(backed_up: Deployment) -> None:
    forged = rewrite(backed_up, "origin/main")
    finding = found(backed_up, "commits")
    assert (finding.verdict, forged[:10] in finding.found) == ("problem", True)
    backed_up.cli("doctor", expect=1)


def test_it_stays_found_out_when_the_store_commits_on_top(backed_up: Deployment) -> None:
    forged = rewrite(backed_up, "origin/main")
    with backed_up.running("worker-core", "consumer"):
        assert backed_up.collect("core-ios")["core-ios"]["changed"]
    finding = found(backed_up, "commits")
    assert finding.verdict == "problem"
    assert forged[:10] in finding.found


def test_a_rewritten_history_is_found_out(backed_up: Deployment) -> None:
    repo = backed_up.settings.configs_path
    # All of it anew, with no signature to be seen.
    rebuilt = git(repo, "commit-tree", "-m", "core-ios: first backup", "main^{tree}")
    git(repo, "update-ref", "refs/heads/main", rebuilt.strip())
    assert found(backed_up, "configs repo").verdict == "problem"


def test_a_history_that_was_set_back_is_found_out(backed_up: Deployment) -> None:
    backed_up.configs("update-ref", "refs/heads/main", "main~1")
    finding = found(backed_up, "configs repo")
    assert finding.verdict == "problem"
    assert "the branch main does not hold what was stored there" in finding.found


def test_what_a_configs_repo_names_is_never_run(backed_up: Deployment, git_host: GitHost) -> None:
    repo, trap = backed_up.settings.configs_path, Trap(backed_up.folder)
    rewrite(backed_up, "origin/main", "hostname two\n")
    work = backed_up.folder / "work"
    (work / ".gitattributes").write_text("* diff=trap filter=trap\n")
    git(work, "add", ".")
    git(work, "commit", "-qm", "attributes")
    git(work, "push", "-q", "origin", "HEAD:main")
    trap.lay(repo, git_host.url)
    for arguments in ("show main", "diff main~1 main", "ls-remote origin"):
        subprocess.run(["git", "-C", repo, *arguments.split()], check=False, capture_output=True)
        assert trap.springs(), f"the trap is none for {arguments}"

    backed_up.settings = backed_up.settings.model_copy(
        update={
            "push_url": git_host.url,
            "push_ssh_key": git_host.private_key,
            "push_known_hosts": git_host.known_hosts,
        }
    )
    with backed_up.running("worker-core", "consumer"):
        first = backed_up.collect("core-ios", "core-nxos")["core-ios"]["task_identifier"]
        second = backed_up.collect("core-ios")["core-ios"]["task_identifier"]
        head = backed_up.configs("rev-parse", "main")
        until(lambda: git_host.git("for-each-ref", "--format=%(objectname)") == head)
    for status, command in (
        (0, "show core-ios"), (0, "show core-ios --config"), (0, "log core-ios"), (0, "diff core-ios"),
        (0, f"diff {first} {second}"), (0, "status"), (0, "drift --all"), (2, "accept core-ios"),
        (1, "doctor"),
        (0, "consume --until-empty"), (2, "restore core-ios --identity nobody"),
    ):  # fmt: skip
        backed_up.cli(*command.split(), expect=status)
        assert not trap.springs(), command
    # dulwich refuses this one.
    git(repo, "config", "--file", str(repo / "config"), "extensions.partialClone", "evil")
    assert "partialClone" in backed_up.cli("consume", "--until-empty", expect=1)
    assert repack(repo)
    git_output(repo, "log", "--stat", "-p", "--show-signature", head.strip())
    with pytest.raises(StateError):
        git_output(repo, "show", "f" * 40)
    assert not trap.springs()
