"""Problems beside the lines of a pull request: GitHub's workflow commands."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from pipeline.errors import Problem
from pipeline.inventory.annotations import MAX_ANNOTATIONS, step_log
from pipeline.inventory.problems import NO_FILE
from tests.inventory.files import Files
from tests.support.commands import Run
from tests.support.git import git

FOLDER = PurePosixPath("network/inventory")


def lines(*problems: Problem, warnings: tuple[Problem, ...] = (), changed: tuple[str, ...] = ()) -> list[str]:
    return list(step_log(problems, warnings, FOLDER, changed))


def test_an_annotation_names_the_file_from_the_repository_s_root() -> None:
    assert lines(Problem("groups.yaml", 3, 14, "port must be a number", "from 1 on")) == [
        "error: network/inventory/groups.yaml:3:14: port must be a number (from 1 on)",
        "::error file=network/inventory/groups.yaml,line=3,col=14,title=DeviceVault inventory"
        "::port must be a number (from 1 on)",
    ]


def test_a_file_as_a_whole_has_no_line_and_an_inventory_as_a_whole_no_file() -> None:
    whole, nothing = Problem("groups.yaml", 0, 0, "too large"), Problem(NO_FILE, 0, 0, "2 more problems")
    assert lines(whole, nothing)[2:] == [
        "::error file=network/inventory/groups.yaml,title=DeviceVault inventory::too large",
        "::error title=DeviceVault inventory::2 more problems",
    ]


def test_signs_that_commands_are_made_of_are_escaped() -> None:
    hostile = Problem("devices/a,b:c%\r\n::stop.yaml", 1, 1, "100%\r\n::warning::x, y: z")
    text, annotation = lines(hostile)
    assert text.startswith("error: ")
    assert annotation == (
        "::error file=network/inventory/devices/a%2Cb%3Ac%25%0D%0A%3A%3Astop.yaml,line=1,col=1,"
        "title=DeviceVault inventory::100%25%0D%0A::warning::x, y: z"
    )


def test_ten_of_each_level_are_annotated_and_the_rest_is_counted_in_the_last_lines() -> None:
    errors = [Problem("devices/a.yaml", n, 1, "wrong") for n in range(1, 26)]
    warnings = tuple(Problem("devices/a.yaml", n, 1, "no host key") for n in range(1, 13))
    found = lines(*errors, warnings=warnings)
    assert sum(line.startswith("::error") for line in found) == MAX_ANNOTATIONS == 10
    assert sum(line.startswith("::warning") for line in found) == 10
    assert sum(line.startswith("error: ") for line in found) == 25
    assert [line.split(" are ")[0] for line in found[-2:]] == ["15 more errors", "2 more warnings"]


def test_problems_of_changed_files_come_first_in_file_order() -> None:
    old = [Problem("devices/a.yaml", n, 1, "old") for n in range(1, 12)]
    new = [Problem("devices/z.yaml", n, 1, "new") for n in (1, 2)]
    found = [line for line in lines(*old, *new, changed=("devices/z.yaml",)) if line.startswith("::")]
    assert [re.findall(r"(\w)\.yaml,line=(\d+)", line)[0] for line in found] == [
        ("z", "1"), ("z", "2"), *(("a", str(n)) for n in range(1, 9)),
    ]  # fmt: skip


class TestCommand:
    def test_files_that_the_branch_changes_come_first(self, files: Files, run: Run) -> None:
        files["devices/a.yaml"] = "".join(f"a{n}: {{}}\n" for n in range(12))
        files.commit()
        git(files.repo, "checkout", "--quiet", "-b", "change")
        files["devices/z.yaml"] = "z: {}\n"
        files.commit()
        options = ("validate", "--inventory", files.path, "--output", "github")
        without = [line for line in run(*options).out.splitlines() if line.startswith("::")]
        assert "devices/a.yaml" in without[0]
        said = run(*options, "--base", "main")
        annotations = [line for line in said.out.splitlines() if line.startswith("::")]
        assert said.status == 1
        assert "file=inventory/devices/z.yaml,line=1,col=1" in annotations[0]
        assert said.err == ""

    def test_a_right_inventory_is_its_summary_with_warnings_as_annotations(
        self, files: Files, run: Run
    ) -> None:
        del files["known_hosts"]
        files.commit()
        said = run("validate", "--inventory", files.path, "--output", "github")
        assert said.status == 0
        assert "::warning file=inventory/devices/core.yaml,line=1,col=1" in said.out
        assert said.out.splitlines()[-1].startswith("ok: 2 devices")

    def test_outside_of_git_files_are_named_as_the_directory_was(self, files: Files, run: Run) -> None:
        files["groups.yaml"] = "core: {port: 0, platform: cisco_ios}\nedge: {}\n"
        said = run("validate", "--inventory", files.path, "--worktree", "--output", "github")
        assert f"file={files.path}/groups.yaml,line=1,col=14" in said.out

    def test_a_base_that_is_not_there_is_wrong_usage(self, files: Files, run: Run) -> None:
        files.commit()
        options = ("validate", "--inventory", files.path, "--base", "nowhere")
        assert run(*options, "--output", "github").status == 2
        assert run(*options).status == 2
