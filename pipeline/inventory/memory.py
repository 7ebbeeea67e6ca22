"""Python's garbage collector, paused while many objects are made that are none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_gc() -> Iterator[None]:
    """Collect no cycles meanwhile, in any thread: for what is soon over and makes few.

    A large inventory is a million objects that stay; to look at them again and again is a third of the time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
