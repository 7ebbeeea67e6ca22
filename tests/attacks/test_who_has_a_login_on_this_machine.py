"""Whoever has a login on this machine or at the Git host: reads nothing, runs nothing, is found out."""

from __future__ import annotations

import pytest

from pipeline.audit.doctor import Finding, examine
from tests.journey.deployment import Deployment
from tests.support.git import git

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
