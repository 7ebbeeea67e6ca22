"""Fixtures for tests of the plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inventory.files import Files
from tests.plan.inventories import AFTER, BEFORE
from tests.support.commands import run
from tests.support.git import git

__all__ = ["run"]


@pytest.fixture
def branch(files: Files) -> Files:
    """A repository on branch `change`, which does one of everything, beside `main`."""
    for name, content in BEFORE.items():
        files[name] = content
    files.commit("one")
    git(files.repo, "checkout", "--quiet", "-b", "change")
    for name, content in AFTER.items():
        files[name] = content
    files.commit("two")
    return files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """An inventory's directory, `<tmp_path>/network/inventory`."""
    return Files(tmp_path / "network" / "inventory", tmp_path / "network")
