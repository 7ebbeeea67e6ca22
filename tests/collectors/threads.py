"""A fixture for tests that open connections: whoever starts a thread also ends it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail a test that leaves a thread running; one that is just ending gets two seconds."""
    before = set(threading.enumerate())
    yield
    new = set(threading.enumerate()) - before
    for thread in new:
        thread.join(2)
    assert [thread for thread in new if thread.is_alive()] == []
