"""Fixtures for tests of the inventory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inventory.files import Files
from tests.support.commands import run

__all__ = ["run"]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """The right inventory in `<tmp_path>/network/inventory`, not committed."""
    found = Files(tmp_path / "network" / "inventory", tmp_path / "network")
    found.write()
    return found
