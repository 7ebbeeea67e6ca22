"""The workflow `release`: a tag that is the version is built, tried and published, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.markdown import ROOT
from tests.support.git import git
from tests.workflows.github import GitHub, run_steps, workflow

RELEASE = ROOT / ".github" / "workflows" / "release.yml"
FILES = ["devicevault-1.2.3-py3-none-any.whl", "devicevault-1.2.3.tar.gz"]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """The project at version 1.2.3, with a changelog that tells of it."""
    repo = tmp_path / "project"
    (repo / ".ci").mkdir(parents=True)
    (repo / "pyproject.toml").write_text('[project]\nname = "devicevault"\nversion = "1.2.3"\n')
    (repo / "CHANGELOG.md").write_text("## [Unreleased]\n\n## [1.2.3] - 2026-01-31\n")
    (repo / ".ci" / "check-wheel").write_text('record check-wheel "$@"\n')
    git(repo, "init", "--quiet")
    commit(repo)
    return repo


def commit(repo: Path) -> None:
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--message", "Release")


def push_tag(repo: Path, tag: str) -> GitHub:
    git(repo, "tag", "--annotate", "--message", tag, tag)
    return GitHub(repo.parent, repo, "push", {}, ref=f"refs/tags/{tag}")


def test_a_tag_that_is_the_version_is_built_tried_and_published(repo: Path) -> None:
    host = push_tag(repo, "v1.2.3")
    found = workflow(RELEASE)
    jobs = host.run(found)
    assert {name: job.status for name, job in jobs.items()} == {"build": "success", "publish": "success"}
    assert jobs["build"].calls == [["make", "dist"], ["check-wheel", f"dist/{FILES[0]}"]]
    assert jobs["publish"].calls == []
    assert sorted(host.published) == FILES
    assert {(name, step) for name, job in jobs.items() for step in job.output} == run_steps(found)


@pytest.mark.parametrize("tag", ["v1.2.4", "v1.2", "v1.2.3-rc1", "vnext"])
def test_a_tag_that_is_not_the_version_publishes_nothing(repo: Path, tag: str) -> None:
    host = push_tag(repo, tag)
    jobs = host.run(workflow(RELEASE))
    assert jobs["build"].status == "failure"
    assert "publish" not in jobs
    assert "the version is 1.2.3" in "".join(jobs["build"].output.values())
    assert host.published == {}


def test_a_version_that_the_changelog_does_not_tell_of_publishes_nothing(repo: Path) -> None:
    (repo / "CHANGELOG.md").write_text("## [Unreleased]\n")
    commit(repo)
    host = push_tag(repo, "v1.2.3")
    jobs = host.run(workflow(RELEASE))
    assert "There is no section [1.2.3] with a date" in "".join(jobs["build"].output.values())
    assert host.published == {}


def test_a_wheel_that_does_not_work_is_not_published(repo: Path) -> None:
    (repo / ".ci" / "check-wheel").write_text("exit 1\n")
    commit(repo)
    host = push_tag(repo, "v1.2.3")
    assert host.run(workflow(RELEASE)).keys() == {"build"}
    assert host.published == {}


def test_only_a_tag_publishes_and_the_job_that_does_so_runs_no_code_of_ours() -> None:
    found = workflow(RELEASE)
    assert found["on"] == {"push": {"tags": ["v*"]}}
    assert found["permissions"] == {}
    rights = {name: job["permissions"] for name, job in found["jobs"].items()}
    assert rights == {"build": {"contents": "read"}, "publish": {"id-token": "write"}}
    publish = found["jobs"]["publish"]
    assert publish["environment"] == "pypi"
    assert not any("run" in step for step in publish["steps"])
