"""What a backup stored and what it changed, read from a real configs repo."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import StateError, UsageError
from pipeline.history.show import difference, last_change, sealed_copy, stored_config
from pipeline.settings import Settings, load_settings
from pipeline.store.git.changes import Change
from pipeline.store.git.repo import ConfigsRepo
from pipeline.store.ledger.table import Row
from tests.support.rows import make_row
from tests.support.values import NOW

PATH = "core/sw1.cfg"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(state_dir=tmp_path / "state", configs_repo=tmp_path / "configs.git")


def store(settings: Settings, text: str, artefacts: dict[str, bytes] | None = None) -> Row:
    """The row of a backup that stored `text`."""
    with ConfigsRepo(settings.configs_path) as repo:
        [result] = repo.store([Change(PATH, text, "sw1", NOW, {}, artefacts or {})])
    return make_row("sw1", commit=result.commit)


def test_the_configuration_comes_byte_by_byte(settings: Settings) -> None:
    row = store(settings, "hostname sw1\r\n\x1b[0m\n")
    assert stored_config(settings, row) == b"hostname sw1\r\n\x1b[0m\n"


def test_a_change_and_a_difference_are_what_git_prints(settings: Settings) -> None:
    first, second, third = (store(settings, text) for text in ("a\nb\n", "a\nc\n", "a\nd\n"))
    assert b"\n-b\n+c\n" in last_change(settings, second)
    assert b"\n-b\n+d\n" in difference(settings, first, third)
    assert b"\x1b[32m+" in difference(settings, first, third, "always")


def test_a_backup_without_a_sealed_copy_says_how_to_get_one(settings: Settings) -> None:
    row = store(settings, "a\n")
    with pytest.raises(
        UsageError, match=f"^sw1: commit {row.commit} holds no sealed copy; set `sealed: true`"
    ):
        sealed_copy(settings, row)
    row = store(settings, "b\n", {"core/sw1/sealed.age": b"age\0"})
    assert sealed_copy(settings, row) == b"age\0"


def test_a_repo_that_is_gone_is_told(settings: Settings) -> None:
    row = store(settings, "a\n")
    settings.configs_path.rename(settings.configs_path.with_name("away.git"))
    with pytest.raises(StateError, match=r"^DEVICEVAULT_CONFIGS_REPO: "):
        last_change(settings, row)
