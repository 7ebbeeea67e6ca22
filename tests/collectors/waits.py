"""Waits that are shorter than those in use, for tests to which their length makes no difference."""

from __future__ import annotations

import pytest

from collectors.session.ending import Ending


@pytest.fixture
def short_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer without its end is over after 0.3 s of silence, not after `DOUBT_S`."""
    for module in ("session.asker", "session.shell", "netmiko.collector"):
        monkeypatch.setattr(f"collectors.{module}.DOUBTFUL", Ending(0.3))
