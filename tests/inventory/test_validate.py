"""The command `devicevault validate`, run as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.inventory.files import Files


def validate(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline.cli.main", "validate", *map(str, arguments)]
    root = Path(__file__).parents[2]
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("DEVICEVAULT_")}
    return subprocess.run(
        command,
        cwd=root,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_right_inventory_is_one_line_and_exit_0(files: Files) -> None:
    commit = files.commit()
    done = validate("--inventory", files.path)
    assert done.stdout == f"ok: 2 devices, 2 groups, 2 schedules in {files.path} at {commit[:12]}\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_all_problems_go_to_stderr_and_exit_1(files: Files) -> None:
    files["groups.yaml"] = "core: {port: 0, platform: cisco_iosx}\n"
    done = validate("--inventory", files.path, "--worktree")
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [
        "groups.yaml:1:14",
        "groups.yaml:1:27",
    ]


def test_problems_as_json_have_places(files: Files) -> None:
    files["groups.yaml"] = "core: {port: 0, platform: cisco_ios}\n"
    done = validate("--inventory", files.path, "--worktree", "--output", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"]) == (1, False)
    [problem] = report["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == ("groups.yaml", 1, 14)


def test_json_of_a_right_inventory_has_counts_and_the_commit(files: Files) -> None:
    commit = files.commit()
    report = json.loads(validate("--inventory", files.path, "--output", "json").stdout)
    assert report == {
        "ok": True,
        "commit": commit,
        "devices": 2,
        "groups": 2,
        "schedules": 2,
        "problems": [],
        "warnings": [],
    }


def test_warnings_go_to_stderr_and_are_few(files: Files) -> None:
    files["devices/more.yaml"] = "".join(
        f"more{i}: {{address: 198.51.100.{i}, platform: cisco_ios}}\n" for i in range(12)
    )
    done = validate("--inventory", files.path, "--worktree")
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) == 11
    assert done.stderr.endswith("warning: 2 more; --output json lists them\n")


def test_the_revision_and_the_directory_may_come_from_the_environment(files: Files) -> None:
    first = files.commit()
    files["devices/core.yaml"] = "broken: [\n"
    files.commit()
    done = validate(DEVICEVAULT_INVENTORY=str(files.path), DEVICEVAULT_INVENTORY_REF="HEAD~1")
    assert f"at {first[:12]}" in done.stdout
    assert validate("--inventory", files.path).returncode == 1


def test_changes_that_are_not_committed_are_mentioned(files: Files) -> None:
    files.commit()
    files["devices/core.yaml"] = "broken: [\n"
    done = validate("--inventory", files.path)
    assert done.returncode == 0
    assert "not committed" in done.stderr


def test_a_directory_outside_git_is_a_line_that_says_what_to_do(files: Files) -> None:
    done = validate("--inventory", files.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: the inventory")
    assert "--worktree" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_revision_and_the_worktree_exclude_each_other(files: Files) -> None:
    assert validate("--inventory", files.path, "--worktree", "--ref", "main").returncode == 2
