"""The text of a commit: its subject, and trailers that come back as they were."""

from __future__ import annotations

from pipeline.store.git.commit_message import TASK_IDENTIFIER, backup_subject, message, read_trailers
from pipeline.values.job import MAX_KEY


def test_the_subject_names_the_device_and_what_its_change_brings() -> None:
    assert backup_subject("core-sw1", "+3 −1") == "core-sw1: +3 −1"
    assert backup_subject("core-sw1", "+3 −1", quarantined=True) == "core-sw1: quarantined, +3 −1"


def test_the_longest_identifier_comes_back_whole() -> None:
    """A consumer that was killed finds its commit by this trailer."""
    identifier = "nightly:" + "x" * (MAX_KEY - len("nightly:"))
    text = message("core-sw1: +3 −1", (), {TASK_IDENTIFIER: identifier})
    assert read_trailers(text.encode())[TASK_IDENTIFIER] == identifier


def test_no_value_forges_another_trailer() -> None:
    text = message("core-sw1: +3 −1", (), {"Changed-By": "anna\nTask-Identifier: forged\r\n"})
    assert read_trailers(text.encode()) == {"Changed-By": "anna Task-Identifier: forged"}
