"""A deployment for each test, and the command line on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import INVENTORY, Shell
from tests.journey.deployment import Deployment
from tests.support.settings import make_settings


@pytest.fixture
def shell(
    tmp_path: Path,
    redis_url: str,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    deployment = Deployment(tmp_path, make_settings(tmp_path, redis_url, database_url, secret_dir=tmp_path))
    deployment.write(**INVENTORY)
    return Shell(deployment, monkeypatch, capsys)
