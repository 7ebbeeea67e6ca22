"""All workflows, ours and those that `init` writes: right, safe, and with no step that no test executes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.markdown import ROOT
from tests.servers.processes import require
from tests.workflows.expressions import Expressions
from tests.workflows.github import GitHub, run_steps, workflow
from tests.workflows.network import Network

OURS = ROOT / ".github" / "workflows"
LINT = ROOT / ".ci" / "lint-workflows"
PIN = re.compile(r"uses: ([a-z]+/[a-z-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")


def lint(repo: Path, **env: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if name != "DEVICEVAULT_REQUIRE_ALL"} | env
    return subprocess.run(
        ["bash", LINT, repo], env=variables, capture_output=True, text=True, timeout=120, check=False
    )


def test_every_check_passes(network: Network) -> None:
    require("npm", "npm")
    done = lint(network.repo)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left out" not in done.stderr


@pytest.mark.parametrize(
    ("right", "wrong", "checker"),
    [
        ("runs-on: ubuntu-latest", "runs-on:", "Schema validation errors"),
        ("checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "checkout@v4", "unpinned-uses"),
        ("$(git rev-parse HEAD^1)", "${{ github.event.pull_request.title }}", "template-injection"),
        ("steps.base.outputs.commit", "steps.bose.outputs.commit", 'property "bose" is not defined'),
    ],
)
def test_each_checker_finds_what_it_is_there_for(
    network: Network, right: str, wrong: str, checker: str
) -> None:
    require("npm", "npm")
    path = network.repo / ".github" / "workflows" / "inventory.yml"
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong, 1))
    done = lint(network.repo)
    assert done.returncode != 0
    assert checker in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "right", "wrong", "checker"),
    [
        ("ISSUE_TEMPLATE/bug.yml", "type: textarea", "type: textbox", "Schema validation errors"),
        ("dependabot.yml", "interval: weekly", "interval: often", "Schema validation errors"),
        ("dependabot.yml", "default-days: 7", "default-days: 1", "dependabot-cooldown"),
    ],
)
def test_forms_and_updates_are_checked_as_well(
    tmp_path: Path, file: str, right: str, wrong: str, checker: str
) -> None:
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    path = tmp_path / ".github" / file
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong))
    done = lint(tmp_path)
    assert done.returncode != 0
    assert checker in done.stdout + done.stderr


def test_the_hooks_before_a_commit_are_what_make_lint_runs() -> None:
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    recipe = re.search(r"^lint: setup\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    text = " ".join(recipe[1].replace("\\\n", " ").replace('"$(BIN)/', ".venv/bin/").replace('"', "").split())
    assert text.split(" && ")[1:] == [hook["entry"] for hook in repos[0]["hooks"]]


def test_without_npm_one_checker_is_left_out_and_in_ci_that_is_a_failure(
    network: Network, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname"):
        (programs / name).symlink_to(shutil.which(name) or "")
    without = lint(network.repo, PATH=str(programs))
    assert without.returncode == 0, without.stderr
    assert "actionlint was left out" in without.stderr
    in_ci = lint(network.repo, PATH=str(programs), DEVICEVAULT_REQUIRE_ALL="1")
    assert in_ci.returncode == 1
    assert "apt-get install npm" in in_ci.stderr


def test_every_action_is_pinned_by_one_commit_and_tells_its_version() -> None:
    pins: dict[str, set[str]] = {}
    for path in OURS.glob("*.yml"):
        text = path.read_text()
        found = PIN.findall(text)
        assert len(found) == len(re.findall(r"^ *(?:- )?uses:", text, re.MULTILINE)), path
        for name, commit, version in found:
            pins.setdefault(name, set()).add(f"{commit} {version}")
    assert {len(versions) for versions in pins.values()} == {1}, pins


def _triggers(found: dict[str, Any]) -> set[str]:
    return set(found["on"])


def test_a_pull_request_meets_no_secret_and_no_right_to_write_where_its_code_runs() -> None:
    for path in OURS.glob("*.yml"):
        found, text = workflow(path), path.read_text()
        assert "secrets." not in text
        assert not _triggers(found) & {"pull_request_target", "workflow_run", "issue_comment"}
        for name, job in found["jobs"].items():
            allowed = job.get("permissions", found["permissions"])
            if any(step.get("uses", "").startswith("actions/checkout@") for step in job["steps"]):
                assert allowed == {"contents": "read"}, (path, name)
            elif path.name == "release.yml":  # which no pull request starts: see test_releases
                assert (name, allowed) == ("publish", {"id-token": "write"})
            else:
                assert allowed == {"pull-requests": "write"}, (path, name)


def test_a_run_that_is_waiting_is_never_cancelled_but_by_a_newer_look_at_the_same() -> None:
    found = workflow(OURS / "collect.yml")
    assert found["concurrency"]["cancel-in-progress"] is False
    group = found["concurrency"]["group"]

    def group_of(event: str, run: str) -> str:
        contexts = {"github": {"event_name": event, "run_id": run}}
        return Expressions(contexts).text(group)

    assert group_of("schedule", "1") == group_of("schedule", "2")
    # Of two waiting runs of one group the host keeps the newer: what a person asked for must not be that.
    assert len({group_of("workflow_dispatch", "1"), group_of("workflow_dispatch", "2")}) == 2
    [slots] = found["on"]["schedule"]
    minutes = [int(minute) for minute in slots["cron"].split()[0].split(",")]
    assert all(minute % 5 for minute in minutes)


def test_the_check_of_every_push_runs_the_script_that_anybody_can_run(tmp_path: Path) -> None:
    network = tmp_path / "network"
    subprocess.run(["git", "init", "-q", "-b", "main", network], check=True)
    script = network / ".ci" / "run"
    script.parent.mkdir()
    script.write_text('record bash .ci/run "$@"\n')
    commit = ["git", "-C", str(network), "-c", "user.name=Ada", "-c", "user.email=ada@example.net"]
    subprocess.run([*commit, "add", "."], check=True)
    subprocess.run([*commit, "commit", "-qm", "x"], check=True)
    found = workflow(OURS / "ci.yml")
    jobs = GitHub(tmp_path, network, "push", {}).run(found)
    assert {(name, step) for name, job in jobs.items() for step in job.output} == run_steps(found)
    assert jobs["ubuntu"].calls == [
        ["sudo", "sysctl", "--ignore", "--write", "kernel.apparmor_restrict_unprivileged_userns=0"],
        ["bash", ".ci/run"],
    ]
    assert jobs["debian"].calls == [
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", "ca-certificates", "git"],
        ["bash", ".ci/run"],
    ]


def test_every_workflow_has_a_test_that_executes_its_steps() -> None:
    assert {path.name for path in OURS.glob("*.yml")} == {
        "ci.yml",  # above
        "collect.yml",  # test_collections
        "inventory.yml",  # test_pull_requests
        "probe.yml",  # test_probes
        "release.yml",  # test_releases
    }
