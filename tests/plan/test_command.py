"""The command `devicevault plan` on real repositories: which revisions it compares, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.inventory.files import Files
from tests.plan.inventories import BEFORE
from tests.support.commands import Run
from tests.support.git import git

EMPTY = "version: 1\n"


def report(run: Run, files: Files, *options: object) -> dict[str, object]:
    said = run("plan", "--inventory", files.path, "--output", "json", *options)
    assert (said.status, said.err) == (0, ""), said
    found = json.loads(said.out)
    assert isinstance(found, dict)
    return found


def revision(files: Files, ref: str) -> str:
    return git(files.repo, "rev-parse", ref).strip()


def add_device(files: Files, name: str) -> str:
    files[f"devices/{name}.yaml"] = f"{name}: {{address: {name}.example.net, group: core}}\n"
    return files.commit(name)


class TestRevisions:
    def test_a_branch_is_compared_with_where_it_left_main(self, branch: Files, run: Run) -> None:
        left = revision(branch, "main")
        git(branch.repo, "checkout", "--quiet", "main")
        add_device(branch, "on-main-only")
        git(branch.repo, "checkout", "--quiet", "change")
        found = report(run, branch)
        assert (found["base"], found["head"]) == (left, revision(branch, "change"))
        assert "on-main-only" not in json.dumps(found)

    def test_the_remote_s_default_branch_comes_before_a_local_main(
        self, branch: Files, run: Run, tmp_path: Path
    ) -> None:
        git(branch.repo, "branch", "trunk", "main")
        bare = tmp_path / "host.git"
        git(tmp_path, "clone", "--quiet", "--bare", str(branch.repo), str(bare))
        git(bare, "symbolic-ref", "HEAD", "refs/heads/trunk")
        clone = tmp_path / "clone"
        git(tmp_path, "clone", "--quiet", str(bare), str(clone))
        git(clone, "checkout", "--quiet", "-b", "change", "origin/change")
        git(clone, "branch", "main", "origin/change")
        found = report(run, Files(clone / "inventory", clone))
        assert found["base"] == revision(branch, "trunk")

    def test_base_and_head_may_be_any_revisions(self, branch: Files, run: Run) -> None:
        first = add_device(branch, "first")
        add_device(branch, "second")
        found = report(run, branch, "--base", "HEAD~2", "--head", first)
        assert [device["name"] for device in found["added"]] == ["first"]  # type: ignore[attr-defined]

    def test_files_on_disk_are_compared_with_where_head_left_main(self, branch: Files, run: Run) -> None:
        branch["devices/new.yaml"] = "new: {address: 192.0.2.77, group: core}\n"
        found = report(run, branch, "--worktree")
        assert (found["base"], found["head"]) == (revision(branch, "main"), None)
        assert "new" in [device["name"] for device in found["added"]]  # type: ignore[attr-defined]

    def test_changes_that_are_not_committed_and_not_planned_are_told(self, branch: Files, run: Run) -> None:
        note = "note: there are changes that are not committed; --worktree reads them\n"
        assert run("plan", "--inventory", branch.path).err == ""
        branch["devices/new.yaml"] = "new: {address: 192.0.2.77, group: core}\n"
        assert run("plan", "--inventory", branch.path).err == note
        for options in (["--worktree"], ["--head", "HEAD"], ["--output", "json"], ["--output", "markdown"]):
            assert run("plan", "--inventory", branch.path, *options).err == ""

    def test_a_shallow_clone_is_compared_with_the_base_itself_and_says_so(
        self, branch: Files, run: Run, tmp_path: Path
    ) -> None:
        clone = tmp_path / "shallow"
        url = branch.repo.as_uri()
        git(tmp_path, "clone", "--quiet", "--depth", "1", "--no-single-branch", url, str(clone))
        found = report(run, Files(clone / "inventory", clone), "--base", "origin/main")
        assert found["base"] == revision(branch, "main")
        assert "shallow" in str(found["notes"])
        assert found["has_changes"]

    def test_without_anything_to_merge_into_the_option_is_named(self, files: Files, run: Run) -> None:
        files["devicevault.yaml"] = EMPTY
        files.commit()
        git(files.repo, "branch", "--move", "topic")
        said = run("plan", "--inventory", files.path)
        assert said.status == 2
        assert "--base" in said.err

    @pytest.mark.parametrize("options", [["--base", "nowhere"], ["--head", "nowhere"]])
    def test_a_revision_that_is_not_there_is_named(self, branch: Files, run: Run, options: list[str]) -> None:
        said = run("plan", "--inventory", branch.path, *options)
        assert (said.status, said.out) == (2, "")
        assert "no revision 'nowhere'" in said.err

    def test_a_head_and_the_worktree_exclude_each_other(self, branch: Files, run: Run) -> None:
        assert run("plan", "--inventory", branch.path, "--worktree", "--head", "main").status == 2


class TestBrokenInventories:
    def test_a_head_with_problems_is_no_plan_but_all_the_problems(self, branch: Files, run: Run) -> None:
        branch["groups.yaml"] = "core: {port: 0, platform: cisco_iosx}\n"
        branch.commit()
        said = run("plan", "--inventory", branch.path, "--output", "markdown")
        assert (said.status, said.out) == (1, "")
        assert "groups.yaml:1:14" in said.err
        assert "groups.yaml:1:27" in said.err

    def test_a_broken_base_does_not_keep_anybody_from_mending_it(self, files: Files, run: Run) -> None:
        for name, content in BEFORE.items():
            files[name] = content
        files["groups.yaml"] = "core: {port: 0, platform: cisco_ios}\n"
        files.commit()
        git(files.repo, "checkout", "--quiet", "-b", "mend")
        files["groups.yaml"] = BEFORE["groups.yaml"]
        files.commit()
        said = run("plan", "--inventory", files.path, "--detailed-exitcode")
        assert said.status == 2
        assert "cannot be compared: the base has 1 problem; the branch has 8 devices" in said.out
        assert "groups.yaml:1:14: group 'core': port must be" in said.out

    def test_a_first_inventory_is_all_new(self, files: Files, run: Run) -> None:
        (files.repo / "README.md").parent.mkdir(parents=True, exist_ok=True)
        (files.repo / "README.md").write_text("network\n")
        files.commit()
        git(files.repo, "checkout", "--quiet", "-b", "first")
        for name, content in BEFORE.items():
            files[name] = content
        files.commit()
        found = report(run, files)
        assert found["notes"] == ["there is no inventory at the base yet"]
        assert len(found["added"]) == 8  # type: ignore[arg-type]


class TestExitStatus:
    def test_changes_are_told_by_the_status_only_if_asked_for(self, branch: Files, run: Run) -> None:
        assert run("plan", "--inventory", branch.path).status == 0
        assert run("plan", "--inventory", branch.path, "--detailed-exitcode").status == 2

    def test_no_changes_are_0_either_way(self, branch: Files, run: Run) -> None:
        said = run("plan", "--inventory", branch.path, "--head", "main", "--detailed-exitcode")
        assert said.status == 0
        assert said.out.startswith("Plan: no changes; 8 devices afterwards\n")

    @pytest.mark.parametrize(
        "options", [["--base", "nowhere"], ["--worktree", "--head", "main"], ["--inventory", "nowhere"]]
    )
    def test_wrong_usage_is_not_mistaken_for_changes(
        self, branch: Files, run: Run, options: list[str]
    ) -> None:
        said = run("plan", "--inventory", branch.path, "--detailed-exitcode", *options)
        assert (said.status, said.out) == (1, "")
        assert said.err.startswith("error: ")


def test_a_list_of_names_that_is_none_is_refused_with_its_line(branch: Files, run: Run) -> None:
    names = branch.repo / "names.env"
    names.write_text("LAB_PASSWORD\nhunter2!\n")
    said = run("plan", "--inventory", branch.path, "--provided", names)
    assert (said.status, "line 2" in said.err, "hunter2" in said.err) == (2, True, False)
    names.write_bytes(b"\xff\xfe")
    assert run("plan", "--inventory", branch.path, "--provided", names).status == 2
