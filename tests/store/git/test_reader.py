"""What a configs repo holds, read beside its writer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline
from pipeline.errors import StateError
from pipeline.store.git.changes import Change
from pipeline.store.git.program import git_output
from pipeline.store.git.reader import NoRepository, QuarantinedConfig, open_reader
from pipeline.store.git.repo import ConfigsRepo
from pipeline.values.times import from_iso
from tests.support.git import git
from tests.support.values import NOW

PATH = "core/sw1.cfg"
TRAILERS = {"Task-Identifier": "nightly:sw1", "Collected-At": "2026-03-01T02:17:00Z"}


def change(text: str) -> Change:
    return Change(PATH, text, "sw1", NOW, TRAILERS, {"core/sw1/version": b"15.2\n"})


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[ConfigsRepo]:
    with ConfigsRepo(tmp_path / "configs.git") as repo:
        yield repo


def test_a_text_is_read_at_a_revision(writer: ConfigsRepo) -> None:
    first, second = (writer.store([change(text)])[0].commit for text in ("one\n", "two\n"))
    with open_reader(writer.path) as reader:
        assert reader.text(str(first), PATH) == "one\n"
        assert reader.text(str(second), PATH) == "two\n"
        assert reader.text(str(first), "core/sw2.cfg") is None
        assert reader.text("f" * 40, PATH) is None
        assert (reader.holds(str(first), PATH), reader.holds(str(first), "sw1.cfg")) == (True, False)
        assert (reader.head, reader.last_change(PATH)) == (second, second)


def test_what_is_quarantined_is_read_with_its_time_and_commit(writer: ConfigsRepo) -> None:
    writer.store([change("one\n")])
    with open_reader(writer.path) as reader:
        assert reader.quarantined(PATH) is None
        commit = writer.quarantine(change("half\n"))
        assert reader.quarantined(PATH) == QuarantinedConfig(
            "half\n", from_iso(TRAILERS["Collected-At"]), commit
        )


def test_a_ref_in_quarantine_that_no_consumer_made_is_none_of_ours(writer: ConfigsRepo) -> None:
    [stored] = writer.store([Change(PATH, "one\n", "sw1", NOW, {})])
    git(writer.path, "update-ref", f"refs/quarantine/{PATH}", str(stored.commit))
    with open_reader(writer.path) as reader:
        assert reader.quarantined(PATH) is None


def test_a_branch_that_lost_an_object_is_told(writer: ConfigsRepo) -> None:
    writer.store([change("one\n")])
    for file in (writer.path / "objects" / "pack").iterdir():
        file.unlink()
    with (
        open_reader(writer.path) as reader,
        pytest.raises(StateError, match=r"^DEVICEVAULT_CONFIGS_REPO: .* cannot be read"),
    ):
        reader.config_paths()


@pytest.mark.parametrize("name", ["missing", "notes"])
def test_what_is_no_repository_has_an_error_of_its_own(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes").mkdir()
    with (
        pytest.raises(NoRepository, match=f"^DEVICEVAULT_CONFIGS_REPO: .*{name} cannot be read"),
        open_reader(tmp_path / name),
    ):
        pass


def test_git_says_why_it_cannot_read(writer: ConfigsRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StateError, match=r"^DEVICEVAULT_CONFIGS_REPO: .*configs\.git: fatal: "):
        git_output(writer.path, "show", "main")
    monkeypatch.setenv("PATH", str(writer.path))
    with pytest.raises(StateError, match=r"^the git command is not installed"):
        git_output(writer.path, "show", "main")


def test_nothing_else_reads_the_configs_repos_with_means_of_its_own() -> None:
    """A new module asks the reader, or finds here why it does not."""
    room = Path(pipeline.__file__).parent
    own = re.compile(r"^from dulwich|^import dulwich|\[\"git\"", re.MULTILINE)
    others = {
        "settings.py",  # what a branch may be called
        "inventory/revisions.py", "inventory/source.py",  # the inventory's repo
        "plan/exposures.py",  # what else of the inventory's repo a branch changes
        "importers/env_file.py",  # what the inventory's repo ignores
        "scaffold/repository.py",  # a new inventory's repo
    }  # fmt: skip
    found = {
        str(path.relative_to(room))
        for path in room.rglob("*.py")
        if own.search(path.read_text()) and path.parent != room / "store" / "git"
    }
    assert found == others
