"""The one writer of Git: all or nothing, locked, and clear about what it cannot use."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.errors import StateError
from pipeline.store.git import repo as configs_repo
from pipeline.store.git.changes import Change
from pipeline.store.git.pack import Object, write_pack
from pipeline.store.git.repack import pack_count
from pipeline.store.git.repo import BranchMoved, ConfigsRepo
from tests.support.git import git
from tests.support.values import NOW


def change(path: str, text: str) -> Change:
    return Change(path, text, Path(path).stem, NOW, {"Task-Identifier": f"t:{path}"})


def test_git_diff_between_two_backups_is_the_change_and_nothing_else(tmp_path: Path) -> None:
    with ConfigsRepo(tmp_path / "c.git") as repo:
        before, _ = repo.store([change("core/a.cfg", "one\ntwo\nthree\n"), change("core/b.cfg", "b\n")])
        [after] = repo.store([change("core/a.cfg", "one\n2\nthree\n")])
    diff = git(tmp_path / "c.git", "diff", str(before.commit), str(after.commit), "--", "core/a.cfg")
    assert [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "-two",
        "+2",
    ]
    assert git(tmp_path / "c.git", "log", "-1", "--format=%s").strip() == "a: +1 −1"


def test_a_batch_is_one_pack(tmp_path: Path) -> None:
    with ConfigsRepo(tmp_path / "c.git") as repo:
        repo.store([change(f"core/sw{number}.cfg", f"{number}\n") for number in range(50)])
    assert len(list((tmp_path / "c.git/objects/pack").glob("*.pack"))) == 1
    assert git(tmp_path / "c.git", "rev-list", "--count", "main").strip() == "50"


def test_nothing_is_stored_when_the_branch_was_moved_by_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.git"
    with ConfigsRepo(path) as repo:
        first, _ = repo.store([change("core/a.cfg", "1\n"), change("core/a.cfg", "2\n")])

        def write_while_another_moves_the_branch(folder: Path, objects: list[Object]) -> Path:
            git(path, "update-ref", "refs/heads/main", str(first.commit))
            return write_pack(folder, objects)

        monkeypatch.setattr(configs_repo, "write_pack", write_while_another_moves_the_branch)
        with pytest.raises(BranchMoved, match="moved by another writer"):
            repo.store([change("core/a.cfg", "3\n")])
        assert repo.head == first.commit


def test_a_second_writer_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    with (
        ConfigsRepo(tmp_path / "c.git"),
        pytest.raises(StateError, match=r"in use by another consumer \(process \d+\)"),
    ):
        ConfigsRepo(tmp_path / "c.git")
    ConfigsRepo(tmp_path / "c.git").close()


def test_a_path_that_is_not_a_repository_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StateError, match=r"^DEVICEVAULT_CONFIGS_REPO: .* is not a Git repository"):
        ConfigsRepo(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.txt"]


def test_a_path_that_is_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="DEVICEVAULT_CONFIGS_REPO"):
        ConfigsRepo(tmp_path / "file")


def test_a_repository_with_a_working_tree_is_refused(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "work")], check=True)
    with pytest.raises(StateError, match="working tree"):
        ConfigsRepo(tmp_path / "work")


def test_backups_after_a_checkpoint_are_found_by_their_trailers(tmp_path: Path) -> None:
    with ConfigsRepo(tmp_path / "c.git") as repo:
        stored = repo.store([change(f"core/{name}.cfg", name) for name in "abc"])
        everything = [(f"t:core/{name}.cfg", s.commit) for name, s in zip("abc", stored, strict=True)]
        assert list(repo.commits_after(stored[0].commit, "Task-Identifier")) == everything[1:]
        assert list(repo.commits_after(stored[2].commit, "Task-Identifier")) == []
        assert list(repo.commits_after(None, "Task-Identifier")) == everything
        assert list(repo.commits_after("f" * 40, "Task-Identifier")) == everything


def test_the_branch_has_the_name_of_the_setting(tmp_path: Path) -> None:
    with ConfigsRepo(tmp_path / "c.git", branch="backups") as repo:
        repo.store([change("core/a.cfg", "1\n")])
    assert git(tmp_path / "c.git", "symbolic-ref", "HEAD").strip() == "refs/heads/backups"


@pytest.mark.parametrize(("most", "idle"), [(5, False), (100, True)])
def test_the_packs_of_many_batches_are_put_together_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, idle: bool
) -> None:
    """Where there is time for it, or else at last."""
    monkeypatch.setattr(configs_repo, "MOST_PACKS", most)
    monkeypatch.setattr(configs_repo, "MANY_PACKS", 4)
    path = tmp_path / "c.git"
    with ConfigsRepo(path) as repo:
        for number in range(40):
            repo.store([change(f"core/sw{number % 7}.cfg", f"{number}\n" * 3)])
        if idle:
            assert pack_count(path) == 40
            repo.tidy()
        assert repo.current("core/sw4.cfg") == "39\n" * 3
    assert pack_count(path) <= 5
    assert git(path, "rev-list", "--count", "main").strip() == "40"
    git(path, "fsck", "--strict", "--full")


def test_where_git_is_missing_packs_stay_many_and_configs_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(configs_repo, "MOST_PACKS", 2)
    monkeypatch.setattr(configs_repo, "MANY_PACKS", 2)
    monkeypatch.setenv("PATH", str(tmp_path))
    with ConfigsRepo(tmp_path / "c.git") as repo:
        for number in range(4):
            repo.store([change("core/sw1.cfg", f"{number}\n")])
        assert repo.current("core/sw1.cfg") == "3\n"
    assert pack_count(tmp_path / "c.git") == 4
    assert "cannot be put together: no program 'git'" in caplog.text


def test_a_ref_that_another_git_is_writing_stores_nothing_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "c.git"
    with ConfigsRepo(path) as repo:
        [first] = repo.store([change("core/a.cfg", "1\n")])
        (path / "refs/heads/main.lock").touch()
        with pytest.raises(BranchMoved, match=r"main\.lock is another writer's"):
            repo.store([change("core/a.cfg", "2\n")])
        assert repo.head == first.commit


def test_locks_that_a_killed_writer_left_do_not_stop_the_next(tmp_path: Path) -> None:
    path = tmp_path / "c.git"
    with ConfigsRepo(path) as repo:
        repo.store([change("core/a.cfg", "1\n")])
    (path / "refs/heads/main.lock").touch()
    (path / "refs/quarantine/core").mkdir(parents=True)
    (path / "refs/quarantine/core/a.cfg.lock").touch()
    with ConfigsRepo(path) as repo:
        repo.quarantine(change("core/a.cfg", ""))
        [stored] = repo.store([change("core/a.cfg", "2\n")])
        repo.release("core/a.cfg")
        assert repo.head == stored.commit
    assert git(path, "for-each-ref", "refs/quarantine") == ""
