"""Every recording, collected over SSH, becomes exactly the text that lies beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.registry import collector_for
from tests.collectors.recorded import collect_recording
from tests.collectors.waits import short_doubt

__all__ = ["short_doubt"]

RECORDINGS = sorted((Path(__file__).parents[1] / "recordings").glob("*/*.yaml"))


@pytest.mark.usefixtures("short_doubt")
@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_recorded_device_is_stored_as_the_text_beside_its_recording(recording: Path) -> None:
    result = collect_recording(collector_for(recording.parent.name), recording)
    assert result.status == "success", result.log
    assert result.device_config == recording.with_suffix(".cfg").read_text()
