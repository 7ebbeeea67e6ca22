"""A desk for each test, in a Git repository of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.desk import Desk
from tests.support.git import git


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    git(tmp_path, "init", "-q")
    return Desk(tmp_path, monkeypatch, capsys)
