"""Where the files come from: revisions, bare repositories, worktrees, tarballs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pipeline.errors import StateError, UsageError
from pipeline.inventory import head, in_git, load, open_source, source, uncommitted_changes
from tests.inventory.files import PLATFORMS, Files
from tests.support import unprivileged
from tests.support.git import git


def names(files: Files, ref: str | None = "HEAD") -> list[str]:
    return [device.name for device in files.load(ref).devices]


class TestRevisions:
    def test_the_committed_files_count_and_not_those_on_disk(self, files: Files) -> None:
        files.commit()
        files["devices/new.yaml"] = "new: {address: 192.0.2.9, platform: cisco_ios}\n"
        assert names(files) == ["core-sw1", "core-sw2"]
        assert names(files, None) == ["core-sw1", "core-sw2", "new"]

    def test_the_inventory_knows_its_commit(self, files: Files) -> None:
        commit = files.commit()
        assert files.load("HEAD").commit == commit
        assert files.load(None).commit is None

    @pytest.mark.parametrize(
        "ref", ["v1", "annotated", "other", "refs/heads/other", "HEAD~1", "sha", "short"]
    )
    def test_branches_tags_and_commit_ids_name_a_revision(self, files: Files, ref: str) -> None:
        first = files.commit()
        git(files.repo, "tag", "v1")
        git(files.repo, "tag", "-a", "-m", "one", "annotated")
        git(files.repo, "branch", "other")
        files["devices/new.yaml"] = "new: {address: 192.0.2.9, platform: cisco_ios}\n"
        files.commit()
        ref = {"sha": first, "short": first[:8]}.get(ref, ref)
        assert files.load(ref).commit == first
        assert len(files.load(ref).devices) == 2
        assert len(files.load("HEAD").devices) == 3

    @pytest.mark.parametrize(
        "ref", ["nope", "", "HEAD:devices", "@{yesterday}", "a\nb", "0" * 40, "HEAD~99", "-x"]
    )
    def test_an_unknown_revision_is_named(self, files: Files, ref: str) -> None:
        files.commit()
        with pytest.raises(UsageError, match="no revision"):
            files.load(ref)

    def test_head_moves_with_each_commit(self, files: Files) -> None:
        first = files.commit()
        assert head(files.path) == first
        assert files.commit() == head(files.path) != first

    def test_packed_objects_and_refs_are_read(self, files: Files) -> None:
        commit = files.commit()
        git(files.repo, "gc", "--quiet")
        assert files.load("main").commit == commit


class TestPlaces:
    def test_a_bare_repository_is_read_through_a_path_inside_it(self, files: Files, tmp_path: Path) -> None:
        commit = files.commit()
        git(tmp_path, "clone", "--quiet", "--bare", "network", "network.git")
        bare = tmp_path / "network.git" / "inventory"
        assert load(bare, platforms=PLATFORMS).commit == commit
        assert not uncommitted_changes(bare)

    def test_a_bare_repository_may_be_the_inventory_itself(self, files: Files, tmp_path: Path) -> None:
        files.repo = files.path
        files.commit()
        git(tmp_path, "clone", "--quiet", "--bare", "network/inventory", "inventory.git")
        assert len(load(tmp_path / "inventory.git", platforms=PLATFORMS).devices) == 2

    def test_a_linked_worktree_has_its_own_head(self, files: Files, tmp_path: Path) -> None:
        files.commit()
        git(files.repo, "worktree", "add", "--quiet", "-b", "change", str(tmp_path / "linked"))
        linked = Files(tmp_path / "linked" / "inventory", tmp_path / "linked")
        linked["devices/new.yaml"] = "new: {address: 192.0.2.9, platform: cisco_ios}\n"
        assert (linked.repo / ".git").is_file()
        linked.commit()
        assert len(linked.load("HEAD").devices) == 3
        assert len(files.load("HEAD").devices) == 2

    def test_a_submodule_is_a_repository_of_its_own(self, files: Files, tmp_path: Path) -> None:
        commit = files.commit()
        outer = tmp_path / "outer"
        outer.mkdir()
        git(outer, "init", "--quiet")
        git(
            outer,
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            str(files.repo),
            "network",
        )
        assert load(outer / "network" / "inventory", platforms=PLATFORMS).commit == commit

    def test_a_shallow_clone_is_enough(self, files: Files, tmp_path: Path) -> None:
        files.commit()
        commit = files.commit()
        git(tmp_path, "clone", "--quiet", "--depth=1", files.repo.as_uri(), "shallow")
        assert load(tmp_path / "shallow" / "inventory", platforms=PLATFORMS).commit == commit

    def test_a_linked_directory_leads_to_the_inventory(self, files: Files, tmp_path: Path) -> None:
        commit = files.commit()
        (tmp_path / "link").symlink_to(files.path)
        assert load(tmp_path / "link", platforms=PLATFORMS).commit == commit

    def test_files_that_were_deleted_on_disk_are_still_in_the_commit(self, files: Files) -> None:
        files.commit()
        shutil.rmtree(files.path)
        assert len(files.load("HEAD").devices) == 2

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
    def test_a_repository_of_another_user_is_read(self, files: Files) -> None:
        files.commit()
        for path in [files.repo, *files.repo.rglob("*")]:
            os.chown(path, 12345, 12345, follow_symlinks=False)
        assert len(files.load("HEAD").devices) == 2

    def test_device_files_may_lie_in_folders(self, files: Files) -> None:
        files["devices/berlin/mitte/new.yaml"] = "new: {address: 192.0.2.9, platform: cisco_ios}\n"
        files.commit()
        assert names(files) == names(files, None) == ["core-sw1", "core-sw2", "new"]


class TestNotThere:
    def test_an_unpacked_tarball_is_told_apart_and_can_be_read_from_disk(self, files: Files) -> None:
        assert not in_git(files.path)
        assert not uncommitted_changes(files.path)
        with pytest.raises(UsageError, match=r"not in a Git repository; .* --worktree"):
            files.load("HEAD")
        assert len(files.load(None).devices) == 2

    @pytest.mark.parametrize("ref", ["HEAD", None])
    def test_a_directory_that_is_not_there_is_told(self, tmp_path: Path, ref: str | None) -> None:
        with pytest.raises(UsageError, match=r"there is no directory '.*/nowhere': give --inventory"):
            open_source(tmp_path / "nowhere", ref)

    def test_a_repository_without_commits_says_so(self, files: Files) -> None:
        git(files.repo, "init", "--quiet")
        assert not in_git(files.path)
        with pytest.raises(UsageError, match="no commits yet"):
            files.load("HEAD")

    def test_an_inventory_that_nobody_committed_says_so(self, files: Files, tmp_path: Path) -> None:
        git(tmp_path, "init", "--quiet")
        git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "first")
        assert not in_git(files.path)
        with pytest.raises(UsageError, match="is not committed at HEAD"):
            files.load("HEAD")

    @pytest.mark.parametrize("ref", ["HEAD", None])
    def test_a_directory_that_does_not_exist_is_named(self, files: Files, ref: str | None) -> None:
        files.commit()
        with pytest.raises(UsageError, match=r"inventroy"):
            load(files.repo / "inventroy", ref, platforms=PLATFORMS)

    def test_a_file_is_not_an_inventory(self, files: Files) -> None:
        files.commit()
        for ref in ("HEAD", None):
            with pytest.raises(UsageError, match=r"devicevault\.yaml"):
                load(files.path / "devicevault.yaml", ref, platforms=PLATFORMS)

    def test_a_damaged_repository_is_an_error_of_one_line(self, files: Files) -> None:
        files.commit()
        for blob in (files.repo / ".git" / "objects").glob("??/*"):
            blob.chmod(0o600)
            blob.write_bytes(b"garbage")
        with pytest.raises(StateError) as caught:
            files.load("HEAD")
        assert len(str(caught.value).splitlines()) == 1

    def test_a_missing_object_is_an_error_that_names_the_repository(self, files: Files) -> None:
        files.commit()
        blob = git(files.repo, "rev-parse", "HEAD:inventory/groups.yaml").strip()
        (files.repo / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
        with pytest.raises(StateError, match="network"):
            files.load("HEAD")


class TestUncommittedChanges:
    def test_a_clean_checkout_has_none(self, files: Files) -> None:
        files.commit()
        assert in_git(files.path)
        assert not uncommitted_changes(files.path)

    def test_an_edit_a_new_file_and_a_deletion_are_changes(self, files: Files) -> None:
        files.commit()
        original = (files.path / "groups.yaml").read_text()
        files["groups.yaml"] = original + "# edited\n"
        assert uncommitted_changes(files.path)
        files["groups.yaml"] = original
        files["devices/new.yaml"] = ""
        assert uncommitted_changes(files.path)
        del files["devices/new.yaml"]
        assert not uncommitted_changes(files.path)
        del files["known_hosts"]
        assert uncommitted_changes(files.path)

    def test_a_change_that_is_only_staged_is_not_committed(self, files: Files) -> None:
        files.commit()
        files["groups.yaml"] = "core: {}\n"
        git(files.repo, "add", "--all")
        assert uncommitted_changes(files.path)

    def test_files_beside_the_inventory_do_not_matter(self, files: Files) -> None:
        files.commit()
        (files.repo / "notes.txt").write_text("x")
        files["README.md"] = "x"
        files["devices/.core.yaml.swp"] = "x"
        assert not uncommitted_changes(files.path)


@pytest.mark.parametrize("ref", ["HEAD", None])
class TestCaps:
    """What a commit holds and what lies on disk is held to the same limits."""

    def load(self, files: Files, ref: str | None) -> str:
        if ref:
            files.commit()
        return "\n".join(files.problems(ref))

    def test_links_are_not_followed(self, files: Files, ref: str | None, tmp_path: Path) -> None:
        (tmp_path / "elsewhere.yaml").write_text("x: {address: 192.0.2.7}\n")
        (files.path / "devices" / "link.yaml").symlink_to(tmp_path / "elsewhere.yaml")
        assert self.load(files, ref).startswith("devices/link.yaml: not a plain file")

    def test_a_linked_folder_of_devices_is_not_overlooked(
        self, files: Files, ref: str | None, tmp_path: Path
    ) -> None:
        (tmp_path / "site").mkdir()
        (files.path / "devices" / "site").symlink_to(tmp_path / "site")
        assert self.load(files, ref).startswith("devices/site: not a plain file")

    def test_a_linked_devices_folder_is_not_overlooked(self, files: Files, ref: str | None) -> None:
        (files.path / "devices").rename(files.path / "kept")
        (files.path / "devices").symlink_to("kept")
        assert self.load(files, ref).startswith("devices: not a plain file")

    def test_a_huge_file_is_refused(self, files: Files, ref: str | None) -> None:
        files["devices/huge.yaml"] = b"#" * (source.MAX_FILE_BYTES + 1)
        assert self.load(files, ref) == "devices/huge.yaml: larger than 8 MiB; split the file"

    def test_too_many_files_are_refused(
        self, files: Files, ref: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(source, "MAX_ENTRIES", 20)
        for number in range(20):
            files[f"devices/{number:02}.yaml"] = ""
        assert "at most 20 files" in self.load(files, ref)

    def test_too_many_bytes_in_all_are_refused(
        self, files: Files, ref: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(source, "MAX_TOTAL_BYTES", 2**20)
        for number in range(3):
            files[f"devices/{number}.yaml"] = b"#" * 2**19
        assert "more than 1 MiB in all files" in self.load(files, ref)

    def test_folders_deeper_than_anyone_needs_are_refused(self, files: Files, ref: str | None) -> None:
        files["devices/" + "a/" * 30 + "x.yaml"] = ""
        assert "levels deep" in self.load(files, ref)


def test_a_pipe_on_disk_is_refused_and_not_waited_for(files: Files) -> None:
    os.mkfifo(files.path / "devices" / "pipe.yaml")
    assert files.problems() == ["devices/pipe.yaml: not a plain file; links and submodules are not followed"]


def test_an_unreadable_file_is_a_problem_and_not_a_traceback(files: Files) -> None:
    (files.path / "groups.yaml").chmod(0)
    load = "import sys; from pathlib import Path; from pipeline.inventory import load; "
    said = unprivileged.complaint(load + "load(Path(sys.argv[1]), None, platforms=())", str(files.path))
    assert said.endswith("groups.yaml: cannot be read: Permission denied")


def test_the_source_says_what_was_read(files: Files) -> None:
    commit = files.commit()
    assert open_source(files.path).label == f"{files.path} at {commit[:12]}"
    assert open_source(files.path, None).label == f"{files.path} as it lies on disk"
