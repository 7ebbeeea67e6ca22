"""The fixture that every test of a workflow uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows.network import Network, lay_out


@pytest.fixture(params=["ours", "scaffold"])
def network(request: pytest.FixtureRequest, tmp_path: Path) -> Network:
    """A network's repository, once with our own workflows and once with those that `init` writes."""
    return lay_out(tmp_path, request.param)
